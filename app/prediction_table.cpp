#include "prediction_table.hpp"

#include <algorithm>
#include <set>

#include <ism/base/errors.hpp>
#include <ism/base/text.hpp>

namespace ism::app {
namespace {

/// A label "flux [Jy]", as tables of several units give them, parted into name and unit.
std::pair<std::string, std::string> name_and_unit(const std::string& label, const std::string& unit) {
    const auto bracket = label.rfind(" [");
    if (!unit.empty() || bracket == std::string::npos || bracket == 0 || !label.ends_with("]")) return {label, unit};
    return {label.substr(0, bracket), label.substr(bracket + 2, label.size() - bracket - 3)};
}

/// "total_100um": with as many digits as it takes to tell the outputs apart.
std::vector<std::string> names_by_place(const ModelInfo& info) {
    std::vector<std::string> names;
    for (int digits = 4; digits <= 17; ++digits) {
        names.clear();
        for (const double value : info.axis.values) {
            std::string place = to_text(value, digits);
            std::erase(place, '+');  // 1e+05 would look like a sum in a name
            names.push_back(info.output_name + "_" + place + info.axis.unit);
        }
        if (std::set<std::string>(names.begin(), names.end()).size() == names.size()) break;
    }
    return names;
}

/// The columns of the outputs in the wide layout, still empty.
std::vector<io::Column> output_columns(const ModelInfo& info) {
    std::vector<io::Column> columns;
    if (info.axis.labels.empty()) {
        for (auto& name : names_by_place(info))
            columns.push_back({std::move(name), info.output_unit, info.output_help, {}, {}});
        return columns;
    }
    const Axis& axis = info.axis;
    for (std::size_t j = 0; j < axis.labels.size(); ++j) {
        auto [name, unit] = name_and_unit(axis.labels[j], info.output_unit);
        const std::string place = axis.values.empty() ? "" : ", at " + to_text(axis.values[j], 6) + " " + axis.unit;
        columns.push_back({std::move(name), std::move(unit), info.output_help + place, {}, {}});
    }
    return columns;
}

/// Names that the prediction needs for itself.
std::set<std::string> own_names(const ModelInfo& info, Layout layout) {
    std::set<std::string> names{"outside"};
    if (layout == Layout::longer) {
        names.insert({info.axis.name, info.output_name});
        if (!info.axis.labels.empty()) names.insert(labels_name(info.axis));
    } else {
        for (const auto& column : output_columns(info)) names.insert(column.name);
    }
    return names;
}

/// The number of a model; "row" where the user's table has a column "model" of its own.
std::string number_name(const std::vector<io::Column>& carried) {
    const auto taken = [&](const std::string& name) {
        return std::any_of(carried.begin(), carried.end(), [&](const auto& column) { return column.name == name; });
    };
    return !taken("model") ? "model" : !taken("row") ? "row" : "row_of_input";
}

/// The columns before the outputs, each entry `repeat` times.
std::vector<io::Column> head_columns(const Dataset& dataset, const RowHead& head, std::size_t repeat) {
    const ModelInfo& info = dataset.info;
    std::vector<io::Column> columns;
    const auto add = [&](const std::string& name, const std::string& unit, const std::string& help, const auto& value) {
        io::Column column{name, unit, help, {}, {}};
        column.values.reserve(dataset.size() * repeat);
        for (std::size_t i = 0; i < dataset.size(); ++i) column.values.insert(column.values.end(), repeat, value(i));
        columns.push_back(std::move(column));
    };
    add(number_name(head.carried), "", "row of the input table, from 1",
        [](std::size_t i) { return static_cast<double>(i + 1); });
    for (const auto& source : head.carried) {
        io::Column column{source.name, source.unit, source.help, {}, {}};
        for (const double value : source.values) column.values.insert(column.values.end(), repeat, value);
        for (const auto& text : source.texts) column.texts.insert(column.texts.end(), repeat, text);
        columns.push_back(std::move(column));
    }
    for (std::size_t k = 0; k < info.parameter_count(); ++k) {
        const Parameter& parameter = info.parameters[k];
        add(parameter.name, parameter.unit, parameter.help,
            [&](std::size_t i) { return dataset.parameters[i * info.parameter_count() + k]; });
    }
    if (head.outside != nullptr) {
        add("outside", "", "1 where a parameter is outside the range of the emulator",
            [&](std::size_t i) { return head.outside->reasons[i].empty() ? 0.0 : 1.0; });
    }
    return columns;
}

io::Table long_table(const Dataset& dataset, const RowHead& head) {
    const ModelInfo& info = dataset.info;
    io::Table table;
    table.columns = head_columns(dataset, head, info.output_count());
    const Axis& axis = info.axis;
    io::Column labels{labels_name(axis), "", axis.kind, {}, {}},
        values{axis.name, axis.unit, values_help(axis), {}, {}};
    for (std::size_t i = 0; i < dataset.size(); ++i) {
        labels.texts.insert(labels.texts.end(), axis.labels.begin(), axis.labels.end());
        values.values.insert(values.values.end(), axis.values.begin(), axis.values.end());
    }
    if (!axis.labels.empty()) table.columns.push_back(std::move(labels));
    if (!axis.values.empty()) table.columns.push_back(std::move(values));
    table.columns.push_back({info.output_name, info.output_unit, info.output_help, dataset.outputs, {}});
    return table;
}

io::Table wide_table(const Dataset& dataset, const RowHead& head) {
    const std::size_t outputs = dataset.info.output_count();
    io::Table table;
    table.columns = head_columns(dataset, head, 1);
    std::vector<io::Column> columns = output_columns(dataset.info);
    for (std::size_t j = 0; j < outputs; ++j) {
        for (std::size_t i = 0; i < dataset.size(); ++i) columns[j].values.push_back(dataset.outputs[i * outputs + j]);
        table.columns.push_back(std::move(columns[j]));
    }
    return table;
}

}  // namespace

Layout layout_from_string(const std::string& name) {
    if (name == "long") return Layout::longer;
    if (name == "wide") return Layout::wide;
    throw InputError({.where = "--layout", .found = "'" + name + "' is not known", .allowed = "long, wide"});
}

OutsideRows outside_rows(const ModelInfo& info, const std::vector<double>& points) {
    const std::size_t p = info.parameter_count();
    OutsideRows rows;
    rows.reasons.resize(points.size() / p);
    for (std::size_t i = 0; i < rows.reasons.size(); ++i) {
        std::string& reason = rows.reasons[i];
        for (std::size_t j = 0; j < p; ++j) {
            const Parameter& parameter = info.parameters[j];
            const double value = points[i * p + j];
            if (parameter.contains(value)) continue;
            const std::string unit = parameter.unit.empty() ? "" : " " + parameter.unit;
            reason += (reason.empty() ? "" : ", ") + parameter.name + " = " + to_text(value) + unit + " (range " +
                      to_text(parameter.low, 6) + " .. " + to_text(parameter.high, 6) + ")";
        }
        rows.count += reason.empty() ? 0 : 1;
    }
    return rows;
}

std::vector<io::Column> carried_columns(const io::Table& input, const ModelInfo& info, Layout layout,
                                        std::vector<std::string>& warnings) {
    const std::set<std::string> own = own_names(info, layout);
    std::vector<io::Column> carried;
    for (const auto& column : input.columns) {
        const bool parameter = std::any_of(info.parameters.begin(), info.parameters.end(),
                                           [&](const Parameter& one) { return one.name == column.name; });
        if (parameter) continue;
        if (own.contains(column.name))
            warnings.push_back("column '" + column.name + "' of " + input.source.name +
                               " is left out: the prediction has a column of that name");
        else
            carried.push_back(column);
    }
    return carried;
}

io::Table prediction_table(const Dataset& dataset, const RowHead& head, Layout layout) {
    return layout == Layout::wide ? wide_table(dataset, head) : long_table(dataset, head);
}

}  // namespace ism::app
