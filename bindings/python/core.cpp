// The compiled half of the Python package: models behind plain arrays and texts. What Python users see is put on top of
// it by ismulate/__init__.py; here nothing is converted, so that a call costs little more than the C++ call.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <ism/base/errors.hpp>
#include <ism/base/parallel.hpp>
#include <ism/base/provenance.hpp>
#include <ism/emulate/emulator.hpp>
#include <ism/emulate/shipped.hpp>
#include <ism/simulate/registry.hpp>

namespace nb = nanobind;
using namespace ism;

namespace {

using Points = nb::ndarray<const double, nb::ndim<2>, nb::c_contig, nb::device::cpu>;

/// An array that NumPy owns from now on.
template <class Real>
struct Block {
    explicit Block(std::size_t count) : size(count), data(new Real[count]) {}

    /// Hands the memory over, as an array of this shape.
    nb::ndarray<nb::numpy, Real> array(std::initializer_list<std::size_t> shape) {
        Real* given = data.release();
        const nb::capsule owner(given, [](void* memory) noexcept { delete[] static_cast<Real*>(memory); });
        return nb::ndarray<nb::numpy, Real>(given, shape, owner);
    }
    std::span<Real> span() { return {data.get(), size}; }

    std::size_t size;
    std::unique_ptr<Real[]> data;
};

/// A model with its record, where it has one, and what a call of one point needs at hand.
class Emulator {
public:
    Emulator(emulate::EmulatorRecord record, const std::string& outside)
        : model_(std::move(record), {.outside = emulate::outside_from_string(outside)}) {
        for (const auto& parameter : model_.info().parameters) {
            names_.push_back(nb::steal(PyUnicode_InternFromString(parameter.name.c_str())));
            fallbacks_.push_back(parameter.fallback);
        }
    }

    [[nodiscard]] const emulate::Emulator& model() const noexcept { return model_; }

    /// Outputs (M) of the point that `chosen` names, or None where a value is more than a plain number.
    nb::object one(const nb::dict& chosen) const {
        std::vector<double> point = fallbacks_;
        for (const auto [name, value] : chosen) {
            const std::size_t i = position(name);
            if (PyFloat_CheckExact(value.ptr())) {
                point[i] = PyFloat_AS_DOUBLE(value.ptr());
            } else if (PyLong_CheckExact(value.ptr())) {
                point[i] = PyLong_AsDouble(value.ptr());
                if (point[i] == -1 && PyErr_Occurred() != nullptr) nb::raise_python_error();
            } else {
                return nb::none();
            }
        }
        Block<double> y(model_.info().output_count());
        {
            const nb::gil_scoped_release others_may_run;
            model_.evaluate(point, y.span());
        }
        return nb::cast(y.array({y.size}));
    }

    template <class Real>
    nb::ndarray<nb::numpy, Real> many(const Points& points) const {
        const std::size_t m = model_.info().output_count();
        Block<Real> y(points.shape(0) * m);
        {
            const nb::gil_scoped_release others_may_run;
            model_.evaluate({points.data(), points.size()}, y.span());
        }
        return y.array({points.shape(0), m});
    }

    nb::tuple jacobian(const Points& points) const {
        const std::size_t n = points.shape(0), m = model_.info().output_count(), p = model_.info().parameter_count();
        Block<double> y(n * m), dy(n * m * p);
        {
            const nb::gil_scoped_release others_may_run;
            model_.evaluate_with_jacobian({points.data(), points.size()}, y.span(), dy.span());
        }
        return nb::make_tuple(y.array({n, m}), dy.array({n, m, p}));
    }

private:
    /// Names of keyword arguments are interned, so that most are found by their address.
    [[nodiscard]] std::size_t position(nb::handle name) const {
        for (std::size_t i = 0; i < names_.size(); ++i) {
            if (names_[i].is(name)) return i;
        }
        return index_of(model_.info().parameters, nb::cast<std::string>(name), model_.info().name);
    }

