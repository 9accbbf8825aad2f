#include "grid_check.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>
#include <set>

#include <ism/base/errors.hpp>
#include <ism/base/select.hpp>
#include <ism/base/text.hpp>

namespace ism::app {
namespace {

constexpr std::size_t least_values = 10;  // of an output that is to be learned and judged

std::string label_of(const Dataset& grid, std::size_t j) {
    const Axis& axis = grid.info.axis;
    return j < axis.labels.size() ? "'" + axis.labels[j] + "'" : "output " + std::to_string(j) + " (from 0)";
}

/// "'a', 'b', 'c' and 4 more".
std::string labels_of(const Dataset& grid, const std::vector<std::size_t>& outputs) {
    constexpr std::size_t named = 5;
    std::string text;
    for (std::size_t k = 0; k < std::min(named, outputs.size()); ++k)
        text += (k == 0 ? "" : ", ") + label_of(grid, outputs[k]);
    return outputs.size() > named ? text + " and " + std::to_string(outputs.size() - named) + " more" : text;
}

void refuse_double_names(const Dataset& grid, const std::string& path) {
    std::set<std::string> names;
    for (const std::string& label : grid.info.axis.labels) {
        if (names.insert(label).second) continue;
        throw InputError({.where = path,
                          .found = "two outputs are called '" + label + "'",
                          .allowed = "names that differ",
                          .effect = "nothing was computed"});
    }
}

void refuse_few_models(const Dataset& grid, const std::string& path) {
    std::size_t done = 0;
    for (std::size_t i = 0; i < grid.size(); ++i) done += grid.done(i) ? 1 : 0;
    if (done >= 2) return;
    throw InputError({.where = path,
                      .found = std::to_string(done) + " of its " + std::to_string(grid.size()) + " models can be used",
                      .allowed = "two or more: one is learned, another judges",
                      .effect = "nothing was computed"});
}

/// Same place, to 12 digits of the range.
std::vector<long long> place_of(const Dataset& grid, std::size_t i) {
    std::vector<long long> place;
    const std::size_t p = grid.info.parameter_count();
    for (std::size_t k = 0; k < p; ++k) {
        const Parameter& parameter = grid.info.parameters[k];
        const double value = grid.parameters[i * p + k];
        place.push_back(
            std::llround(1e12 * (parameter.high > parameter.low ? parameter.to_unit_interval(value) : value)));
    }
    return place;
}

/// The first output that tells models a and b apart; none where they are copies.
std::optional<std::size_t> difference(const Dataset& grid, std::size_t a, std::size_t b) {
    const std::size_t m = grid.info.output_count();
    for (std::size_t j = 0; j < m; ++j) {
        const bool same_use = grid.used(a, j) == grid.used(b, j) && grid.is_limit(a, j) == grid.is_limit(b, j);
        const bool known = grid.used(a, j) || grid.is_limit(a, j);
        if (!same_use || (known && grid.outputs[a * m + j] != grid.outputs[b * m + j])) return j;
    }
    return std::nullopt;
}

[[noreturn]] void refuse_contradiction(const Dataset& grid, const std::string& path, std::size_t a, std::size_t b,
                                       std::size_t j, std::size_t pairs) {
    const std::size_t p = grid.info.parameter_count(), m = grid.info.output_count();
    std::string where;
    for (std::size_t k = 0; k < p; ++k)
        where += (k == 0 ? "" : ", ") + grid.info.parameters[k].name + " = " + to_text(grid.parameters[a * p + k], 6);
    throw InputError({.where = path,
                      .found = "models " + std::to_string(a) + " and " + std::to_string(b) + " (from 0) are both at " +
                               where + ", and " + label_of(grid, j) + " is " + to_text(grid.outputs[a * m + j], 6) +
                               " in the one and " + to_text(grid.outputs[b * m + j], 6) + " in the other",
                      .allowed = "one answer for each place; a mean would hide that one of them is wrong",
                      .effect = std::to_string(pairs) + " models contradict an earlier one; nothing was computed",
                      .next = "take the wrong ones out of the file"});
}

/// Without identical copies of a model.
Dataset without_copies(Dataset grid, const std::string& path, const Context& context) {
    std::map<std::vector<long long>, std::size_t> first;
    std::vector<std::size_t> kept;
    std::size_t contradictions = 0;
    std::optional<std::array<std::size_t, 3>> shown;
    for (std::size_t i = 0; i < grid.size(); ++i) {
        const auto [at, is_new] = grid.done(i) ? first.emplace(place_of(grid, i), i) : std::pair(first.end(), true);
        if (is_new) {
            kept.push_back(i);
        } else if (const auto j = difference(grid, at->second, i)) {
            ++contradictions;
            if (!shown) shown = {at->second, i, *j};
        }
    }
    if (shown) refuse_contradiction(grid, path, (*shown)[0], (*shown)[1], (*shown)[2], contradictions);
    if (kept.size() == grid.size()) return grid;
    context.say("warning: " + path + ": " + std::to_string(grid.size() - kept.size()) +
                " models are identical copies of another and were left out");
    return rows(grid, kept);
}

struct OutputCount {
    std::size_t values = 0, not_positive = 0;
    double low = 0.0, high = 0.0;
};

std::vector<OutputCount> count_outputs(const Dataset& grid) {
    const std::size_t m = grid.info.output_count();
    std::vector<OutputCount> counts(m);
    for (std::size_t i = 0; i < grid.size(); ++i) {
        for (std::size_t j = 0; j < m; ++j) {
            const double value = grid.outputs[i * m + j];
            if (!grid.done(i) || !(grid.used(i, j) || grid.is_limit(i, j)) || !std::isfinite(value)) continue;
            OutputCount& count = counts[j];
            count.low = count.values == 0 ? value : std::min(count.low, value);
            count.high = count.values == 0 ? value : std::max(count.high, value);
            ++count.values;
            count.not_positive += value > 0.0 ? 0 : 1;
        }
    }
    return counts;
}

/// Without outputs that have no value in any model.
Dataset without_empty_outputs(Dataset grid, const std::string& path, const Context& context) {
    const auto counts = count_outputs(grid);
    std::vector<std::size_t> kept, empty;
    for (std::size_t j = 0; j < counts.size(); ++j) (counts[j].values > 0 ? kept : empty).push_back(j);
    if (empty.empty()) return grid;
    if (kept.empty())
        throw InputError(
            {.where = path, .found = "no output has a value in any model", .effect = "nothing was computed"});
    context.say("warning: " + path + ": left out, for no model has a value of them: " + labels_of(grid, empty));
    return columns(grid, kept);
}

void refuse_rare_outputs(const Dataset& grid, const std::string& path) {
    const auto counts = count_outputs(grid);
    if (grid.size() < least_values) return;
    for (std::size_t j = 0; j < counts.size(); ++j) {
        if (counts[j].values >= least_values) continue;
        throw InputError({.where = path,
                          .found = label_of(grid, j) + " has values in " + std::to_string(counts[j].values) + " of " +
                                   std::to_string(grid.size()) + " models",
                          .allowed = std::to_string(least_values) +
                                     " or more; interpolation leaves out a model in which any output is masked",
                          .effect = "nothing was computed",
                          .next = "leave it out: --outputs '!NAME'"});
    }
}

void tell_constants(const Dataset& grid, const std::string& path, const Context& context) {
    const auto counts = count_outputs(grid);
    std::vector<std::size_t> constant;
    for (std::size_t j = 0; j < counts.size(); ++j) {
        if (counts[j].low == counts[j].high) constant.push_back(j);
    }
    if (!constant.empty())
        context.say("warning: " + path +
                    ": the same in every model, so every method knows it: " + labels_of(grid, constant));
}

void settle_scale(Dataset& grid, const std::string& path, double floor, const Context& context) {
    std::size_t not_positive = 0, values = 0;
    for (const OutputCount& count : count_outputs(grid)) {
        not_positive += count.not_positive;
        values += count.values;
    }
    const bool log = grid.info.output_scale == Scale::log;
    if (not_positive == 0 && !log && floor > 0.0) grid.info.output_scale = Scale::log;
    if (not_positive == 0 || grid.info.axis.kind != "label") return;
    const std::string count =
        std::to_string(not_positive) + " of " + std::to_string(values) + " values are zero or negative";
    context.say("warning: " + path + ": " + count +
                (log ? "; networks leave them out, interpolation takes them as the smallest positive value"
                     : ", so outputs are learned as they are and not in the logarithm") +
                ", and they are not judged; --floor X takes values of at most X as limits");
}

}  // namespace

Dataset checked_grid(Dataset grid, const std::string& path, double floor, const Context& context) {
    refuse_double_names(grid, path);
    refuse_few_models(grid, path);
    grid = without_empty_outputs(without_copies(std::move(grid), path, context), path, context);
    refuse_few_models(grid, path);
    refuse_rare_outputs(grid, path);
    tell_constants(grid, path, context);
    settle_scale(grid, path, floor, context);
    return grid;
}

Dataset with_outputs_of(const Dataset& grid, Dataset data, const std::string& path) {
    if (data.info.axis.labels == grid.info.axis.labels) return data;
    std::vector<std::size_t> chosen;
    const auto& labels = data.info.axis.labels;
    for (const std::string& label : grid.info.axis.labels) {
        const auto found = std::find(labels.begin(), labels.end(), label);
        if (found == labels.end())
            throw InputError({.where = path,
                              .found = "it has no output '" + label + "', which the grid has",
                              .effect = "nothing was computed"});
        chosen.push_back(static_cast<std::size_t>(found - labels.begin()));
    }
    return columns(data, chosen);
}

}  // namespace ism::app
