#include <map>

#include <io/hdf5_handle.hpp>

#include <ism/base/atomic_file.hpp>
#include <ism/base/errors.hpp>
#include <ism/io/dataset_file.hpp>

namespace ism::io {
namespace {

using h5::Handle;

constexpr std::size_t reason_block = 65536;  // rows of /reason written at once; part of the format of the file's bytes

template <class Get>
auto collect(const std::vector<Parameter>& parameters, Get get) {
    std::vector<decltype(get(parameters.front()))> values;
    for (const auto& parameter : parameters) values.push_back(get(parameter));
    return values;
}

void describe_parameters(const Handle& dataset, const std::vector<Parameter>& parameters, const std::string& path) {
    h5::write_attribute(dataset, "names", collect(parameters, [](const Parameter& p) { return p.name; }), path);
    h5::write_attribute(dataset, "units", collect(parameters, [](const Parameter& p) { return p.unit; }), path);
    h5::write_attribute(dataset, "scales", collect(parameters, [](const Parameter& p) { return to_string(p.scale); }),
                        path);
    h5::write_attribute(dataset, "low", collect(parameters, [](const Parameter& p) { return p.low; }), path);
    h5::write_attribute(dataset, "high", collect(parameters, [](const Parameter& p) { return p.high; }), path);
    h5::write_attribute(dataset, "defaults", collect(parameters, [](const Parameter& p) { return p.fallback; }), path);
    h5::write_attribute(dataset, "help", collect(parameters, [](const Parameter& p) { return p.help; }), path);
}

void describe_outputs(const Handle& dataset, const ModelInfo& info, const std::string& path) {
    h5::write_attribute(dataset, "name", info.output_name, path);
    h5::write_attribute(dataset, "unit", info.output_unit, path);
    h5::write_attribute(dataset, "scale", to_string(info.output_scale), path);
    h5::write_attribute(dataset, "help", info.output_help, path);
    h5::write_attribute(dataset, "axis", info.axis.name, path);
    h5::write_attribute(dataset, "kind", info.axis.kind, path);
    if (!info.axis.labels.empty()) h5::write_attribute(dataset, "names", info.axis.labels, path);
}

void write_axis(const Handle& file, const Axis& axis, const std::string& path) {
    if (axis.values.empty()) return;
    const Handle dataset = h5::create_dataset(file, "axis", H5T_IEEE_F64LE, {axis.values.size()}, path);
    h5::write_attribute(dataset, "name", axis.name, path);
    h5::write_attribute(dataset, "unit", axis.unit, path);
    h5::write_attribute(dataset, "kind", axis.kind, path);
    h5::check_written(H5Dwrite(dataset.get(), H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, axis.values.data()),
                      path);
}

/// Writes rows first .. first + count - 1 of a dataset of one or two dimensions.
void write_rows(const Handle& dataset, hid_t type, std::size_t first, std::size_t count, std::size_t width,
                const void* data, const std::string& path) {
    if (count == 0 || width == 0) return;
    const Handle space(H5Dget_space(dataset.get()), H5Sclose);
    const hsize_t start[2] = {first, 0}, extent[2] = {count, width};
    H5Sselect_hyperslab(space.get(), H5S_SELECT_SET, start, nullptr, extent, nullptr);
    const int rank = H5Sget_simple_extent_ndims(space.get());
    const Handle memory(H5Screate_simple(rank, extent, nullptr), H5Sclose);
    h5::check_written(H5Dwrite(dataset.get(), type, memory.get(), space.get(), H5P_DEFAULT, data), path);
}

}  // namespace

struct DatasetWriter::Files {
    h5::Quiet quiet;
    std::string path;
    std::size_t size, parameter_count, output_count, written = 0;
    Handle file, parameters, outputs, mask, status, reason;
    std::map<std::size_t, std::string> reasons;  // of the models that failed

