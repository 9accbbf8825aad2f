// The compiled half of the Python package: models behind plain arrays and texts. What Python users see is put on top of
// it by ismulate/__init__.py; here nothing is converted, so that a call costs little more than the C++ call.
#include "core.hpp"

#include <ism/base/errors.hpp>
#include <ism/base/parallel.hpp>
#include <ism/base/provenance.hpp>
#include <ism/base/select.hpp>
#include <ism/emulate/shipped.hpp>
#include <ism/explain/accuracy.hpp>
#include <ism/simulate/registry.hpp>

namespace ism::python {
namespace {

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

/// Everything a model says of itself.
nb::dict dict_of(const ModelInfo& info) {
    nb::dict axis, output, told;
    axis["name"] = info.axis.name;
    axis["kind"] = info.axis.kind;
    axis["unit"] = info.axis.unit;
    axis["values"] = info.axis.values.empty() ? nb::none() : numbers(info.axis.values, {info.axis.values.size()});
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
    const emulate::EmulatorRecord& record = emulator.record();
    nb::dict told = dict_of(emulator.model().info());
    told["errors"] = list_of(record.errors);
    told["provenance"] = record.provenance;
    told["network"] = emulate::describe(record.network);
    told["outside"] = emulator.view().outside;
    told["bands"] = emulator.view().bands;
    told["convention"] = emulator.view().convention;
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
        const nb::object values_or_texts =
            column.texts.empty() ? numbers(column.values, {column.values.size()}) : nb::cast(column.texts);
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
    const std::string bytes = emulate::to_bytes(emulator.record());
    return nb::bytes(bytes.data(), bytes.size());
}

/// Errors of predicted outputs (N x M) where the true ones exceed `faint` of the largest of their spectrum.
nb::dict compare(const Emulator& emulator, const Points& points, const Points& truth, double faint) {
    const ModelInfo& info = emulator.model().info();
    Dataset data;
    data.info = info;
    data.parameters.assign(points.data(), points.data() + points.size());
    data.outputs.assign(truth.data(), truth.data() + truth.size());
    check_shapes(data);
    explain::Accuracy accuracy;
    {
        const nb::gil_scoped_release others_may_run;
        std::vector<double> predicted(data.outputs.size());
        emulator.model().evaluate(data.parameters, predicted);
        accuracy = explain::measure(data, predicted, faint);
    }
    nb::dict told;
    told["models"] = accuracy.models;
    told["values"] = accuracy.values;
    told["median"] = accuracy.median;
    told["mean"] = accuracy.mean;
    told["percentile_99"] = accuracy.percentile_99;
    told["maximum"] = accuracy.maximum;
    for (const auto& [name, values] :
         {std::pair{"axis_median", &accuracy.axis_median},
          std::pair{"axis_percentile_99", &accuracy.axis_percentile_99},
          std::pair{"axis_maximum", &accuracy.axis_maximum}, std::pair{"worst_of_model", &accuracy.worst_of_model}})
        told[name] = numbers(*values, {values->size()});
    return told;
}

/// Made by new, as nanobind takes it over.
Emulator* emulator_of(emulate::EmulatorRecord record, const std::string& outside, const std::vector<std::string>& bands,
                      const std::string& convention) {
    return std::make_unique<Emulator>(std::move(record), View{outside, bands, convention}).release();
}

}  // namespace
}  // namespace ism::python

NB_MODULE(_core, m) {
    using namespace ism;
    using namespace ism::python;
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
        [](const std::string& name_or_file, const std::string& outside, const std::vector<std::string>& bands,
           const std::string& convention) {
            return emulator_of(emulate::find_forward_emulator(name_or_file), outside, bands, convention);
        },
        nb::rv_policy::take_ownership, nb::arg("name_or_file"), nb::arg("outside"), nb::arg("bands"),
        nb::arg("convention"));
    m.def(
        "from_bytes",
        [](const nb::bytes& bytes, const std::string& outside, const std::vector<std::string>& bands,
           const std::string& convention) {
            const std::string_view view(bytes.c_str(), bytes.size());
            return emulator_of(emulate::emulator_from_bytes(view, "a pickled emulator"), outside, bands, convention);
        },
        nb::rv_policy::take_ownership, nb::arg("bytes"), nb::arg("outside"), nb::arg("bands"), nb::arg("convention"));
    m.def(
        "through",
        [](const Emulator& emulator, const std::vector<std::string>& bands, const std::string& convention) {
            return emulator_of(emulator.record(), emulator.view().outside, bands, convention);
        },
        nb::rv_policy::take_ownership, nb::arg("emulator"), nb::arg("bands"), nb::arg("convention"));
    m.def(
        "select",
        [](const Emulator& emulator, const std::vector<std::size_t>& indices) {
            const View& view = emulator.view();
            return emulator_of(emulate::with_outputs(emulator.record(), indices), view.outside, view.bands,
                               view.convention);
        },
        nb::rv_policy::take_ownership, nb::arg("emulator"), nb::arg("indices"));
    m.def(
        "chosen_outputs",
        [](const Emulator& emulator, const std::string& globs) {
            return chosen_outputs(emulator.model().info().axis, globs);
        },
        nb::arg("emulator"), nb::arg("globs"));
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
    m.def("compare", &compare, nb::arg("emulator"), nb::arg("points").noconvert(), nb::arg("truth").noconvert(),
          nb::arg("faint"));
    add_observe(m);
    add_fit(m);
    m.def("version", &version);
    m.def("set_threads", &set_thread_count, nb::arg("threads"));
}
