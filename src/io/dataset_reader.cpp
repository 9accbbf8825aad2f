#include <algorithm>
#include <cmath>
#include <filesystem>

#include <io/dataset_names.hpp>
#include <io/hdf5_handle.hpp>

#include <ism/base/atomic_file.hpp>
#include <ism/base/errors.hpp>
#include <ism/base/text.hpp>
#include <ism/io/dataset_file.hpp>

namespace ism::io {
namespace {

using h5::Handle;

constexpr double newest_version = 1;

std::string shape_text(const std::vector<hsize_t>& shape) {
    std::string text;
    for (const hsize_t extent : shape) text += (text.empty() ? "" : " x ") + std::to_string(extent);
    return text.empty() ? "a single value" : text;
}

/// Reads one HDF5 dataset file.
class Reader {
public:
    Reader(Handle file, const std::string& path) : path_(path), file_(std::move(file)) {}

    ReadDataset read() {
        const auto format = h5::text_attribute(file_, "format");
        if (!format.empty() && format.front() != "ismulate-dataset")
            fail("", "its format is '" + format.front() + "'", "ismulate-dataset");
        ours_ = !format.empty();
        if (ours_) check_version();
        read_values();
        read_declaration();
        read_optional();
        check_values();
        return std::move(result_);
    }

private:
    [[noreturn]] void fail(const std::string& dataset, const std::string& found, const std::string& allowed,
                           const std::string& next = {}) const {
        throw InputError({.where = path_ + (dataset.empty() ? "" : ", /" + dataset),
                          .found = found,
                          .allowed = allowed,
                          .next = next});
    }

    void check_version() const {
        const auto version = h5::number_attribute(file_, "version");
        if (version.size() != 1) fail("", "the attribute 'version' is missing", "1");
        if (version.front() > newest_version)
            fail("", "version " + to_text(version.front()) + " of the format is newer than this program", "1",
                 "install a newer ismulate");
    }

    /// A dataset of numbers, in memory as `Value`.
    template <class Value>
    std::vector<Value> numbers(const std::string& name, hid_t type, std::size_t rank,
                               std::vector<hsize_t>& shape) const {
        if (!h5::has_dataset(file_, name))
            fail(name, "the dataset is missing",
                 "datasets 'parameters' (N x P) and 'outputs' (N x M) in the root group",
                 "a table of numbers can be given as .ecsv, .csv or .fits with --parameters a,b,c");
        const Handle dataset = h5::open_dataset(file_, name);
        shape = h5::shape_of(dataset);
        if (!h5::is_numeric(dataset)) fail(name, "it does not hold numbers", "floating-point numbers");
        if (shape.size() != rank)
            fail(name, "its shape is " + shape_text(shape),
                 rank == 2 ? "two dimensions: models x values" : "one dimension");
        if (!h5::can_hold(dataset, shape, sizeof(Value)))
            fail(name, "it claims to be " + shape_text(shape) + ", more than the file can hold", "a whole file");
        std::size_t count = 1;
        for (const hsize_t extent : shape) count *= static_cast<std::size_t>(extent);
        std::vector<Value> values(count);
        if (count > 0 && H5Dread(dataset.get(), type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) < 0)
            fail(name, "it cannot be read: " + h5::last_message(), "a whole file", "fetch or compute it again");
        return values;
    }

    void read_values() {
        Dataset& data = result_.dataset;
        data.parameters = numbers<double>("parameters", H5T_NATIVE_DOUBLE, 2, parameter_shape_);
        data.outputs = numbers<double>("outputs", H5T_NATIVE_DOUBLE, 2, output_shape_);
        if (parameter_shape_[0] != output_shape_[0])
            fail("outputs", "it has " + std::to_string(output_shape_[0]) + " rows",
                 std::to_string(parameter_shape_[0]) + " as in /parameters");
        if (parameter_shape_[0] == 0 || parameter_shape_[1] == 0 || output_shape_[1] == 0)
            fail(parameter_shape_[1] == 0 || parameter_shape_[0] == 0 ? "parameters" : "outputs", "it is empty",
                 "at least one model, one parameter and one output");
        check_finite(data.parameters, "parameters", parameter_shape_[1], [](std::size_t, std::size_t) { return true; });
    }

    /// A list of texts with one entry per column; empty where it is absent and may be.
    std::vector<std::string> names_of(const Handle& dataset, const std::string& where, const std::string& attribute,
                                      std::size_t count, bool needed) const {
        const auto texts = h5::text_attribute(dataset, attribute);
        if (texts.size() == count || (texts.empty() && !needed)) return texts;
        fail(where,
             texts.empty() ? "the attribute '" + attribute + "' is missing or holds no texts"
                           : "the attribute '" + attribute + "' has " + std::to_string(texts.size()) + " entries",
             std::to_string(count) + ", one for each column",
             "in Python: f['" + where + "'].attrs['" + attribute + "'] = ['a', 'b', ...]");
    }

