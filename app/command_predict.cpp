#include <algorithm>
#include <cctype>
#include <cmath>
#include <filesystem>
#include <iostream>
#include <memory>

#include <nlohmann/json.hpp>

#include <ism/base/atomic_file.hpp>
#include <ism/base/errors.hpp>
#include <ism/base/select.hpp>
#include <ism/base/sha256.hpp>
#include <ism/base/text.hpp>
#include <ism/base/units.hpp>
#include <ism/emulate/emulator.hpp>
#include <ism/emulate/shipped.hpp>
#include <ism/io/dataset_file.hpp>
#include <ism/io/table.hpp>
#include <ism/observe/seen.hpp>

#include "arguments.hpp"
#include "bands_option.hpp"
#include "output.hpp"
#include "output_choice.hpp"
#include "prediction_table.hpp"

namespace ism::app {
namespace {

struct PredictOptions {
    std::string name;
    std::vector<std::string> parameters;
    std::string table;
    std::string outside = "refuse";
    std::string layout = "long";
    std::string bands, outputs;
    std::string convention;  ///< empty: each instrument's, or the one in which an emulator learned its bands
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
    const auto choices = parse_parameters(options.parameters, unit_in(info));
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

/// "U = 2e+07 (range 0.1 .. 1e+06)" of the first row that is outside.
std::string first_reason(const OutsideRows& outside) {
    const auto first = std::find_if(outside.reasons.begin(), outside.reasons.end(),
                                    [](const std::string& reason) { return !reason.empty(); });
    return "row " + std::to_string(first - outside.reasons.begin() + 1) + ": " + *first;
}

/// "2 of 3 rows are outside the range of 'themis'".
std::string outside_text(const OutsideRows& outside, const std::string& model) {
    return std::to_string(outside.count) + " of " + std::to_string(outside.reasons.size()) +
           (outside.count == 1 ? " rows is" : " rows are") + " outside the range of '" + model + "'";
}

/// Throws InputError that counts the rows outside the range.
[[noreturn]] void refuse_outside(const PredictOptions& options, const ModelInfo& info, const OutsideRows& outside) {
    throw InputError({.where = options.table,
                      .found = first_reason(outside) + " is outside the range of '" + info.name + "'",
                      .effect = std::to_string(outside.count) + " of " + std::to_string(outside.reasons.size()) +
                                " rows are affected; nothing was written",
                      .next = "To keep going: --outside=nan (mark those rows) or --outside=nearest (use the edge of "
                              "the range). Ranges: ismulate describe " +
                              options.name});
}

/// Throws InputError for a row without a value: no --outside can stand in for it where a dataset is written.
void refuse_missing(const PredictOptions& options, const Dataset& dataset) {
    const auto bad = std::find_if_not(dataset.parameters.begin(), dataset.parameters.end(),
                                      [](double value) { return std::isfinite(value); });
    if (bad == dataset.parameters.end()) return;
    const auto at = static_cast<std::size_t>(bad - dataset.parameters.begin());
    const std::size_t p = dataset.info.parameter_count();
    throw InputError({.where = options.table + ": row " + std::to_string(at / p + 1),
                      .found = dataset.info.parameters[at % p].name + " is " + to_text(*bad),
                      .allowed = "a finite number: a dataset (.h5) holds no model without its parameters",
                      .effect = "nothing was written",
                      .next = "fill it in or leave the row out; .ecsv, .csv and .fits keep it with --outside=nan"});
}

/// The unit of a derivative: "erg s-1 H-1" per "yr" is "erg s-1 H-1 yr-1"; one of several words gets brackets.
std::string per_unit(const std::string& unit, const std::string& parameter) {
    const bool word =
        std::all_of(parameter.begin(), parameter.end(), [](unsigned char c) { return std::isalpha(c) != 0; });
    return unit + (unit.empty() ? "" : " ") + (word ? parameter : "(" + parameter + ")") + "-1";
}

io::Table one_spectrum(const Model& emulator, const std::vector<double>& point, bool jacobian) {
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

/// With the checksums of the emulator, where it is a file, and of the table; with the bands that spectra were seen
/// through.
Provenance provenance_of(const Context& context, const PredictOptions& options, const Model& emulator) {
    Provenance provenance = context.provenance();
    provenance.seed.clear();  // nothing here is random
    provenance.settings.emplace_back("outside", options.outside);
    for (const std::string& path : {options.name, options.table}) {
        std::error_code ignored;
        if (std::filesystem::is_regular_file(path, ignored))
            provenance.inputs.emplace_back(path, sha256(read_whole(path)));
    }
    if (const auto* seen = dynamic_cast<const observe::BandModel*>(&emulator))
        add_bands(provenance, seen->photometer().bands(),
                  options.convention.empty() ? "instrument" : options.convention);
    return provenance;
}

/// What the outputs of rows outside are.
std::string stand_in(emulate::Outside outside) {
    return outside == emulate::Outside::nan ? "their outputs are nan" : "the edge of the range was used for them";
}

/// A dataset marks a row without an answer as failed and masks it; a row moved to the edge keeps its reason.
void mark(Dataset& dataset, const OutsideRows& outside) {
    const std::size_t m = dataset.info.output_count();
    if (outside.count == 0) return;
    dataset.mask.assign(dataset.outputs.size(), 1);
    dataset.status.assign(dataset.size(), 0);
    dataset.reason.resize(dataset.size());
    for (std::size_t i = 0; i < dataset.size(); ++i) {
        if (outside.reasons[i].empty()) continue;
        const bool answered = std::isfinite(dataset.outputs[i * m]);
        dataset.reason[i] =
            (answered ? "outside the range, its edge was used: " : "outside the range: ") + outside.reasons[i];
        if (answered) continue;
        dataset.status[i] = 1;
        std::fill_n(dataset.mask.begin() + static_cast<std::ptrdiff_t>(i * m), m, std::uint8_t{0});
    }
}

void write_predicted(const Context& context, Dataset& dataset, const OutsideRows& outside) {
    mark(dataset, outside);
    io::write_dataset(context.output, dataset);
    context.say("wrote " + context.output + ": " + std::to_string(dataset.size()) + " models");
    if (!context.json) return;
    const nlohmann::ordered_json told{
        {"output", context.output}, {"models", dataset.size()}, {"outside", outside.count}};
    std::cout << told.dump(1) << '\n';
}

/// Text and numbers of the input beside its parameters; a dataset has no place for them.
std::vector<io::Column> carried(const Context& context, const PredictOptions& options, const ModelInfo& info,
                                const io::Table& input) {
    std::vector<std::string> warnings;
    auto columns = carried_columns(input, info, layout_from_string(options.layout), warnings);
    if (context.output.ends_with(".h5") && !columns.empty()) {
        std::string names;
        for (const auto& column : columns) names += (names.empty() ? "" : ", ") + column.name;
        warnings = {"a dataset (.h5) has no place for the columns " + names + "; .ecsv, .csv and .fits carry them"};
    }
    for (const auto& warning : warnings) context.say("warning: " + warning);
    return columns;
}

void predict_table(Context& context, const PredictOptions& options, const Model& emulator) {
    const ModelInfo& info = emulator.info();
    const io::Table input = io::read_table(options.table);
    for (const auto& warning : input.warnings) context.say("warning: " + warning);
    if (input.row_count() == 0) throw InputError({.where = options.table, .found = "the table has no rows"});
    const bool to_dataset = context.output.ends_with(".h5"), strict = options.outside == "refuse";
    Dataset dataset;
    dataset.info = info;
    dataset.parameters = points_from(options, info, input);
    const OutsideRows outside = outside_rows(info, dataset.parameters);
    if (strict && outside.count > 0) refuse_outside(options, info, outside);
    if (to_dataset) refuse_missing(options, dataset);
    const RowHead head{.carried = carried(context, options, info, input), .outside = strict ? nullptr : &outside};
    dataset.outputs.resize(dataset.size() * info.output_count());
    emulator.evaluate(dataset.parameters, dataset.outputs);
    if (outside.count > 0)
        context.say("warning: " + outside_text(outside, info.name) + "; " +
                    stand_in(emulate::outside_from_string(options.outside)) + " (" + first_reason(outside) + ")");
    const Provenance provenance = provenance_of(context, options, emulator);
    dataset.provenance = provenance.json();
    if (to_dataset)
        write_predicted(context, dataset, outside);
    else
        put_table(context, prediction_table(dataset, head, layout_from_string(options.layout)), provenance);
}

/// Options that say nothing where they stand would leave the user with another file than the one he thinks he has.
void check_call(const Context& context, const PredictOptions& options) {
    const bool wide = layout_from_string(options.layout) == Layout::wide;
    if (wide && options.table.empty())
        throw InputError({.where = "--layout wide",
                          .found = "it needs many models, and one is asked for",
                          .next = "give them with --table FILE"});
    if (wide && context.output.ends_with(".h5"))
        throw InputError({.where = "--layout wide",
                          .found = context.output + " is a dataset, which has one row for each model already",
                          .allowed = "-o NAME.ecsv, .csv, .fits or .json",
                          .effect = "nothing was computed"});
    if (options.jacobian && !options.table.empty())
        throw InputError({.where = "--jacobian",
                          .found = "derivatives are given for one model, not for a table",
                          .effect = "nothing was computed",
                          .next = "leave --table out and give the model with -p"});
}

/// Throws InputError where an emulator of bands learned them in another convention than the one asked for.
void check_convention(const emulate::EmulatorRecord& record, const PredictOptions& options) {
    const auto told = nlohmann::json::parse(record.provenance, nullptr, false);
    const auto at = nlohmann::json::json_pointer("/settings/convention");
    const bool known = told.is_object() && told.contains(at) && told[at].is_string();
    const std::string learned = known ? told[at].get<std::string>() : "unknown";
    if (options.convention.empty() || options.convention == learned) return;
    throw InputError({.where = "--convention " + options.convention,
                      .found = "'" + record.info.name + "' learned its bands in the convention '" + learned + "'",
                      .effect = "nothing was computed",
                      .next = "leave --convention out, or train another one: ismulate train GRID --bands NAME,... "
                              "--convention " +
                              options.convention});
}

/// The emulator as it is, some of its bands, or its spectra through bands.
std::shared_ptr<const Model> as_seen(emulate::EmulatorRecord record, const PredictOptions& options) {
    const emulate::Outside outside = emulate::outside_from_string(options.outside);
    const bool learned = record.info.axis.kind == "band";
    if (learned)
        check_convention(record, options);
    else if (options.bands.empty() && !options.convention.empty())
        throw InputError({.where = "--convention " + options.convention,
                          .found = "it is one of fluxes in bands, and no bands are named",
                          .effect = "nothing was computed",
                          .next = "name them with --bands"});
    if (options.bands.empty())
        return std::make_shared<emulate::Emulator>(std::move(record), emulate::EmulatorOptions{.outside = outside});
    return observe::seen_through(std::move(record), names_in(options.bands), outside,
                                 convention_of(options.convention));
}

/// `predict dust`: a simulator is computed, not predicted.
void refuse_simulator(const PredictOptions& options) {
    std::error_code ignored;
    for (const auto& simulator : simulate::simulators()) {
        if (options.name != simulator.name || std::filesystem::is_regular_file(options.name, ignored)) continue;
        throw InputError({.where = "ismulate predict " + options.name,
                          .found = options.name + " is a simulator: it is computed, not predicted",
                          .effect = "nothing was computed",
                          .next = "ismulate simulate " + options.name});
    }
}

void predict_one(Context& context, const PredictOptions& options, const Model& emulator) {
    const ModelInfo& info = emulator.info();
    const std::vector<double> point = point_from(info, parse_parameters(options.parameters, unit_in(info)),
                                                 options.outside == "refuse" ? Checked::yes : Checked::no);
    const OutsideRows outside = outside_rows(info, point);
    if (outside.count > 0)
        context.say("warning: the model is outside the range of '" + info.name + "': " + outside.reasons.front() +
                    "; " + (options.outside == "nan" ? "its outputs are nan" : "the edge of the range was used"));
    Provenance provenance = provenance_of(context, options, emulator);
    for (std::size_t k = 0; k < point.size(); ++k)
        provenance.settings.emplace_back("-p " + info.parameters[k].name, to_text(point[k]));
    put_table(context, one_spectrum(emulator, point, options.jacobian), provenance);
}

void predict(Context& context, const PredictOptions& options) {
    check_call(context, options);
    check_table_output(context);
    refuse_simulator(options);
    emulate::EmulatorRecord record = emulate::find_forward_emulator(options.name);
    if (const std::string caution = emulate::caution(record); !caution.empty()) context.say("warning: " + caution);
    if (!options.outputs.empty())
        record = emulate::with_outputs(record, chosen_outputs(record.info.axis, options.outputs));
    const auto emulator = as_seen(std::move(record), options);
    if (options.table.empty())
        predict_one(context, options, *emulator);
    else
        predict_table(context, options, *emulator);
}

}  // namespace

void add_predict(CLI::App& program, Context& context) {
    const auto options = std::make_shared<PredictOptions>();
    CLI::App& command =
        add_command(program, context, "predict", "evaluate an emulator, in microseconds a model",
                    "ismulate predict themis -p U=10 -p age=1e7 -p amin=0.5 -o sed.ecsv\n"
                    "  ismulate predict themis --table parameters.ecsv -o spectra.h5\n"
                    "  ismulate predict themis --table galaxies.csv --layout wide -o fluxes.csv\n"
                    "  ismulate predict themis -p U=10 --bands PACS,SPIRE,MIPS_24 -o bands.ecsv\n\n"
                    "With --bands: fluxes in bands (ismulate photometry --list) instead of spectra; of\n"
                    "an emulator that knows only bands, these of them.\n\n"
                    "The fastest instruction set of the machine is used; another one is forced by\n"
                    "ISMULATE_SIMD=reference|scalar|sse4|avx2|avx512|neon in the environment.",
                    [&context, options] { predict(context, *options); });
    command.add_option("emulator", options->name, "a shipped emulator or an .ism file")
        ->required()
        ->type_name("NAME|FILE");
    command.add_option("-p", options->parameters, "a parameter, NAME=VALUE; may be repeated")
        ->type_name("NAME=VALUE")
        ->allow_extra_args(false);
    command
        .add_option("--table", options->table,
                    "a table with a column for each parameter and a row for each model; its other columns (names, "
                    "identifiers) go along")
        ->type_name("FILE");
    command
        .add_option("--layout", options->layout,
                    "of the spectra of --table: long (a row for each output) or wide (a row for each model, a column "
                    "for each output); -o NAME.h5 is neither but a dataset, as `grid` writes and `train` reads")
        ->check(CLI::IsMember({"long", "wide"}))
        ->capture_default_str();
    command
        .add_option("--outside", options->outside,
                    "outside the training range: refuse, give nan, or use the nearest edge; a table then has a column "
                    "'outside'")
        ->check(CLI::IsMember({"refuse", "nan", "nearest"}))
        ->capture_default_str();
    add_bands_options(command, options->bands, options->convention);
    add_outputs_option(command, options->outputs);
    command.get_option("--outputs")->excludes("--bands");
    command.add_flag("--jacobian", options->jacobian, "add the derivative with respect to each parameter (one model)");
}

}  // namespace ism::app
