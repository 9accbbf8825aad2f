#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>

#include <io/dataset_names.hpp>

#include <ism/base/errors.hpp>
#include <ism/base/text.hpp>
#include <ism/io/dataset_file.hpp>

namespace ism::io {
namespace {

/// Every parameter must be a finite number in every row.
const std::vector<double>& parameter_column(const Table& table, const std::string& name) {
    const auto& values = table.numbers(name);
    const auto bad = std::find_if_not(values.begin(), values.end(), [](double value) { return std::isfinite(value); });
    if (bad == values.end()) return values;
    const auto row = static_cast<std::size_t>(bad - values.begin());
    const auto count = std::count_if(values.begin(), values.end(), [](double value) { return !std::isfinite(value); });
    throw InputError({.where = table.place(row),
                      .found = "parameter " + name + " is " + to_text(*bad) + table.shown(row, name),
                      .allowed = "a finite number: a parameter cannot be missing",
                      .effect = std::to_string(count) + " of " + std::to_string(values.size()) + " rows are affected"});
}

/// Columns of numbers that are no parameters.
std::vector<const Column*> output_columns(const Table& table, const std::vector<std::string>& parameters,
                                          ReadDataset& result) {
    std::vector<const Column*> outputs;
    for (const auto& column : table.columns) {
        if (std::find(parameters.begin(), parameters.end(), column.name) != parameters.end()) continue;
        if (column.is_text())
            result.warnings.push_back("column '" + column.name + "' was left out: it holds text");
        else
            outputs.push_back(&column);
    }
    if (outputs.empty())
        throw InputError({.where = table.source.name,
                          .found = "no column of numbers is left for the outputs",
                          .next = "name fewer columns with --parameters"});
    return outputs;
}

void declare_outputs(const std::vector<const Column*>& columns, ReadDataset& result) {
    ModelInfo& info = result.dataset.info;
    info.axis.name = "name";
    info.axis.kind = "label";
    info.output_name = "value";
    info.output_unit = columns.front()->unit;
    const bool one_unit = std::all_of(columns.begin(), columns.end(),
                                      [&](const Column* column) { return column->unit == columns.front()->unit; });
    if (!one_unit) {
        info.output_unit.clear();
        result.warnings.push_back("the outputs have different units: they are kept in their names");
    }
    for (const Column* column : columns)
        info.axis.labels.push_back(one_unit || column->unit.empty() ? column->name
                                                                    : column->name + " [" + column->unit + "]");
}

void fill(const Table& table, const std::vector<std::string>& parameters, const std::vector<const Column*>& outputs,
          Dataset& data) {
    bool any_missing = false;
    std::vector<std::uint8_t> mask;
    for (std::size_t i = 0; i < table.row_count(); ++i) {
        for (const auto& name : parameters) data.parameters.push_back(table.column(name).values[i]);
        for (const Column* column : outputs) {
            const bool known = std::isfinite(column->values[i]);
            data.outputs.push_back(known ? column->values[i] : std::numeric_limits<double>::quiet_NaN());
            mask.push_back(known ? 1 : 0);
            any_missing = any_missing || !known;
        }
    }
    if (any_missing) data.mask = std::move(mask);
}

}  // namespace

void guess_parameter(Parameter& parameter, const std::vector<double>& values, std::size_t index, std::size_t count) {
    constexpr double wide = 100.0;
    double low = std::numeric_limits<double>::infinity(), high = -low;
    for (std::size_t k = index; k < values.size(); k += count) {
        low = std::min(low, values[k]);
        high = std::max(high, values[k]);
    }
    parameter.low = low;
    parameter.high = high;
    parameter.scale = low > 0.0 && high / low > wide ? Scale::log : Scale::linear;
    parameter.fallback = low < high ? parameter.from_unit_interval(0.5) : low;
}

Scale guess_scale(const Dataset& dataset) {
    const std::size_t m = dataset.info.output_count();
    for (std::size_t k = 0; k < dataset.outputs.size(); ++k) {
        const bool used = dataset.mask.empty() || dataset.mask[k] != 0;
        if (used && dataset.done(m > 0 ? k / m : 0) && !(dataset.outputs[k] > 0.0)) return Scale::linear;
    }
    return Scale::log;
}

void warn_of_foreign(ReadDataset& result) {
    std::string guessed;
    for (const auto& parameter : result.dataset.info.parameters) {
        guessed += (guessed.empty() ? "" : ", ") + parameter.name + " " + to_string(parameter.scale) + " " +
                   to_text(parameter.low, 4) + " .. " + to_text(parameter.high, 4);
    }
    result.warnings.push_back(
        "the file does not say its units: none are assumed; scales and ranges were taken from the values (" + guessed +
        ")");
}

ReadDataset dataset_from_table(const Table& table, const std::vector<std::string>& parameters) {
    ReadDataset result;
    result.warnings = table.warnings;
    if (table.row_count() == 0) throw InputError({.where = table.source.name, .found = "the table has no rows"});
    const auto outputs = output_columns(table, parameters, result);
    ModelInfo& info = result.dataset.info;
    info.name = valid_utf8(std::filesystem::path(table.source.name).stem().string());
    info.summary = "models of " + valid_utf8(table.source.name);
    for (const auto& name : parameters) {
        const auto& values = parameter_column(table, name);
        if (std::count(parameters.begin(), parameters.end(), name) > 1)
            throw InputError({.where = "--parameters", .found = "'" + name + "' is named twice"});
        Parameter parameter{.name = name, .unit = table.column(name).unit, .help = table.column(name).help};
        guess_parameter(parameter, values, 0, 1);
        info.parameters.push_back(std::move(parameter));
    }
    declare_outputs(outputs, result);
    fill(table, parameters, outputs, result.dataset);
    info.output_scale = guess_scale(result.dataset);
    const bool units = std::any_of(table.columns.begin(), table.columns.end(),
                                   [](const Column& column) { return !column.unit.empty(); });
    if (!units) warn_of_foreign(result);
    for (const auto& [key, value] : table.meta) {
        if (key == "provenance") result.dataset.provenance = valid_utf8(value);
    }
    return result;
}

}  // namespace ism::io