    void read_declaration() {
        ModelInfo& info = result_.dataset.info;
        info.name = first(h5::text_attribute(file_, "model"), valid_utf8(std::filesystem::path(path_).stem().string()));
        info.summary = first(h5::text_attribute(file_, "summary"), "models of " + valid_utf8(path_));
        result_.dataset.provenance = first(h5::text_attribute(file_, "provenance"), "");
        read_parameters(info);
        read_outputs(info);
        if (!ours_) warn_of_foreign(result_);
    }

    void read_parameters(ModelInfo& info) {
        const Handle dataset = h5::open_dataset(file_, "parameters");
        const std::size_t count = parameter_shape_[1];
        const auto names = names_of(dataset, "parameters", "names", count, true),
                   units = names_of(dataset, "parameters", "units", count, ours_),
                   scales = names_of(dataset, "parameters", "scales", count, ours_),
                   help = names_of(dataset, "parameters", "help", count, false);
        const auto low = numbers_of(dataset, "low", count), high = numbers_of(dataset, "high", count),
                   defaults = h5::number_attribute(dataset, "defaults");
        for (std::size_t i = 0; i < count; ++i) {
            Parameter parameter{.name = names[i], .unit = {}, .help = {}};
            guess_parameter(parameter, result_.dataset.parameters, i, count);
            if (!units.empty()) parameter.unit = units[i];
            if (!scales.empty()) parameter.scale = scale_from_string(scales[i]);
            if (!help.empty()) parameter.help = help[i];
            if (!low.empty()) parameter.low = low[i];
            if (!high.empty()) parameter.high = high[i];
            if (defaults.size() == count) parameter.fallback = defaults[i];
            check_parameter(parameter, info);
            info.parameters.push_back(std::move(parameter));
        }
    }

    /// What is learned later takes logarithms of the range and looks parameters up by name.
    void check_parameter(const Parameter& parameter, const ModelInfo& before) const {
        const bool known = std::any_of(before.parameters.begin(), before.parameters.end(),
                                       [&](const Parameter& other) { return other.name == parameter.name; });
        if (parameter.name.empty() || known)
            fail("parameters",
                 parameter.name.empty() ? "a parameter has no name" : "two are called '" + parameter.name + "'",
                 "names that differ");
        const bool finite = std::isfinite(parameter.low) && std::isfinite(parameter.high);
        if (!finite || !(parameter.low <= parameter.high) || !std::isfinite(parameter.fallback))
            fail("parameters",
                 "the range of " + parameter.name + " is " + to_text(parameter.low) + " .. " + to_text(parameter.high) +
                     ", its default " + to_text(parameter.fallback),
                 "finite numbers, low <= high");
        if (parameter.scale == Scale::log && !(parameter.low > 0.0))
            fail("parameters", parameter.name + " has a log scale and a range from " + to_text(parameter.low),
                 "a range above 0, or the scale 'linear'");
    }

    std::vector<double> numbers_of(const Handle& dataset, const std::string& attribute, std::size_t count) const {
        const auto values = h5::number_attribute(dataset, attribute);
        if (values.size() == count || (values.empty() && !ours_)) return values;
        fail("parameters", "the attribute '" + attribute + "' has " + std::to_string(values.size()) + " numbers",
             std::to_string(count) + ", one for each parameter");
    }

    void read_outputs(ModelInfo& info) {
        const Handle dataset = h5::open_dataset(file_, "outputs");
        const std::size_t count = output_shape_[1];
        info.output_name = first(h5::text_attribute(dataset, "name"), "value");
        info.output_unit = first(h5::text_attribute(dataset, "unit"), "");
        info.output_help = first(h5::text_attribute(dataset, "help"), "");
        info.axis.name = first(h5::text_attribute(dataset, "axis"), "name");
        info.axis.kind = first(h5::text_attribute(dataset, "kind"), "label");
        const bool has_axis = h5::has_dataset(file_, "axis");
        if (has_axis) read_axis(info.axis, count);
        info.axis.labels = names_of(dataset, "outputs", "names", count, !has_axis);
        const auto scale = h5::text_attribute(dataset, "scale");
        info.output_scale = scale.empty() ? guess_scale(result_.dataset) : scale_from_string(scale.front());
    }

