#include <algorithm>
#include <cmath>
#include <map>

#include <ism/base/errors.hpp>
#include <ism/train/anomalies.hpp>

#include "train/learning_data.hpp"

namespace ism::train {
namespace {

using Kind = PhysicsRule::Kind;

bool moves_along(const PhysicsRule& rule) { return rule.kind == Kind::rises_with || rule.kind == Kind::falls_with; }

/// Models that agree in all parameters but one, in its rising order; three or more of them.
std::vector<std::vector<std::size_t>> grid_lines(const Dataset& dataset, std::size_t along) {
    const std::size_t parameters = dataset.info.parameter_count();
    const std::vector<double> places = places_in_grid(dataset);  // equal where values differ by rounding only
    std::map<std::vector<double>, std::vector<std::size_t>> groups;
    for (std::size_t i = 0; i < dataset.size(); ++i) {
        if (!dataset.done(i)) continue;
        std::vector<double> others;
        for (std::size_t p = 0; p < parameters; ++p) {
            if (p != along) others.push_back(places[i * parameters + p]);
        }
        groups[others].push_back(i);
    }
    std::vector<std::vector<std::size_t>> lines;
    for (auto& [others, models] : groups) {
        if (models.size() < 3) continue;
        std::sort(models.begin(), models.end(), [&](std::size_t a, std::size_t b) {
            return dataset.parameters[a * parameters + along] < dataset.parameters[b * parameters + along];
        });
        lines.push_back(models);
    }
    return lines;
}

/// True where `later` may follow `earlier` along a line.
bool may_follow(const PhysicsRule& rule, double earlier, double later) {
    const double margin = rule.tolerance * std::abs(earlier);
    return rule.kind == Kind::rises_with ? later >= earlier - margin : later <= earlier + margin;
}

/// Members of the longest sequence of `values` in which each may follow the one before.
std::vector<bool> longest_sequence(const PhysicsRule& rule, const std::vector<double>& values) {
    const std::size_t count = values.size();
    std::vector<std::size_t> length(count, 1), before(count, count);
    for (std::size_t k = 0; k < count; ++k) {
        for (std::size_t e = 0; e < k; ++e) {
            if (length[e] + 1 > length[k] && may_follow(rule, values[e], values[k])) {
                length[k] = length[e] + 1;
                before[k] = e;
            }
        }
    }
    std::vector<bool> member(count, false);
    if (count == 0) return member;
    auto at = static_cast<std::size_t>(std::max_element(length.begin(), length.end()) - length.begin());
    for (; at < count; at = before[at]) member[at] = true;
    return member;
}

Anomaly broken(const Dataset& dataset, const PhysicsRule& rule, std::size_t i, std::size_t j, double allowed) {
    const double y = dataset.outputs[i * dataset.info.output_count() + j];
    const bool log = dataset.info.output_scale == Scale::log && allowed > 0;
    const double relative = std::abs(y / allowed - 1);
    return {.model = i,
            .output = j,
            .kind = Anomaly::Kind::rule,
            .value = y,
            .prediction = allowed,
            .deviation = log ? std::log10(y / allowed) : y - allowed,
            .score = std::min(relative / std::max(rule.tolerance, 1e-9), 1e9),
            .rule = rule.name};
}

void along_lines(const Dataset& dataset, const PhysicsRule& rule, std::vector<Anomaly>& found) {
    const auto lines = grid_lines(dataset, rule.parameter);
    if (lines.empty())
        throw InputError(
            {.where = "rule '" + rule.name + "'",
             .found = "no three models agree in all parameters but " + dataset.info.parameters[rule.parameter].name,
             .allowed = "a rule along a parameter needs a grid",
             .next = "use at_least, at_most or below for scattered models"});
    const std::size_t outputs = dataset.info.output_count();
    for (const auto& line : lines) {
        for (const std::size_t j : rule.outputs) {
            std::vector<double> values;
            std::vector<std::size_t> models;
            for (const std::size_t i : line) {
                if (!learnable(dataset, i, j)) continue;
                values.push_back(dataset.outputs[i * outputs + j]);
                models.push_back(i);
            }
            if (values.size() < 3) continue;  // of two that contradict each other either may be wrong
            const std::vector<bool> member = longest_sequence(rule, values);
            double last = *std::find_if(values.begin(), values.end(), [&](const double& v) {
                return member[static_cast<std::size_t>(&v - values.data())];
            });
            for (std::size_t k = 0; k < values.size(); ++k) {
                if (member[k])
                    last = values[k];
                else
                    found.push_back(broken(dataset, rule, models[k], j, last));
            }
        }
    }
}

void value_by_value(const Dataset& dataset, const PhysicsRule& rule, std::vector<Anomaly>& found) {
    const std::size_t outputs = dataset.info.output_count();
    for (std::size_t i = 0; i < dataset.size(); ++i) {
        if (!dataset.done(i)) continue;
        for (const std::size_t j : rule.outputs) {
            if (!learnable(dataset, i, j)) continue;
            const double y = dataset.outputs[i * outputs + j];
            if (rule.kind == Kind::below) {
                if (!learnable(dataset, i, rule.other)) continue;
                const double most = rule.factor * dataset.outputs[i * outputs + rule.other];
                if (y > most + rule.tolerance * std::abs(most)) found.push_back(broken(dataset, rule, i, j, most));
            } else if (rule.kind == Kind::at_most ? y > rule.bound + rule.tolerance * std::abs(rule.bound)
                                                  : y < rule.bound - rule.tolerance * std::abs(rule.bound)) {
                found.push_back(broken(dataset, rule, i, j, rule.bound));
            }
        }
    }
}

}  // namespace

std::vector<Anomaly> broken_rules(const Dataset& dataset, const std::vector<PhysicsRule>& rules) {
    check_shapes(dataset);
    std::vector<Anomaly> found;
    for (const PhysicsRule& rule : rules) {
        if (moves_along(rule))
            along_lines(dataset, rule, found);
        else
            value_by_value(dataset, rule, found);
    }
    return found;
}

}  // namespace ism::train