    Files(const std::string& path_, const ModelInfo& info, std::size_t size_, const std::string& provenance)
        : path(path_),
          size(size_),
          parameter_count(info.parameter_count()),
          output_count(info.output_count()),
          file(h5::create_file(path_)) {
        h5::write_attribute(file, "format", std::string("ismulate-dataset"), path);
        h5::write_attribute(file, "version", std::int64_t{1}, path);
        h5::write_attribute(file, "model", info.name, path);
        h5::write_attribute(file, "summary", info.summary, path);
        h5::write_attribute(file, "provenance", provenance, path);
        parameters = h5::create_dataset(file, "parameters", H5T_IEEE_F64LE, {size, parameter_count}, path);
        outputs = h5::create_dataset(file, "outputs", H5T_IEEE_F64LE, {size, output_count}, path);
        mask = h5::create_dataset(file, "mask", H5T_STD_U8LE, {size, output_count}, path);
        status = h5::create_dataset(file, "status", H5T_STD_U8LE, {size}, path);
        describe_parameters(parameters, info.parameters, path);
        describe_outputs(outputs, info, path);
        write_axis(file, info.axis, path);
    }

    void append(const DatasetRows& rows) {
        const std::size_t count = rows.status.size();
        if (written + count > size) throw Error("more rows than announced were written to " + path);
        write_rows(parameters, H5T_NATIVE_DOUBLE, written, count, parameter_count, rows.parameters.data(), path);
        write_rows(outputs, H5T_NATIVE_DOUBLE, written, count, output_count, rows.outputs.data(), path);
        write_rows(mask, H5T_NATIVE_UINT8, written, count, output_count, rows.mask.data(), path);
        write_rows(status, H5T_NATIVE_UINT8, written, count, 1, rows.status.data(), path);
        for (std::size_t i = 0; i < rows.reason.size(); ++i) {
            if (!rows.reason[i].empty()) reasons.emplace(written + i, rows.reason[i]);
        }
        written += count;
    }

    /// At the end and in blocks of one size, because texts of variable length are stored in the order of writing.
    void write_reasons() {
        Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
        H5Tset_size(type.get(), H5T_VARIABLE);
        H5Tset_cset(type.get(), H5T_CSET_UTF8);
        reason = h5::create_dataset(file, "reason", type.get(), {size}, path);
        for (std::size_t first = 0; first < size; first += reason_block) {
            std::vector<const char*> pointers(std::min(reason_block, size - first), "");
            for (auto it = reasons.lower_bound(first); it != reasons.end() && it->first < first + pointers.size(); ++it)
                pointers[it->first - first] = it->second.c_str();
            write_rows(reason, type.get(), first, pointers.size(), 1, pointers.data(), path);
        }
    }

    void close() {
        if (written != size) throw Error("fewer rows than announced were written to " + path);
        write_reasons();
        for (Handle* handle : {&parameters, &outputs, &mask, &status, &reason})
            h5::check_written(handle->reset(), path);
        h5::check_written(H5Fflush(file.get(), H5F_SCOPE_GLOBAL), path);
        h5::check_written(file.reset(), path);
    }
};

DatasetWriter::DatasetWriter(const std::string& path, const ModelInfo& info, std::size_t size,
                             const std::string& provenance)
    : files_(std::make_unique<Files>(path, info, size, provenance)) {}

DatasetWriter::~DatasetWriter() = default;

void DatasetWriter::append(const DatasetRows& rows) { files_->append(rows); }

void DatasetWriter::close() { files_->close(); }

void write_dataset(const std::string& path, const Dataset& dataset) {
    check_shapes(dataset);
    const std::size_t n = dataset.size();
    std::vector<std::uint8_t> mask = dataset.mask, status = dataset.status;
    if (mask.empty()) mask.assign(dataset.outputs.size(), 1);
    if (status.empty()) status.assign(n, 0);
    write_atomically(path, [&](const std::string& temporary) {
        DatasetWriter writer(temporary, dataset.info, n, dataset.provenance);
        writer.append({dataset.parameters, dataset.outputs, mask, status, dataset.reason});
        writer.close();
    });
}

}  // namespace ism::io
