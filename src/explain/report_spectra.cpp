#include <algorithm>
#include <cmath>

#include "markup.hpp"
#include "report_parts.hpp"
#include "words.hpp"

namespace ism::explain {
namespace {

std::string words_of(const Axis& axis) { return is_named(axis) ? labels_name(axis) : axis.name; }

/// Where outputs stand: at their wavelength (or other number); those with names at their place in the list.
std::vector<double> axis_places(const Axis& axis) {
    if (!is_named(axis)) return axis.values;
    std::vector<double> places;
    for (std::size_t j = 0; j < axis.labels.size(); ++j) places.push_back(static_cast<double>(j + 1));
    return places;
}

/// A line along wavelengths; dots, wide enough to be seen, at named outputs (bands, lines): they have nothing between
/// them that a line could show.
Series along(const Axis& axis, Series series) {
    if (!is_named(axis)) return series;
    series.mark = Mark::dots;
    series.size = 4.0 + 1.5 * series.size;
    return series;
}

PlotAxis output_axis(const Axis& axis) {
    constexpr std::size_t readable = 12;  // labels that fit below a picture
    PlotAxis plot;
    plot.title = is_named(axis) ? words_of(axis) + ", by place in the list" : with_unit(axis.name, axis.unit);
    if (is_named(axis)) {
        for (std::size_t j = 0; axis.labels.size() <= readable && j < axis.labels.size(); ++j)
            plot.names.emplace_back(static_cast<double>(j + 1), axis.labels[j]);
        return plot;
    }
    const auto [low, high] = std::minmax_element(axis.values.begin(), axis.values.end());
    plot.log = *low > 0.0 && *high / *low > 20.0;
    return plot;
}

double peak_of(const std::vector<double>& spectrum) {
    double peak = 0.0;
    for (const double value : spectrum) peak = std::max(peak, std::isfinite(value) ? value : 0.0);
    return peak;
}

/// network / physics - 1 in per cent where the physics counts, else NaN.
std::vector<double> residual(const ExampleSpectrum& example, double faint) {
    const double least = faint * peak_of(example.truth);
    std::vector<double> percents;
    for (std::size_t j = 0; j < example.truth.size(); ++j) {
        const double truth = example.truth[j];
        percents.push_back(truth > least ? 100.0 * (example.predicted[j] / truth - 1.0) : from_data);
    }
    return percents;
}

std::vector<double> in_percent(std::vector<double> shares) {
    for (double& share : shares) share *= 100.0;
    return shares;
}

/// Where the relative error of an example is largest.
std::string worst_place(const Comparison& comparison, const ExampleSpectrum& example) {
    double peak = 0.0, worst = -1.0;
    for (const double value : example.truth) peak = std::max(peak, std::isfinite(value) ? value : 0.0);
    std::size_t at = 0;
    for (std::size_t j = 0; j < example.truth.size(); ++j) {
        if (!(example.truth[j] > comparison.options.faint * peak)) continue;
        const double error = std::abs(example.predicted[j] / example.truth[j] - 1.0);
        if (!(error > worst)) continue;
        worst = error;
        at = j;
    }
    const Axis& axis = comparison.info.axis;
    if (is_named(axis)) return at < axis.labels.size() ? axis.labels[at] : "–";
    return value_text(axis.values.at(at)) + " " + unit_text(axis.unit);
}

/// "1: U = 12, age = 10⁸ yr: 24 % at 3.3 µm" for a worst case; its parameters for another.
std::string example_name(const Comparison& comparison, const ExampleSpectrum& example, std::size_t number) {
    std::string point = point_text(comparison.info, example.parameters);
    if (number == 0) return point;
    return std::to_string(number) + ": " + point + ": " + percent(example.worst) + " at " +
           worst_place(comparison, example);
}

Panel spectra_panel(const Comparison& comparison, const std::vector<ExampleSpectrum>& examples, bool worst) {
    Panel panel;
    panel.x = output_axis(comparison.info.axis);
    panel.x.silent = true;
    panel.y = {.title = with_unit(comparison.info.output_name, comparison.info.output_unit),
               .log = comparison.info.output_scale == Scale::log};
    panel.height = 330;
    double highest = 0.0, lowest = std::numeric_limits<double>::infinity();
    int colour = 1;
    for (const auto& example : examples) {
        const Axis& axis = comparison.info.axis;
        panel.series.push_back(
            along(axis, {.name = example_name(comparison, example, worst ? static_cast<std::size_t>(colour) : 0),
                         .x = axis_places(axis),
                         .y = example.truth,
                         .colour = colour,
                         .size = 8.0,
                         .opacity = 0.35}));
        panel.series.push_back(
            along(axis, {.x = axis_places(axis), .y = example.predicted, .colour = colour, .size = 1.6}));
        highest = std::max({highest, peak_of(example.truth), peak_of(example.predicted)});
        lowest = std::min(lowest, peak_of(example.truth));
        ++colour;
    }
    if (panel.y.log && highest > 0.0) {
        panel.y.low = lowest * std::max(comparison.options.faint, 1e-8) / 3.0;
        panel.y.high = highest * 2.5;
    }
    return panel;
}

Panel residual_panel(const Comparison& comparison, const std::vector<ExampleSpectrum>& examples) {
    Panel panel;
    panel.x = output_axis(comparison.info.axis);
    panel.y = {.title = "network / physics − 1 [%]"};
    panel.height = 150;
    const auto places = axis_places(comparison.info.axis);
    if (places.size() > 1) {
        panel.series.push_back({.x = {places.front(), places.back()}, .y = {0.0, 0.0}, .colour = 0, .size = 1.0});
    }
    int colour = 1;
    for (const auto& example : examples) {
        panel.series.push_back(
            along(comparison.info.axis,
                  {.x = places, .y = residual(example, comparison.options.faint), .colour = colour++, .size = 1.8}));
    }
    return panel;
}

std::string faint_text(const Comparison& comparison) {
    return "where the emission exceeds " + value_text(comparison.options.faint) + " of the peak of its spectrum";
}

Series percent_line(const std::string& name, const Axis& axis, const std::vector<double>& shares, int colour,
                    double size) {
    return along(axis, {.name = name, .x = axis_places(axis), .y = in_percent(shares), .colour = colour, .size = size});
}

Figure axis_figure(const Axis& axis, const std::vector<double>& median, const std::vector<double>& percentile_99,
                   const std::vector<double>& maximum) {
    Figure figure{.heading = "Error against " + words_of(axis), .wide = true};
    figure.chart = {.title = "Error of the network against " + words_of(axis),
                    .description = "Median, 99th percentile and largest relative error of each output.",
                    .width = 1060};
    Panel panel;
    panel.x = output_axis(axis);
    panel.y = {.title = "relative error [%]", .log = true};
    panel.height = 300;
    if (!is_named(axis)) {
        panel.series.push_back({.x = axis_places(axis),
                                .y = in_percent(percentile_99),
                                .low = in_percent(median),
                                .mark = Mark::band,
                                .colour = 1,
                                .opacity = 0.15});
    }
    panel.series.push_back(percent_line("largest", axis, maximum, 7, 1.4));
    panel.series.push_back(percent_line("99 % of the models are below", axis, percentile_99, 1, 2.2));
    panel.series.push_back(percent_line("half of the models are below", axis, median, 0, 2.2));
    figure.chart.panels.push_back(std::move(panel));
    return figure;
}

}  // namespace

Figure spectra_figure(const Comparison& comparison, bool worst) {
    const auto& examples = worst ? comparison.worst : comparison.typical;
    Figure figure{.heading = worst ? "The worst cases" : "Physics and network", .wide = !worst};
    figure.chart = {.title = worst ? "The models with the largest errors" : "Spectra from physics and network",
                    .description = "Spectra computed and predicted, and their relative difference below.",
                    .width = worst ? 520.0 : 1060.0,
                    .row_gap = 10.0};
    figure.chart.panels = {spectra_panel(comparison, examples, worst), residual_panel(comparison, examples)};
    const std::string which =
        worst
            ? "The " + std::to_string(examples.size()) + " held-out models whose largest error is largest, worst first."
            : "Held-out models of ordinary error (from the middle half), at low, medium and high " +
                  comparison.info.parameters.front().name + ".";
    figure.caption = which +
                     " Broad and pale: the physics; thin: the network, laid over it. Below: their difference, " +
                     faint_text(comparison) + ".";
    return figure;
}

Figure axis_error_figure(const Comparison& comparison) {
    const MethodResult& network = *judged_method(comparison);
    const Accuracy& accuracy = *network.accuracy;
    Figure figure =
        axis_figure(comparison.info.axis, accuracy.axis_median, accuracy.axis_percentile_99, accuracy.axis_maximum);
    figure.caption = "|network − physics| / physics of " + grouped(accuracy.models) +
                     " models that no method has seen, " + faint_text(comparison) + ".";
    if (const MethodResult* other = best_interpolation(comparison)) {
        Series line =
            percent_line(other->title + ", 99 %", comparison.info.axis, other->accuracy->axis_percentile_99, 2, 2.0);
        line.dashed = true;
        figure.chart.panels.front().series.push_back(std::move(line));
        figure.caption += " Dashed: the 99th percentile of the best interpolation, on the same models.";
    }
    return figure;
}

Figure axis_error_figure(const ModelInfo& info, const TrainingHistory& history) {
    Figure figure = axis_figure(info.axis, history.axis_median, history.axis_percentile_99, history.axis_maximum);
    figure.caption = "Relative error of the " + grouped(history.test) +
                     " models of the grid that training kept for its test, as its log tells it.";
    return figure;
}

}  // namespace ism::explain
