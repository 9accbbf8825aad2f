#include "anomaly_list.hpp"

#include <algorithm>
#include <cmath>

#include <ism/base/errors.hpp>
#include <ism/base/text.hpp>

namespace ism::app {
namespace {

constexpr double same = 1e-9;  ///< relative difference of parameters up to which a model is the one listed

std::string name_of(const Axis& axis, std::size_t j) {
    return axis.labels.empty() ? to_text(axis.values[j]) : axis.labels[j];
}

/// Two columns may not be called alike: a parameter called "value" becomes "parameter value".
std::string column_of(const Parameter& parameter) {
    static const std::vector<std::string> taken{"model",     "output", "value", "prediction",
                                                "deviation", "score",  "kind",  "rule"};
    const bool clashes = std::find(taken.begin(), taken.end(), parameter.name) != taken.end();
    return (clashes ? "parameter " : "") + parameter.name;
}

[[noreturn]] void refuse_row(const io::Table& table, std::size_t row, const std::string& column,
                             const std::string& found, const std::string& allowed) {
    throw InputError({.where = table.place(row),
                      .found = found + table.shown(row, column),
                      .allowed = allowed,
                      .effect = "nothing was learned",
                      .next = "use the list with the grid (and the --outputs) that it was made from"});
}

}  // namespace

io::Table table_of(const Dataset& dataset, const std::vector<train::Anomaly>& anomalies) {
    const ModelInfo& info = dataset.info;
    const bool log = info.output_scale == Scale::log;
    io::Table table;
    table.columns = {{"model", "", "row of the dataset, from 0, identical copies not counted", {}, {}}};
    for (const Parameter& parameter : info.parameters)
        table.columns.push_back({column_of(parameter), parameter.unit, parameter.help, {}, {}});
    const std::size_t first = table.columns.size();
    table.columns.insert(
        table.columns.end(),
        {{"output", "", "its name", {}, {}},
         {"value", info.output_unit, "in the dataset", {}, {}},
         {"prediction", info.output_unit, "of the robust network and the neighbours, or what a rule allows", {}, {}},
         {"deviation", "", log ? "log10(value / prediction)" : "value - prediction, in spreads of the output", {}, {}},
         {"score", "", "|deviation| over the scatter of the neighbourhood; of rules, over the tolerance", {}, {}},
         {"kind", "", "value: by itself; model: with most of its model; rule: against a rule", {}, {}},
         {"rule", "", "its name", {}, {}}});
    for (const train::Anomaly& a : anomalies) {
        table.columns[0].values.push_back(static_cast<double>(a.model));
        for (std::size_t p = 0; p < info.parameter_count(); ++p)
            table.columns[1 + p].values.push_back(dataset.parameters[a.model * info.parameter_count() + p]);
        table.columns[first].texts.push_back(name_of(info.axis, a.output));
        const double numbers[] = {a.value, a.prediction, a.deviation, a.score};
        for (std::size_t k = 0; k < std::size(numbers); ++k) table.columns[first + 1 + k].values.push_back(numbers[k]);
        table.columns[first + 5].texts.push_back(train::to_string(a.kind));
        table.columns[first + 6].texts.push_back(a.rule.empty() ? "-" : a.rule);
    }
    return table;
}

std::vector<train::Anomaly> read_anomalies(const std::string& path, const Dataset& dataset) {
    const io::Table table = io::read_table(path);
    const ModelInfo& info = dataset.info;
    if (table.row_count() == 0) return {};
    const auto& models = table.numbers("model");
    const io::Column& names = table.column("output");
    std::vector<train::Anomaly> anomalies;
    for (std::size_t row = 0; row < table.row_count(); ++row) {
        const double model = models[row];
        if (!(model >= 0 && model < static_cast<double>(dataset.size()) && model == std::floor(model)))
            refuse_row(table, row, "model", "model " + to_text(model) + " is none of the dataset",
                       "0 .. " + std::to_string(dataset.size() - 1));
        const auto i = static_cast<std::size_t>(model);
        for (std::size_t p = 0; p < info.parameter_count(); ++p) {
            const std::string column = column_of(info.parameters[p]);
            if (!table.has(column)) continue;
            const double x = dataset.parameters[i * info.parameter_count() + p], listed = table.numbers(column)[row];
            if (!(std::abs(x - listed) <= same * std::max(std::abs(x), std::abs(listed))))
                refuse_row(table, row, column, "model " + std::to_string(i) + " has another " + info.parameters[p].name,
                           to_text(x));
        }
        const std::string name = names.is_text() ? names.texts[row] : to_text(names.values[row]);
        std::size_t j = 0;
        while (j < info.output_count() && name_of(info.axis, j) != name) ++j;
        if (j == info.output_count())
            refuse_row(table, row, "output", "'" + name + "' is no output of the dataset", "the names of its outputs");
        anomalies.push_back({.model = i, .output = j});
    }
    return anomalies;
}

}  // namespace ism::app
