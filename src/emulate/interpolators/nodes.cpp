#include "nodes.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include <ism/base/errors.hpp>

namespace ism::emulate {
namespace {

constexpr double same_node = 1e-9;  // positions in the unit cube closer than this are one node

constexpr double degree = std::numbers::pi / 180.0;

bool is_angle(const Parameter& parameter) {
    return (parameter.unit == "deg" || parameter.name.ends_with(" deg")) && parameter.low >= 0.0 &&
           parameter.high <= 180.0;
}

double of_angle(const Parameter& angle, double value) {
    const double first = std::cos(angle.low * degree), last = std::cos(angle.high * degree);
    return (first - std::cos(value * degree)) / (first - last);
}

double slope_of_angle(const Parameter& angle, double value) {
    const double first = std::cos(angle.low * degree), last = std::cos(angle.high * degree);
    return std::sin(value * degree) * degree / (first - last);
}

double from_unit(const Parameter& parameter, double position) {
    if (!is_angle(parameter)) return parameter.from_unit_interval(position);
    const double first = std::cos(parameter.low * degree), last = std::cos(parameter.high * degree);
    return std::acos(std::clamp(first - position * (first - last), -1.0, 1.0)) / degree;
}

bool usable(const Dataset& dataset, std::size_t i) {
    if (!dataset.done(i)) return false;
    for (std::size_t j = 0; j < dataset.info.output_count(); ++j) {
        if (!(dataset.used(i, j) || dataset.is_limit(i, j)) ||
            !std::isfinite(dataset.outputs[i * dataset.info.output_count() + j]))
            return false;
    }
    return true;
}

double smallest_positive(const std::vector<double>& values) {
    double least = std::numeric_limits<double>::max();
    for (const double value : values) {
        if (value > 0.0) least = std::min(least, value);
    }
    return least;
}

/// The rows of `dataset` in the order given, on the scale of the output, centred.
NodeTable table_of(const Dataset& dataset, const std::vector<std::size_t>& rows) {
    const std::size_t m = dataset.info.output_count();
    const bool log = dataset.info.output_scale == Scale::log;
    const double floor = log ? smallest_positive(dataset.outputs) : 0.0;
    const auto scaled = [&](std::size_t row, std::size_t j) {
        const double value = dataset.outputs[row * m + j];
        return log ? std::log(std::max(value, floor)) : value;
    };
    NodeTable table{dataset.info, rows.size(), std::vector<float>(rows.size() * m), std::vector<double>(m, 0.0),
                    dataset.size() - rows.size()};
    for (const std::size_t row : rows) {
        for (std::size_t j = 0; j < m; ++j) table.centre[j] += scaled(row, j);
    }
    for (double& value : table.centre) value /= static_cast<double>(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        for (std::size_t j = 0; j < m; ++j) {
            table.values[i * m + j] = static_cast<float>(scaled(rows[i], j) - table.centre[j]);
        }
    }
    return table;
}

std::vector<double> unit_positions(const Dataset& dataset) {
    const std::size_t p = dataset.info.parameter_count();
    std::vector<double> positions(dataset.parameters.size());
    for (std::size_t i = 0; i < dataset.size(); ++i) {
        to_unit_cube(dataset.info, std::span(dataset.parameters).subspan(i * p, p),
                     std::span(positions).subspan(i * p, p));
    }
    return positions;
}

/// Row of the dataset at each crossing of the grid; empty where the nodes are not a complete regular grid.
struct GridOrder {
    std::vector<std::vector<double>> axes;
    std::vector<std::size_t> rows;
};

GridOrder grid_order(const Dataset& dataset) {
    const std::size_t p = dataset.info.parameter_count();
    const auto positions = unit_positions(dataset);
    GridOrder order;
    std::size_t crossings = 1;
    for (std::size_t k = 0; k < p; ++k) {
        order.axes.push_back(distinct_values(positions, p, k));
        if (order.axes.back().empty() || crossings > dataset.size()) return {};
        crossings *= order.axes.back().size();
    }
    if (crossings != dataset.size() || crossings < 2) return {};
    order.rows.assign(crossings, crossings);
    for (std::size_t i = 0; i < dataset.size(); ++i) {
        std::size_t place = 0;
        for (std::size_t k = 0; k < p; ++k) {
            const auto& axis = order.axes[k];
            const auto at = std::lower_bound(axis.begin(), axis.end(), positions[i * p + k] - same_node);
            place = place * axis.size() + static_cast<std::size_t>(at - axis.begin());
        }
        if (order.rows[place] != crossings) return {};  // two models on one node
        order.rows[place] = i;
    }
    return order;
}

/// Where the nodes do not reach the declared range they become the range, and the unit cube shrinks to them.
void narrow_to_nodes(ModelInfo& info, std::vector<std::vector<double>>& axes) {
    for (std::size_t k = 0; k < axes.size(); ++k) {
        const Parameter full = info.parameters[k];
        const double first = axes[k].front();
        const double last = axes[k].back();
        if (!(full.high > full.low) || (first <= same_node && last >= 1.0 - same_node)) continue;
        info.parameters[k].low = from_unit(full, first);
        info.parameters[k].high = from_unit(full, last);
        for (double& node : axes[k]) node = last > first ? (node - first) / (last - first) : 0.0;
    }
}

}  // namespace

std::vector<double> distinct_values(const std::vector<double>& positions, std::size_t p, std::size_t k) {
    std::vector<double> values;
    for (std::size_t i = k; i < positions.size(); i += p) values.push_back(positions[i]);
    std::sort(values.begin(), values.end());
    const auto same = [](double a, double b) { return b - a < same_node; };
    values.erase(std::unique(values.begin(), values.end(), same), values.end());
    return values;
}

void to_unit_cube(const ModelInfo& info, std::span<const double> point, std::span<double> position) {
    for (std::size_t k = 0; k < info.parameter_count(); ++k) {
        const Parameter& parameter = info.parameters[k];
        position[k] = !(parameter.high > parameter.low) ? 0.0
                      : is_angle(parameter)             ? of_angle(parameter, point[k])
                                                        : parameter.to_unit_interval(point[k]);
    }
}

void unit_cube_slopes(const ModelInfo& info, std::span<const double> point, std::span<double> slopes) {
    for (std::size_t k = 0; k < info.parameter_count(); ++k) {
        const Parameter& parameter = info.parameters[k];
        slopes[k] = !(parameter.high > parameter.low) ? 0.0
                    : is_angle(parameter)             ? slope_of_angle(parameter, point[k])
                    : parameter.scale == Scale::log   ? 1.0 / (point[k] * std::log(parameter.high / parameter.low))
                                                      : 1.0 / (parameter.high - parameter.low);
    }
}

ScatteredNodes scattered_nodes(const Dataset& dataset, std::size_t needed) {
    check_shapes(dataset);
    std::vector<std::size_t> good;
    for (std::size_t i = 0; i < dataset.size(); ++i) {
        if (usable(dataset, i)) good.push_back(i);
    }
    if (good.size() < std::max<std::size_t>(needed, 1)) {
        throw InputError({.where = "dataset of model '" + dataset.info.name + "'",
                          .found = std::to_string(good.size()) + " of " + std::to_string(dataset.size()) +
                                   " models can be used (done, not masked, finite)",
                          .allowed = "this method needs at least " + std::to_string(std::max<std::size_t>(needed, 1)),
                          .effect = {},
                          .next = "compute more models with 'ismulate grid'"});
    }
    const std::size_t p = dataset.info.parameter_count();
    ScatteredNodes nodes{table_of(dataset, good), std::vector<double>(good.size() * p)};
    for (std::size_t i = 0; i < good.size(); ++i) {
        to_unit_cube(dataset.info, std::span(dataset.parameters).subspan(good[i] * p, p),
                     std::span(nodes.positions).subspan(i * p, p));
    }
    return nodes;
}

bool is_regular(const Dataset& dataset) {
    check_shapes(dataset);
    return !grid_order(dataset).rows.empty();
}

RegularNodes regular_nodes(const Dataset& dataset) {
    check_shapes(dataset);
    GridOrder order = grid_order(dataset);
    const std::string where = "dataset of model '" + dataset.info.name + "'";
    if (order.rows.empty()) throw InputError({where, "its nodes are not a complete regular grid", {}, {}, {}});
    const auto missing =
        std::count_if(order.rows.begin(), order.rows.end(), [&](std::size_t i) { return !usable(dataset, i); });
    if (missing > 0) {
        throw InputError({.where = where,
                          .found = std::to_string(missing) + " of " + std::to_string(dataset.size()) +
                                   " nodes of the regular grid failed or are masked",
                          .allowed = "interpolation in a regular grid needs every node",
                          .effect = {},
                          .next = "use 'nearest' or 'neighbours', or compute the missing models"});
    }
    RegularNodes nodes{table_of(dataset, order.rows), std::move(order.axes)};
    narrow_to_nodes(nodes.table.info, nodes.axes);
    return nodes;
}

std::string shape_text(const std::vector<std::vector<double>>& axes) {
    std::string text;
    for (const auto& axis : axes) text += (text.empty() ? "" : " x ") + std::to_string(axis.size());
    return text;
}

}  // namespace ism::emulate
