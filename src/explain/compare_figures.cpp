// Pictures of a comparison of lines: error factors, not relative errors.
#include <algorithm>
#include <cmath>

#include "report_parts.hpp"
#include "words.hpp"

namespace ism::explain {
namespace {

constexpr std::size_t most_lines = 15;  // that the picture of the worst lines shows
constexpr int palette = 6;

/// Six colours, then the same dashed; a method looks the same in every picture.
Series looks_of(const Comparison& comparison, const MethodResult& wanted) {
    int place = 0;
    for (const MethodResult& method : comparison.methods) {
        if (method.name == wanted.name) break;
        place += method.is_truth ? 0 : 1;
    }
    return {.name = wanted.title, .colour = 1 + place % palette, .size = 2.2, .dashed = place / palette % 2 == 1};
}

Series dots_of(const Comparison& comparison, const MethodResult& method, double size) {
    Series dots = looks_of(comparison, method);
    dots.mark = Mark::dots;
    dots.size = dots.dashed ? 0.6 * size : size;  // a dot cannot be dashed
    dots.dashed = false;
    return dots;
}

/// Against the costs of one kind, which the methods may not have.
template <class Cost>
Panel cost_panel(const Comparison& comparison, const std::string& title, const Cost& cost) {
    Panel panel;
    panel.x = {.title = title, .log = true};
    panel.y = {.title = "99th percentile of the error factor [%]", .log = true};
    panel.height = 330;
    double most = 0.0;
    for (const MethodResult& method : comparison.methods)
        if (method.accuracy) most = std::max(most, cost(method));
    for (const MethodResult& method : comparison.methods) {
        const double x = cost(method);
        if (!method.accuracy || !(x > 0.0)) continue;
        const double error = method.accuracy->factor.percentile_99;
        Series dot = dots_of(comparison, method, 12.0);
        dot.name.clear();
        dot.x = {x};
        dot.y = {error};
        const auto side = x > 0.03 * most ? PlotNote::Side::left : PlotNote::Side::right;
        panel.notes.push_back({.x = x, .y = error, .text = method.title, .colour = dot.colour, .side = side});
        panel.series.push_back(std::move(dot));
    }
    return panel;
}

Panel fraction_panel(const Comparison& comparison, const std::string& title, double ErrorFactor::* statistic) {
    Panel panel;
    panel.x = {.title = "share of the models that was learned [%]", .log = true};
    panel.y = {.title = title, .log = true};
    panel.height = 330;
    for (const MethodResult& method : comparison.methods) {
        if (method.is_truth) continue;
        Series line = looks_of(comparison, method);
        for (const FractionResult& share : comparison.fractions) {
            for (const MethodResult& one : share.methods) {
                if (one.name != method.name || !one.accuracy) continue;
                line.x.push_back(100.0 * share.fraction);
                line.y.push_back(one.accuracy->factor.*statistic);
            }
        }
        Series dots = dots_of(comparison, method, 7.0);
        dots.name.clear();
        dots.x = line.x;
        dots.y = line.y;
        panel.series.push_back(std::move(line));
        panel.series.push_back(std::move(dots));
    }
    return panel;
}

}  // namespace

const MethodResult* best_method(const Comparison& comparison) {
    const MethodResult* best = nullptr;
    for (const MethodResult& method : comparison.methods) {
        if (!method.accuracy) continue;
        if (!best || method.accuracy->factor.percentile_99 < best->accuracy->factor.percentile_99) best = &method;
    }
    return best;
}

std::vector<std::size_t> worst_lines(const Accuracy& accuracy, std::size_t most) {
    std::vector<std::size_t> order;
    for (std::size_t j = 0; j < accuracy.axis_factor.size(); ++j) {
        if (!std::isnan(accuracy.axis_factor[j].percentile_99)) order.push_back(j);
    }
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return accuracy.axis_factor[a].percentile_99 > accuracy.axis_factor[b].percentile_99;
    });
    order.resize(std::min(order.size(), most));
    return order;
}