    emulate::Emulator model_;
    std::vector<nb::object> names_;
    std::vector<double> fallbacks_;
};

nb::dict dict_of(const Parameter& p) {
    nb::dict told;
    told["name"] = p.name;
    told["unit"] = p.unit;
    told["low"] = p.low;
    told["high"] = p.high;
    told["default"] = p.fallback;
    told["scale"] = to_string(p.scale);
    told["help"] = p.help;
    return told;
}

nb::dict dict_of(const emulate::ErrorRow& row) {
    nb::dict told;
    told["quantity"] = row.quantity;
    told["models"] = row.models;
    told["median"] = row.median;
    told["mean"] = row.mean;
    told["percentile_99"] = row.percentile_99;
    told["maximum"] = row.maximum;
    return told;
}

template <class Row>
nb::list list_of(const std::vector<Row>& rows) {
    nb::list told;
    for (const auto& row : rows) told.append(dict_of(row));
    return told;
}

nb::object numbers(const std::vector<double>& values) {
    Block<double> block(values.size());
    std::copy(values.begin(), values.end(), block.data.get());
    return nb::cast(block.array({values.size()}));
}

/// Everything a model says of itself.
nb::dict dict_of(const ModelInfo& info) {
    nb::dict axis, output, told;
    axis["name"] = info.axis.name;
    axis["kind"] = info.axis.kind;
    axis["unit"] = info.axis.unit;
    axis["values"] = info.axis.values.empty() ? nb::none() : numbers(info.axis.values);
    axis["labels"] = info.axis.labels;
    output["name"] = info.output_name;
    output["unit"] = info.output_unit;
    output["scale"] = to_string(info.output_scale);
    output["help"] = info.output_help;
    told["name"] = info.name;
    told["summary"] = info.summary;
    told["parameters"] = list_of(info.parameters);
    told["axis"] = axis;
    told["output"] = output;
    return told;
}

nb::dict describe(const Emulator& emulator) {
    const emulate::EmulatorRecord& record = emulator.model().record();
    nb::dict told = dict_of(emulator.model().info());
    told["errors"] = list_of(record.errors);
    told["provenance"] = record.provenance;
    told["network"] = emulate::describe(record.network);
    return told;
}

nb::list models() {
    nb::list all;
    for (const auto& simulator : simulate::simulators())
        all.append(nb::make_tuple("simulator", simulator.name, simulator.summary));
    for (const auto& name : emulate::shipped_emulators())
        all.append(nb::make_tuple("emulator", name, emulate::find_emulator(name).info.summary));
    return all;
}

nb::list settings_of(const std::string& name) {
    nb::list told;
    for (const auto& setting : simulate::simulator(name).settings)
        told.append(nb::make_tuple(setting.name, setting.fallback, setting.placeholder, setting.help));
    return told;
}

std::vector<double> point_of(const ModelInfo& info, const std::vector<std::string>& names,
                             const std::vector<double>& values) {
    std::vector<double> point;
    for (const auto& parameter : info.parameters) point.push_back(parameter.fallback);
    for (std::size_t i = 0; i < names.size(); ++i) point[index_of(info.parameters, names[i], info.name)] = values.at(i);
    check_point(info, point);
    return point;
}

nb::list simulate_one(const std::string& name, const simulate::Settings& settings,
                      const std::vector<std::string>& names, const std::vector<double>& values) {
    io::Table table;
    {
        const nb::gil_scoped_release others_may_run;
        const simulate::Simulator& simulator = simulate::simulator(name);
        const auto model = simulator.create(simulate::complete(simulator, settings), names);
        const auto point = point_of(model->info(), names, values);
        table = simulator.tabulate ? simulator.tabulate(*model, point) : simulate::tabulate_output(*model, point);
    }
    nb::list columns;
    for (const auto& column : table.columns) {
        const nb::object values_or_texts = column.texts.empty() ? numbers(column.values) : nb::cast(column.texts);
        columns.append(nb::make_tuple(column.name, column.unit, column.help, values_or_texts));
    }
    return columns;
}

nb::list parameters_of(const std::string& name, const simulate::Settings& settings,
                       const std::vector<std::string>& requested) {
    const simulate::Simulator& simulator = simulate::simulator(name);
    return list_of(simulator.create(simulate::complete(simulator, settings), requested)->info().parameters);
}

/// Texts of the dictionary, as settings.
simulate::Settings settings_from(const nb::dict& given) {
    simulate::Settings settings;
    for (const auto [name, value] : given) settings[nb::cast<std::string>(name)] = nb::cast<std::string>(value);
    return settings;
}

nb::bytes bytes_of(const Emulator& emulator) {
    const std::string bytes = emulate::to_bytes(emulator.model().record());
    return nb::bytes(bytes.data(), bytes.size());
}

}  // namespace

NB_MODULE(_core, m) {
    m.doc() = "The compiled half of ismulate; use the package, not this.";
    // The last one that fits is taken.
    nb::exception<Error>(m, "Error", PyExc_RuntimeError);
    nb::exception<MachineError>(m, "MachineError", PyExc_RuntimeError);
    nb::exception<NumericalError>(m, "NumericalError", PyExc_RuntimeError);
    nb::exception<InputError>(m, "InputError", PyExc_ValueError);

    nb::class_<Emulator>(m, "Emulator")
        .def("one", &Emulator::one, nb::arg("chosen"))
        .def("many", &Emulator::many<double>, nb::arg("points").noconvert())
        .def("many_float", &Emulator::many<float>, nb::arg("points").noconvert())
        .def("jacobian", &Emulator::jacobian, nb::arg("points").noconvert())
        .def("describe", &describe)
        .def("bytes", &bytes_of);
    m.def(
        "open",
        [](const std::string& name_or_file, const std::string& outside) {
            return std::make_unique<Emulator>(emulate::find_emulator(name_or_file), outside).release();
        },
        nb::rv_policy::take_ownership, nb::arg("name_or_file"), nb::arg("outside"));
    m.def(
        "from_bytes",
        [](const nb::bytes& bytes, const std::string& outside) {
            const std::string_view view(bytes.c_str(), bytes.size());
            return std::make_unique<Emulator>(emulate::emulator_from_bytes(view, "a pickled emulator"), outside)
                .release();
        },
        nb::rv_policy::take_ownership, nb::arg("bytes"), nb::arg("outside"));
    m.def("models", &models);
    m.def("settings", &settings_of, nb::arg("simulator"));
    m.def(
        "parameters",
        [](const std::string& name, const nb::dict& settings, const std::vector<std::string>& requested) {
            return parameters_of(name, settings_from(settings), requested);
        },
        nb::arg("simulator"), nb::arg("settings"), nb::arg("requested"));
    m.def(
        "simulate",
        [](const std::string& name, const nb::dict& settings, const std::vector<std::string>& names,
           const std::vector<double>& values) { return simulate_one(name, settings_from(settings), names, values); },
        nb::arg("simulator"), nb::arg("settings"), nb::arg("names"), nb::arg("values"));
    m.def("version", &version);
    m.def("set_threads", &set_thread_count, nb::arg("threads"));
}
