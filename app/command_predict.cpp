#include <algorithm>
#include <cctype>
#include <cmath>
#include <filesystem>
#include <iostream>

#include <nlohmann/json.hpp>

#include <ism/base/atomic_file.hpp>
#include <ism/base/errors.hpp>
#include <ism/base/sha256.hpp>
#include <ism/base/text.hpp>
#include <ism/base/units.hpp>
#include <ism/emulate/emulator.hpp>
#include <ism/emulate/shipped.hpp>
#include <ism/io/dataset_file.hpp>
#include <ism/io/table.hpp>

#include "arguments.hpp"
#include "output.hpp"

namespace ism::app {
namespace {

struct PredictOptions {
    std::string name;
    std::vector<std::string> parameters;
    std::string table;
    std::string outside = "refuse";
    bool jacobian = false;
};

/// The column of a parameter in the parameter's own unit.
std::vector<double> column_of(const io::Table& table, const Parameter& parameter) {
    std::vector<double> values = table.numbers(parameter.name);
    const std::string& unit = table.column(parameter.name).unit;
    if (unit.empty() || unit == parameter.unit) return values;
    const double factor = conversion_factor(unit, parameter.unit);
    for (double& value : values) value *= factor;
    return values;
}

/// Rows that the table gives, (N x P); parameters without a column keep what -p or the default says.
std::vector<double> points_from(const PredictOptions& options, const ModelInfo& info, const io::Table& table) {
    const auto choices = parse_parameters(options.parameters);
    const std::vector<double> rest =
        point_from(info, choices, options.outside == "refuse" ? Checked::yes : Checked::no);
    std::vector<double> points;
    for (std::size_t i = 0; i < table.row_count(); ++i) points.insert(points.end(), rest.begin(), rest.end());
    for (std::size_t j = 0; j < info.parameter_count(); ++j) {
        const Parameter& parameter = info.parameters[j];
        const bool typed = std::any_of(choices.begin(), choices.end(),
                                       [&](const auto& choice) { return choice.name == parameter.name; });
        if (typed && table.has(parameter.name))
            throw InputError({.where = "-p " + parameter.name,
                              .found = "it is given both by -p and by a column of " + options.table});
        if (typed) continue;
        const auto values = column_of(table, parameter);  // refuses a table without the column
        for (std::size_t i = 0; i < values.size(); ++i) points[i * info.parameter_count() + j] = values[i];
    }
    return points;
}

/// Throws InputError that counts the rows outside the range, unless the user chose what to do with them.
void refuse_outside(const PredictOptions& options, const ModelInfo& info, const emulate::TrainingDomain& domain,
                    const std::vector<double>& points) {
    if (options.outside != "refuse") return;
    const std::size_t p = info.parameter_count();
    std::size_t affected = 0;
    std::string first;
    for (std::size_t i = 0; i < points.size() / p; ++i) {
        bool outside = false;
        for (std::size_t j = 0; j < p; ++j) {
            const double value = points[i * p + j];
            if (value >= domain.low[j] && value <= domain.high[j]) continue;
            if (first.empty()) {
                first = "row " + std::to_string(i + 1) + ": " + info.parameters[j].name + " = " + to_text(value) + ' ' +
                        info.parameters[j].unit + " is outside the range of '" + info.name + "' (" +
                        to_text(domain.low[j], 6) + " .. " + to_text(domain.high[j], 6) + ")";
            }
            outside = true;
        }
        affected += outside ? 1 : 0;
    }
    if (affected == 0) return;
    throw InputError({.where = options.table,
                      .found = first,
                      .effect = std::to_string(affected) + " of " + std::to_string(points.size() / p) +
                                " rows are affected; nothing was written",
                      .next = "To keep going: --outside=nan (mark those rows) or --outside=nearest (use the edge of "
                              "the range). Ranges: ismulate describe " +
                              options.name});
}

/// The unit of a derivative: "erg s-1 H-1" per "yr" is "erg s-1 H-1 yr-1"; one of several words gets brackets.
std::string per_unit(const std::string& unit, const std::string& parameter) {
    const bool word =
        std::all_of(parameter.begin(), parameter.end(), [](unsigned char c) { return std::isalpha(c) != 0; });
    return unit + (unit.empty() ? "" : " ") + (word ? parameter : "(" + parameter + ")") + "-1";
}

io::Table one_spectrum(const emulate::Emulator& emulator, const std::vector<double>& point, bool jacobian) {
    if (!jacobian) return simulate::tabulate_output(emulator, point);
    const ModelInfo& info = emulator.info();
    const std::size_t m = info.output_count(), p = info.parameter_count();
    std::vector<double> outputs(m), slopes(m * p);
    emulator.evaluate_with_jacobian(point, outputs, slopes);
    io::Table table = simulate::tabulate_output(emulator, point);
    for (std::size_t j = 0; j < p; ++j) {
        const Parameter& parameter = info.parameters[j];
        io::Column column{
            "d_" + info.output_name + "_d_" + parameter.name,
            info.output_unit,
            "derivative, per " + (parameter.unit.empty() ? "unit" : parameter.unit) + " of " + parameter.name,
            {},
            {}};
        if (!parameter.unit.empty()) column.unit = per_unit(info.output_unit, parameter.unit);
        for (std::size_t i = 0; i < m; ++i) column.values.push_back(slopes[i * p + j]);
        table.columns.push_back(std::move(column));
    }
    return table;
}

/// With the checksums of the emulator, where it is a file, and of the table.
Provenance provenance_of(const Context& context, const PredictOptions& options) {
    Provenance provenance = context.provenance();
    provenance.seed.clear();  // nothing here is random
    provenance.settings.emplace_back("outside", options.outside);
    for (const std::string& path : {options.name, options.table}) {
        std::error_code ignored;
        if (std::filesystem::is_regular_file(path, ignored))
            provenance.inputs.emplace_back(path, sha256(read_whole(path)));
    }
    return provenance;
}

/// One row per model and wavelength.
io::Table long_table(const Dataset& dataset) {
    const ModelInfo& info = dataset.info;
    const std::size_t p = info.parameter_count(), m = info.output_count();
    io::Table table;
    table.columns.push_back({"model", "", "row of the input table, from 1", {}, {}});
    for (const auto& parameter : info.parameters)
        table.columns.push_back({parameter.name, parameter.unit, parameter.help, {}, {}});
    table.columns.push_back({info.axis.name, info.axis.unit, info.axis.kind, {}, {}});
    table.columns.push_back({info.output_name, info.output_unit, info.output_help, dataset.outputs, {}});
    for (std::size_t i = 0; i < dataset.size(); ++i) {
        for (std::size_t j = 0; j < m; ++j) {
            table.columns[0].values.push_back(static_cast<double>(i + 1));
            for (std::size_t k = 0; k < p; ++k) table.columns[1 + k].values.push_back(dataset.parameters[i * p + k]);
            if (info.axis.values.empty())
                table.columns[1 + p].texts.push_back(info.axis.labels[j]);
            else
                table.columns[1 + p].values.push_back(info.axis.values[j]);
        }
    }
    return table;
}

void predict_table(Context& context, const PredictOptions& options, const emulate::Emulator& emulator,
                   const emulate::TrainingDomain& domain) {
    const ModelInfo& info = emulator.info();
    Dataset dataset;
    dataset.info = info;
    dataset.parameters = points_from(options, info, io::read_table(options.table));
    refuse_outside(options, info, domain, dataset.parameters);
    dataset.outputs.resize(dataset.size() * info.output_count());
    emulator.evaluate(dataset.parameters, dataset.outputs);
    const Provenance provenance = provenance_of(context, options);
    dataset.provenance = provenance.json();
    if (context.output.ends_with(".h5")) {
        io::write_dataset(context.output, dataset);
        context.say("wrote " + context.output + ": " + std::to_string(dataset.size()) + " models");
        if (context.json) {
            const nlohmann::ordered_json told{{"output", context.output}, {"models", dataset.size()}};
            std::cout << told.dump(1) << '\n';
        }
    } else {
        put_table(context, long_table(dataset), provenance);
    }
}

void predict(Context& context, const PredictOptions& options) {
    check_table_output(context);
    emulate::EmulatorRecord record = emulate::find_emulator(options.name);
    const emulate::TrainingDomain domain = record.domain;
    const emulate::Outside outside = emulate::outside_from_string(options.outside);
    const emulate::Emulator emulator(std::move(record), {.outside = outside});
    if (!options.table.empty()) return predict_table(context, options, emulator, domain);
    const std::vector<double> point = point_from(emulator.info(), parse_parameters(options.parameters),
                                                 outside == emulate::Outside::refuse ? Checked::yes : Checked::no);
    Provenance provenance = provenance_of(context, options);
    for (std::size_t k = 0; k < point.size(); ++k)
        provenance.settings.emplace_back("-p " + emulator.info().parameters[k].name, to_text(point[k]));
    put_table(context, one_spectrum(emulator, point, options.jacobian), provenance);
}

}  // namespace

void add_predict(CLI::App& program, Context& context) {
    const auto options = std::make_shared<PredictOptions>();
    CLI::App& command = add_command(program, context, "predict", "evaluate an emulator, in microseconds a model",
                                    "ismulate predict themis -p U=10 -p age=1e7 -p amin=0.5 -o sed.ecsv\n"
                                    "  ismulate predict themis --table parameters.ecsv -o spectra.h5\n\n"
                                    "The fastest instruction set of the machine is used; another one is forced by\n"
                                    "ISMULATE_SIMD=reference|scalar|sse4|avx2|avx512|neon in the environment.",
                                    [&context, options] { predict(context, *options); });
    command.add_option("emulator", options->name, "a shipped emulator or an .ism file")
        ->required()
        ->type_name("NAME|FILE");
    command.add_option("-p", options->parameters, "a parameter, NAME=VALUE; may be repeated")
        ->type_name("NAME=VALUE")
        ->allow_extra_args(false);
    command.add_option("--table", options->table, "a table with a column for each parameter and a row for each model")
        ->type_name("FILE");
    command.add_option("--outside", options->outside, "what to do outside the training range")
        ->check(CLI::IsMember({"refuse", "nan", "nearest"}))
        ->capture_default_str();
    command.add_flag("--jacobian", options->jacobian, "add the derivative with respect to each parameter (one model)");
}

}  // namespace ism::app