Figure factor_distribution_figure(const Comparison& comparison) {
    Figure figure{.heading = "How often is it how wrong?"};
    figure.chart = {.title = "Distribution of the error factor of each method",
                    .description = "Share of all values whose error factor exceeds the one on the horizontal axis."};
    Panel panel;
    panel.x = {.title = "error factor [%]", .log = true, .low = 1e-3};
    panel.y = {.title = "share of values with a larger error", .log = true};
    panel.height = 330;
    for (const MethodResult& method : comparison.methods) {
        if (!method.accuracy) continue;
        Series line = looks_of(comparison, method);
        line.x = method.accuracy->factor_exceeded;
        line.y = exceedance_shares(method.accuracy->values);
        panel.series.push_back(std::move(line));
    }
    figure.chart.panels.push_back(std::move(panel));
    figure.caption =
        "All lines of all held-out models together. A line further left and lower is better: read at 0.01 on the "
        "vertical axis, it gives the error that 99 % of the values stay below; where it ends, the largest.";
    return figure;
}

Figure worst_lines_figure(const Comparison& comparison) {
    const MethodResult& best = *best_method(comparison);
    const auto lines = worst_lines(*best.accuracy, most_lines);
    Figure figure{.heading = "Worst lines"};
    figure.chart = {.title = "99th percentile of the error factor of the worst lines",
                    .description = "A row for each line, a dot for each method."};
    Panel panel;
    panel.x = {.title = "99th percentile of the error factor [%]", .log = true};
    panel.height = 22.0 * static_cast<double>(lines.size()) + 10.0;
    panel.y.title = "line";
    panel.y.low = 0.4;
    panel.y.high = static_cast<double>(lines.size()) + 0.6;
    for (std::size_t i = 0; i < lines.size(); ++i)
        panel.y.names.emplace_back(static_cast<double>(lines.size() - i), comparison.info.axis.labels[lines[i]]);
    for (const MethodResult& method : comparison.methods) {
        if (!method.accuracy) continue;
        Series dots = dots_of(comparison, method, 9.0);
        for (std::size_t i = 0; i < lines.size(); ++i) {
            dots.x.push_back(method.accuracy->axis_factor[lines[i]].percentile_99);
            dots.y.push_back(static_cast<double>(lines.size() - i));
        }
        panel.series.push_back(std::move(dots));
    }
    figure.chart.panels.push_back(std::move(panel));
    figure.caption = "The " + std::to_string(lines.size()) + " lines that the " + best.title +
                     ", the best of these methods, knows worst.";
    return figure;
}

Figure plane_figure(const Comparison& comparison) {
    Figure figure{.heading = "Accuracy, memory and speed", .wide = true};
    figure.chart = {.title = "99th percentile of the error factor against time and memory",
                    .description = "One dot per method in each of two panels.",
                    .columns = 2,
                    .width = 1060};
    const auto spectra = static_cast<double>(comparison.options.spectra);
    figure.chart.panels.push_back(
        cost_panel(comparison, "1000 points on one thread [ms]",
                   [&](const MethodResult& method) { return method.cpu_seconds.value_or(0.0) * 1e6 / spectra; }));
    figure.chart.panels.push_back(cost_panel(comparison, "memory [MB]", [](const MethodResult& method) {
        return 1e-6 * static_cast<double>(method.memory);
    }));
    figure.caption = "Lower left is better. Times are the median of " + std::to_string(comparison.options.repetitions) +
                     " repetitions; memory is what must be kept to evaluate the method.";
    return figure;
}

Figure fraction_figure(const Comparison& comparison) {
    Figure figure{.heading = "Error against training fraction", .wide = true};
    figure.chart = {.title = "Error factor against the share of the models that was learned",
                    .description = "A line for each method: mean and 99th percentile.",
                    .columns = 2,
                    .width = 1060};
    figure.chart.panels.push_back(fraction_panel(comparison, "mean error factor [%]", &ErrorFactor::mean));
    figure.chart.panels.push_back(
        fraction_panel(comparison, "99th percentile of the error factor [%]", &ErrorFactor::percentile_99));
    figure.caption = "Every method judged by the same held-out models, whatever the share that it was made from.";
    return figure;
}

std::vector<Figure> comparison_figures(const Comparison& comparison) {
    std::vector<Figure> figures;
    const MethodResult* const best = best_method(comparison);
    if (!best) return figures;
    if (!comparison.options.factors || best->accuracy->factor_exceeded.empty())  // spectra, or a file of before
        return {distribution_figure(comparison), cost_figure(comparison)};
    figures.push_back(factor_distribution_figure(comparison));
    if (!comparison.info.axis.labels.empty()) figures.push_back(worst_lines_figure(comparison));
    figures.push_back(plane_figure(comparison));
    if (!comparison.fractions.empty()) figures.push_back(fraction_figure(comparison));
    return figures;
}

}  // namespace ism::explain
