// Which models are learned and which judge: at random, whole lines of the grid, or its edges.
#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include <ism/base/errors.hpp>
#include <ism/base/random.hpp>
#include <ism/base/text.hpp>

#include "compare_call.hpp"

namespace ism::app {
namespace {

constexpr std::uint64_t split_stream = 1;  // of the seed
constexpr double same_value = 1e-9;        // of the range: values of a parameter closer than this are one
constexpr const char* forms = "0.8 | lines=SHARE[:PARAMETER] | lines=PARAMETER:VALUE | edges=SHARE[:PARAMETER]";

[[noreturn]] void refuse_split(const std::string& split, const std::string& found, const std::string& allowed = forms) {
    throw InputError(
        {.where = "--split " + split, .found = found, .allowed = allowed, .effect = "nothing was compared"});
}

/// What stands behind lines= and edges=.
struct Structure {
    std::optional<double> share;
    std::optional<std::size_t> parameter;
    std::optional<double> value;
};

Structure structure_of(const std::string& split, const std::string& text, const ModelInfo& info) {
    Structure structure;
    const auto parameter = [&](const std::string& name) { return index_of(info.parameters, name, info.name); };
    const auto colon = text.find(':');
    const std::string first = text.substr(0, colon);
    if (const auto share = number_from(first)) {
        if (!(*share > 0.0 && *share < 1.0)) refuse_split(split, first + " is no share", "a number between 0 and 1");
        structure.share = share;
        if (colon != std::string::npos) structure.parameter = parameter(text.substr(colon + 1));
        return structure;
    }
    const auto last = text.rfind(':');
    if (last == std::string::npos) refuse_split(split, "no share and no value of a parameter");
    structure.value = number_from(text.substr(last + 1));
    if (!structure.value) refuse_split(split, "'" + text.substr(last + 1) + "' is no number");
    structure.parameter = parameter(text.substr(0, last));
    return structure;
}

/// Place of model i along parameter k, 0 .. 1; 0 where it does not vary.
double place(const Dataset& grid, std::size_t i, std::size_t k) {
    const Parameter& parameter = grid.info.parameters[k];
    const double value = grid.parameters[i * grid.info.parameter_count() + k];
    return parameter.high > parameter.low ? parameter.to_unit_interval(value) : 0.0;
}

/// Rows at each value of a parameter, by rising value.
std::vector<std::vector<std::size_t>> lines_along(const Dataset& grid, std::size_t k) {
    std::map<long long, std::vector<std::size_t>> lines;
    for (std::size_t i = 0; i < grid.size(); ++i) lines[std::llround(place(grid, i, k) / same_value)].push_back(i);
    std::vector<std::vector<std::size_t>> rows;
    for (auto& [value, line] : lines) rows.push_back(std::move(line));
    return rows;
}

std::vector<bool> one_line(const Dataset& grid, const std::string& split, const Structure& structure) {
    const Parameter& parameter = grid.info.parameters[*structure.parameter];
    std::vector<bool> held(grid.size(), false);
    bool any = false;
    const double span = parameter.high > parameter.low ? parameter.high - parameter.low : 1.0;
    for (std::size_t i = 0; i < grid.size(); ++i) {
        const double value = grid.parameters[i * grid.info.parameter_count() + *structure.parameter];
        held[i] = std::abs(value - *structure.value) <= 1e-6 * span;
        any = any || held[i];
    }
    if (!any) {
        std::string values;
        const auto lines = lines_along(grid, *structure.parameter);
        for (std::size_t k = 0; k < std::min<std::size_t>(lines.size(), 12); ++k)
            values +=
                (k == 0 ? "" : ", ") +
                to_text(grid.parameters[lines[k].front() * grid.info.parameter_count() + *structure.parameter], 6);
        refuse_split(split, "no model has " + parameter.name + " = " + to_text(*structure.value),
                     "a value of the grid: " + values + (lines.size() > 12 ? ", ..." : ""));
    }
    return held;
}

/// Lines drawn by lot among those that are not at an edge, at most every second of a parameter, until the share is
/// held.
std::vector<bool> random_lines(const Dataset& grid, const std::string& split, const Structure& structure,
                               Random& random) {
    std::vector<std::pair<std::size_t, std::vector<std::size_t>>> candidates;
    std::vector<std::size_t> left(grid.info.parameter_count(), 0);
    for (std::size_t k = 0; k < grid.info.parameter_count(); ++k) {
        if (structure.parameter && *structure.parameter != k) continue;
        const auto lines = lines_along(grid, k);
        if (lines.size() < 4 || 2 * lines.size() > grid.size()) continue;  // no line to spare, or no lines at all
        left[k] = (lines.size() - 2) / 2;
        for (std::size_t l = 1; l + 1 < lines.size(); ++l) candidates.emplace_back(k, lines[l]);
    }
    if (candidates.empty())
        refuse_split(split, "no parameter has four values or more that several models share", "a grid with lines");
    shuffle(candidates, random);
    std::vector<bool> held(grid.size(), false);
    std::size_t count = 0;
    const double wanted = *structure.share * static_cast<double>(grid.size());
    for (const auto& [k, line] : candidates) {
        if (static_cast<double>(count) >= wanted) break;
        if (left[k] == 0) continue;
        --left[k];
        for (const std::size_t row : line) {
            count += held[row] ? 0 : 1;
            held[row] = true;
        }
    }
    return held;
}

/// The models nearest to the end of a range, all that are equally near together.
std::vector<bool> edges(const Dataset& grid, const std::string& split, const Structure& structure) {
    constexpr std::size_t coarse = 10;  // values: an edge would be a large part of the grid
    std::vector<std::size_t> asked;
    for (std::size_t k = 0; k < grid.info.parameter_count(); ++k) {
        const bool named = structure.parameter && *structure.parameter == k;
        if (named || (!structure.parameter && lines_along(grid, k).size() >= coarse)) asked.push_back(k);
    }
    if (asked.empty()) refuse_split(split, "no parameter has ten values or more", "edges=SHARE:PARAMETER");
    std::vector<double> distance(grid.size(), 1.0);
    for (std::size_t i = 0; i < grid.size(); ++i) {
        for (const std::size_t k : asked) {
            const double u = place(grid, i, k);
            distance[i] = std::min({distance[i], u, 1.0 - u});
        }
    }
    std::vector<double> sorted = distance;
    std::sort(sorted.begin(), sorted.end());
    const auto last = static_cast<std::size_t>(std::ceil(*structure.share * static_cast<double>(grid.size()))) - 1;
    std::vector<bool> held(grid.size());
    for (std::size_t i = 0; i < grid.size(); ++i) held[i] = distance[i] <= sorted[last] + same_value;
    return held;
}

/// A share of the models at random to learn, the others judge. The order is kept: its beginnings are smaller shares.
std::vector<bool> random_rest(const Dataset& grid, const std::string& split, Random& random,
                              std::vector<std::size_t>& order) {
    const auto share = number_from(split);
    if (!share || !(*share > 0.0 && *share < 1.0))
        refuse_split(
            split, split.empty() ? "no share" : "no share of the models",
            std::string("a number between 0 and 1: 0.8 makes the methods from 80 % of the models; or ") + forms);
    for (std::size_t i = 0; i < grid.size(); ++i) order.push_back(i);
    shuffle(order, random);
    order.resize(static_cast<std::size_t>(std::llround(*share * static_cast<double>(order.size()))));
    std::vector<bool> held(grid.size(), true);
    for (const std::size_t row : order) held[row] = false;
    return held;
}

}  // namespace

void split_grid(Material& material, const CompareCall& call, const Context& context) {
    const Dataset& grid = material.nodes;
    Random random(context.seed, split_stream);
    std::vector<bool> held;
    const auto equals = call.split.find('=');
    const std::string kind = call.split.substr(0, equals);
    material.beyond = equals != std::string::npos;
    if (!material.beyond) {
        held = random_rest(grid, call.split, random, material.order);
    } else {
        const Structure structure = structure_of(call.split, call.split.substr(equals + 1), grid.info);
        if (kind == "lines")
            held = structure.value ? one_line(grid, call.split, structure)
                                   : random_lines(grid, call.split, structure, random);
        else if (kind == "edges" && structure.share)
            held = edges(grid, call.split, structure);
        else
            refuse_split(call.split, "no such way to split");
    }
    std::vector<std::size_t> learned, judged, place(grid.size());
    for (std::size_t i = 0; i < grid.size(); ++i) {
        place[i] = learned.size();
        (held[i] ? judged : learned).push_back(i);
    }
    if (learned.size() < 2 || judged.empty())
        refuse_split(call.split, std::to_string(learned.size()) + " of " + std::to_string(grid.size()) + " models",
                     "two or more to learn from, one or more to judge by");
    if (material.beyond)
        context.say("held out: " + std::to_string(judged.size()) + " of " + std::to_string(grid.size()) +
                    " models (--split " + call.split + ")");
    for (std::size_t& row : material.order) row = place[row];
    material.grid_size = grid.size();
    material.test = rows(grid, judged);
    material.nodes = rows(grid, learned);
}

}  // namespace ism::app