    void read_axis(Axis& axis, std::size_t count) {
        std::vector<hsize_t> shape;
        axis.values = numbers<double>("axis", H5T_NATIVE_DOUBLE, 1, shape);
        if (shape[0] != count)
            fail("axis", "it has " + std::to_string(shape[0]) + " values",
                 std::to_string(count) + " as /outputs has columns");
        for (std::size_t j = 0; j < count; ++j) {
            if (!std::isfinite(axis.values[j]))
                fail("axis", "value " + std::to_string(j) + " is " + to_text(axis.values[j]), "finite numbers");
        }
        const Handle dataset = h5::open_dataset(file_, "axis");
        axis.unit = first(h5::text_attribute(dataset, "unit"), "");
        axis.kind = first(h5::text_attribute(dataset, "kind"), axis.kind);
        axis.name = first(h5::text_attribute(dataset, "name"), axis.kind);
    }

    void read_optional() {
        Dataset& data = result_.dataset;
        std::vector<hsize_t> shape;
        if (ours_ || h5::has_dataset(file_, "mask")) {
            data.mask = numbers<std::uint8_t>("mask", H5T_NATIVE_UINT8, 2, shape);
            if (shape != output_shape_)
                fail("mask", "its shape is " + shape_text(shape), shape_text(output_shape_) + " as /outputs");
        }
        if (ours_ || h5::has_dataset(file_, "status")) {
            data.status = numbers<std::uint8_t>("status", H5T_NATIVE_UINT8, 1, shape);
            if (shape[0] != output_shape_[0])
                fail("status", "it has " + std::to_string(shape[0]) + " entries",
                     std::to_string(output_shape_[0]) + ", one for each model");
        }
        const bool any_failed =
            std::any_of(data.status.begin(), data.status.end(), [](std::uint8_t s) { return s != 0; });
        if (any_failed && h5::has_dataset(file_, "reason")) {
            data.reason = h5::read_texts(h5::open_dataset(file_, "reason"));
            if (data.reason.size() != output_shape_[0])
                fail("reason", "it has " + std::to_string(data.reason.size()) + " texts",
                     std::to_string(output_shape_[0]) + ", one for each model");
        }
    }

    void check_values() const {
        const Dataset& data = result_.dataset;
        check_finite(data.outputs, "outputs", output_shape_[1],
                     [&](std::size_t i, std::size_t j) { return data.done(i) && data.used(i, j); });
    }

    template <class Used>
    void check_finite(const std::vector<double>& values, const std::string& name, std::size_t width, Used used) const {
        std::size_t bad = 0, first_bad = 0;
        for (std::size_t k = 0; k < values.size(); ++k) {
            if (!std::isfinite(values[k]) && used(k / width, k % width) && bad++ == 0) first_bad = k;
        }
        if (bad == 0) return;
        throw InputError(
            {.where = path_ + ", /" + name,
             .found = "row " + std::to_string(first_bad / width) + ", column " + std::to_string(first_bad % width) +
                      " (from 0) is " + to_text(values[first_bad]),
             .allowed = name == "outputs" ? "finite numbers, or 0 in /mask at that place" : "finite numbers",
             .effect = std::to_string(bad) + " of " + std::to_string(values.size()) + " values are affected"});
    }

    static std::string first(const std::vector<std::string>& texts, const std::string& otherwise) {
        return texts.empty() ? otherwise : texts.front();
    }

    std::string path_;
    Handle file_;
    bool ours_ = false;
    std::vector<hsize_t> parameter_shape_, output_shape_;
    ReadDataset result_;
};

bool ends_with_hdf5(const std::string& path) {
    return path.ends_with(".h5") || path.ends_with(".hdf5") || path.ends_with(".hdf");
}

/// A table in HDF5 has no /parameters.
bool holds_dataset(const std::string& path) {
    const Handle file = h5::open_file(path);
    return h5::has_attribute(file, "format") || h5::has_dataset(file, "parameters") || h5::has_dataset(file, "outputs");
}

}  // namespace

ReadDataset read_dataset(const std::string& path, const std::vector<std::string>& parameters) {
    const h5::Quiet quiet;
    check_input(path);
    if (ends_with_hdf5(path) && (parameters.empty() || holds_dataset(path))) {
        if (!parameters.empty())
            throw InputError({.where = "--parameters",
                              .found = path + " is a dataset and says itself which its parameters are",
                              .next = "leave --parameters out"});
        return Reader(h5::open_file(path), path).read();
    }
    if (parameters.empty()) {
        throw InputError({.where = path,
                          .found = "a table does not say which of its columns are parameters",
                          .next = "name them: --parameters a,b,c"});
    }
    return dataset_from_table(read_table(path), parameters);
}

ReadDataset dataset_from_hdf5(std::string_view bytes, const std::string& source) {
    const h5::Quiet quiet;
    return Reader(h5::open_bytes(bytes, source), source).read();
}

std::string dataset_provenance(const std::string& path) {
    const h5::Quiet quiet;
    const Handle file = h5::open_file(path);
    const auto texts = h5::text_attribute(file, "provenance");
    return texts.empty() ? std::string() : texts.front();
}

}  // namespace ism::io
