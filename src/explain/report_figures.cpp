#include <algorithm>
#include <cmath>

#include <ism/base/random.hpp>

#include "markup.hpp"
#include "report_parts.hpp"
#include "words.hpp"

namespace ism::explain {
namespace {

constexpr std::size_t most_dots = 6000;     // that one picture shows
constexpr std::size_t most_parameters = 4;  // that are shown against each other

std::vector<double> column_of(const std::vector<double>& rows, std::size_t width, std::size_t column,
                              const std::vector<std::size_t>& indices) {
    std::vector<double> values;
    for (const std::size_t i : indices) values.push_back(rows[i * width + column]);
    return values;
}

/// Models by falling error; those without an error are left out.
std::vector<std::size_t> by_error(const std::vector<double>& worst_of_model) {
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < worst_of_model.size(); ++i) {
        if (!std::isnan(worst_of_model[i])) order.push_back(i);
    }
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return worst_of_model[a] > worst_of_model[b]; });
    return order;
}

/// At most about `most_dots` of `size`, drawn by lot: every k-th of a Sobol sequence or of a regular grid would leave
/// parts of the ranges empty.
std::vector<std::size_t> some_of(std::size_t size) {
    const double share = static_cast<double>(most_dots) / static_cast<double>(std::max<std::size_t>(size, 1));
    std::vector<std::size_t> chosen;
    for (std::size_t i = 0; i < size; ++i) {
        if (share >= 1.0 || Random(1, i).uniform() < share) chosen.push_back(i);
    }
    return chosen;
}

/// Parameters that vary; the others would be a line.
std::vector<std::size_t> varying(const ModelInfo& info) {
    std::vector<std::size_t> columns;
    for (std::size_t k = 0; k < info.parameter_count() && columns.size() < most_parameters; ++k) {
        if (info.parameters[k].high > info.parameters[k].low) columns.push_back(k);
    }
    return columns;
}

/// What the pictures of coverage show: the grid, and the held-out models with the largest errors.
struct Coverage {
    const ModelInfo& info;
    const Dataset* grid = nullptr;
    std::vector<std::size_t> grid_rows{};
    const Comparison* comparison = nullptr;
    std::vector<std::size_t> worst{};  ///< the worst twentieth, worst first
};

Coverage coverage_of(const Report& report) {
    Coverage coverage{.info = report.comparison ? report.comparison->info : report.grid->info};
    if (report.grid && report.grid->info.parameter_count() == coverage.info.parameter_count()) {
        coverage.grid = &*report.grid;
        coverage.grid_rows = some_of(report.grid->size());
    }
    if (report.comparison && judged_method(*report.comparison)) {
        coverage.comparison = &*report.comparison;
        coverage.worst = by_error(judged_method(*report.comparison)->accuracy->worst_of_model);
        coverage.worst.resize((coverage.worst.size() + 19) / 20);
    }
    return coverage;
}

Panel pair_panel(const Coverage& coverage, std::size_t across, std::size_t up) {
    const std::size_t p = coverage.info.parameter_count();
    Panel panel;
    panel.x = parameter_axis(coverage.info.parameters[across]);
    panel.y = parameter_axis(coverage.info.parameters[up]);
    panel.height = 270;
    if (coverage.grid) {
        panel.series.push_back({.name = "models of the grid",
                                .x = column_of(coverage.grid->parameters, p, across, coverage.grid_rows),
                                .y = column_of(coverage.grid->parameters, p, up, coverage.grid_rows),
                                .mark = Mark::dots,
                                .colour = 7,
                                .size = 2.2,
                                .opacity = 0.55});
    }
    if (!coverage.comparison) return panel;
    const auto& points = coverage.comparison->held_out.data.parameters;
    panel.series.push_back({.name = "held-out models, the worst 5 %",
                            .x = column_of(points, p, across, coverage.worst),
                            .y = column_of(points, p, up, coverage.worst),
                            .mark = Mark::dots,
                            .colour = 2,
                            .size = 6.0,
                            .opacity = 0.9});
    int number = 1;
    for (const auto& example : coverage.comparison->worst) {
        panel.notes.push_back({.x = example.parameters[across],
                               .y = example.parameters[up],
                               .text = std::to_string(number++),
                               .colour = 0,
                               .side = PlotNote::Side::above});
    }
    return panel;
}

/// Medians of `y` in bins of equal numbers of models along x.
Series running_median(const std::vector<double>& x, const std::vector<double>& y) {
    constexpr std::size_t bins = 16;
    std::vector<std::size_t> order(x.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return x[a] < x[b]; });
    Series line{.name = "median", .colour = 0, .size = 2.4};
    for (std::size_t b = 0; b < bins && x.size() >= 4 * bins; ++b) {
        std::vector<double> places, values;
        for (std::size_t i = b * x.size() / bins; i < (b + 1) * x.size() / bins; ++i) {
            places.push_back(x[order[i]]);
            values.push_back(y[order[i]]);
        }
        line.x.push_back(quantile(places, 0.5));
        line.y.push_back(quantile(values, 0.5));
    }
    return line;
}

/// The network first, the others in their order: the same in every picture.
int colour_of(const Comparison& comparison, const MethodResult& wanted) {
    int colour = 2;
    for (const MethodResult& method : comparison.methods) {
        if (method.name == comparison.judged || method.is_truth) continue;
        if (method.name == wanted.name) return colour;
        colour = colour == 6 ? 2 : colour + 1;
    }
    return wanted.is_truth ? 0 : 1;
}

std::string method_label(const MethodResult& method) {
    return method.memory > 0 ? method.title + ", " + bytes_text(static_cast<double>(method.memory)) : method.title;
}

void add_cost_dot(const Comparison& comparison, const MethodResult& method, Panel& panel) {
    if (!method.cpu_seconds || !method.accuracy) return;
    const double error = 100.0 * method.accuracy->percentile_99;
    const int colour = colour_of(comparison, method);
    panel.series.push_back({.x = {*method.cpu_seconds},
                            .y = {error},
                            .mark = Mark::dots,
                            .colour = colour,
                            .size = colour == 1 ? 15.0 : 10.0});
    panel.notes.push_back({.x = *method.cpu_seconds, .y = error, .text = method_label(method), .colour = colour});
}

/// The physics: an upright line at its time, as high as the dots that are there.
void add_truth_line(const Comparison& comparison, Panel& panel) {
    const MethodResult* truth = timed_truth(comparison);
    if (!truth || panel.notes.empty()) return;
    const auto by_error = [](const PlotNote& a, const PlotNote& b) { return a.y < b.y; };
    const auto [low, high] = std::minmax_element(panel.notes.begin(), panel.notes.end(), by_error);
    const double least = low->y, most = high->y, time = *truth->cpu_seconds;
    panel.series.push_back(
        {.x = {time, time}, .y = {least / 2.0, most * 2.0}, .colour = 0, .size = 2.0, .dashed = true});
    for (PlotNote& note : panel.notes) {
        if (note.x > 0.1 * time) note.side = PlotNote::Side::left;  // no room between the dot and the line
    }
    panel.notes.push_back(
        {.x = time, .y = std::sqrt(least * most), .text = truth->title, .side = PlotNote::Side::left});
}

}  // namespace

Figure distribution_figure(const Comparison& comparison) {
    Figure figure{.heading = "How often is it how wrong?"};
    figure.chart = {.title = "Distribution of the relative errors of each method",
                    .description = "Share of all values whose relative error exceeds the one on the horizontal axis."};
    Panel panel;
    panel.x = {.title = "relative error [%]", .log = true, .low = 1e-3};
    panel.y = {.title = "share of values with a larger error", .log = true};
    panel.height = 330;
    for (const MethodResult& method : comparison.methods) {
        if (!method.accuracy) continue;
        const bool judged = method.name == comparison.judged;
        Series line{.name = method.title, .y = exceedance_shares(method.accuracy->values)};
        for (const double error : method.accuracy->exceeded) line.x.push_back(100.0 * error);
        line.colour = colour_of(comparison, method);
        line.size = judged ? 3.2 : 1.8;
        line.dashed = !judged;
        panel.series.push_back(std::move(line));
    }
    figure.chart.panels.push_back(std::move(panel));
    figure.caption =
        "All wavelengths of all held-out models together. A line further left and lower is better: read at 0.01 on the "
        "vertical axis, it gives the error that 99 % of the values stay below; where it ends, the largest.";
    return figure;
}

Figure cost_figure(const Comparison& comparison) {
    Figure figure{.heading = "Accuracy against time"};
    figure.chart = {.title = "99th percentile of the error against CPU time of each method",
                    .description = "One dot per method; the physics is a dashed line, since it has no error."};
    Panel panel;
    panel.x = {.title = "CPU time of " + grouped(comparison.options.spectra) + " spectra [s]", .log = true};
    panel.y = {.title = "99th percentile of the error [%]", .log = true};
    panel.height = 330;
    for (const MethodResult& method : comparison.methods) add_cost_dot(comparison, method, panel);
    add_truth_line(comparison, panel);
    figure.chart.panels.push_back(std::move(panel));
    figure.caption = "Lower left is better; the size is what must be kept in memory. One thread, median of " +
                     std::to_string(comparison.options.repetitions) + " repetitions of batches of spectra.";
    return figure;
}

Figure coverage_figure(const Report& report) {
    const Coverage coverage = coverage_of(report);
    const auto columns = varying(coverage.info);
    Figure figure{.heading = "Where the grid has models, and where the network errs", .wide = true};
    figure.chart = {
        .title = "Parameters of the grid, two at a time",
        .description = "Each dot is a model; the held-out models with the largest errors are marked.",
        .columns = std::max<std::size_t>(1, std::min<std::size_t>(3, columns.size() * (columns.size() - 1) / 2)),
        .width = 1060};
    for (std::size_t a = 0; a < columns.size(); ++a) {
        for (std::size_t b = a + 1; b < columns.size(); ++b)
            figure.chart.panels.push_back(pair_panel(coverage, columns[a], columns[b]));
    }
    if (coverage.grid) {
        figure.caption = grouped(coverage.grid->size()) + " models of the grid";
        if (coverage.grid_rows.size() < coverage.grid->size())
            figure.caption += ", of which " + grouped(coverage.grid_rows.size()) + " are drawn";
        figure.caption += ". ";
    }
    if (coverage.comparison) {
        figure.caption += "Marked: the " + grouped(coverage.worst.size()) +
                          " held-out models with the largest errors; the numbers are those of the worst cases above.";
    }
    if (columns.size() == most_parameters) figure.caption += " The first four parameters are shown.";
    return figure;
}

Figure parameter_error_figure(const Comparison& comparison) {
    const ModelInfo& info = comparison.info;
    const auto columns = varying(info);
    Figure figure{.heading = "Error against each parameter", .wide = true};
    figure.chart = {.title = "Largest error of each held-out model against its parameters",
                    .description = "One dot per held-out model, with the running median.",
                    .columns = std::max<std::size_t>(1, columns.size()),
                    .width = 1060};
    const auto order = by_error(judged_method(comparison)->accuracy->worst_of_model);
    std::vector<double> errors;
    for (const std::size_t i : order) errors.push_back(100.0 * judged_method(comparison)->accuracy->worst_of_model[i]);
    for (const std::size_t column : columns) {
        const auto places = column_of(comparison.held_out.data.parameters, info.parameter_count(), column, order);
        Panel panel;
        panel.x = parameter_axis(info.parameters[column]);
        panel.y = {.title = column == columns.front() ? "largest error of the model [%]" : "", .log = true};
        panel.height = 250;
        panel.series.push_back({.name = "one held-out model",
                                .x = places,
                                .y = errors,
                                .mark = Mark::dots,
                                .colour = 1,
                                .size = 3.6,
                                .opacity = 0.4});
        panel.series.push_back(running_median(places, errors));
        figure.chart.panels.push_back(std::move(panel));
    }
    figure.caption =
        "The largest relative error of each held-out model at any wavelength that counts. Where the dots rise, more "
        "models or a longer training would help most.";
    return figure;
}

Figure loss_figure(const TrainingHistory& history) {
    Figure figure{.heading = "Learning"};
    figure.chart = {.title = "Loss against epoch", .description = "Training and validation loss fall with the epochs."};
    Panel panel;
    panel.x = {.title = "epoch (one pass through the grid)"};
    panel.y = {.title = "loss", .log = true};
    panel.height = 470;
    panel.series.push_back(
        {.name = "training", .x = history.epoch, .y = history.training_loss, .colour = 7, .size = 1.3});
    panel.series.push_back(
        {.name = "validation", .x = history.epoch, .y = history.validation_loss, .colour = 1, .size = 2.0});
    const auto best = std::find(history.epoch.begin(), history.epoch.end(), static_cast<double>(history.best_epoch));
    if (best != history.epoch.end()) {
        const auto at = static_cast<std::size_t>(best - history.epoch.begin());
        panel.series.push_back({.name = "kept",
                                .x = {history.epoch[at]},
                                .y = {history.validation_loss[at]},
                                .mark = Mark::dots,
                                .colour = 2,
                                .size = 10.0});
    }
    figure.chart.panels.push_back(std::move(panel));
    figure.caption =
        "Weighted mean of (ln network − ln physics)²; its root is the relative error where there is light. " +
        grouped(history.training) + " models were learned, " + grouped(history.validation) + " judged; " +
        seconds_text(history.seconds) + " on " + history.device + ", ended by " + history.ended_by +
        ". The validation loss is that of the running average of the weights, where one is kept.";
    return figure;
}

Figure time_figure(const std::vector<ReportStep>& steps) {
    Figure figure{.heading = "Where the time went", .wide = true};
    figure.chart = {
        .title = "Time of each step", .description = "A bar for each step of the run, by the clock.", .width = 1060};
    Panel panel;
    panel.x = {.title = "time by the clock [s]", .low = 0.0};
    panel.height = 36.0 * static_cast<double>(steps.size()) + 8.0;
    Series bars{.mark = Mark::bars, .colour = 1, .size = 18.0, .opacity = 0.85};
    double longest = 0.0, total = 0.0;
    for (std::size_t i = 0; i < steps.size(); ++i) {
        const auto row = static_cast<double>(steps.size() - i);
        bars.x.push_back(steps[i].seconds);
        bars.y.push_back(row);
        panel.y.names.emplace_back(row, steps[i].what);
        panel.notes.push_back(
            {.x = steps[i].seconds, .y = row, .text = seconds_text(steps[i].seconds) + " – " + steps[i].detail});
        longest = std::max(longest, steps[i].seconds);
        total += steps[i].seconds;
    }
    panel.x.high = longest > 0.0 ? 1.6 * longest : 1.0;
    panel.y.low = 0.4;
    panel.y.high = static_cast<double>(steps.size()) + 0.6;
    panel.series.push_back(std::move(bars));
    figure.chart.panels.push_back(std::move(panel));
    figure.caption = "Together " + seconds_text(total) + ", as the logs beside the files tell it.";
    return figure;
}

std::vector<Figure> report_figures(const Report& report) {
    std::vector<Figure> figures;
    const Comparison* comparison = report.comparison ? &*report.comparison : nullptr;
    const bool judged = comparison && judged_method(*comparison);
    if (judged && !comparison->typical.empty()) figures.push_back(spectra_figure(*comparison, false));
    if (judged)
        figures.push_back(axis_error_figure(*comparison));
    else if (report.history && report.emulator && !report.history->axis_median.empty())
        figures.push_back(axis_error_figure(report.emulator->info, *report.history));
    if (comparison) {
        for (Figure& figure : comparison_figures(*comparison)) figures.push_back(std::move(figure));
    }
    if (judged && !comparison->worst.empty()) figures.push_back(spectra_figure(*comparison, true));
    if (report.history) figures.push_back(loss_figure(*report.history));
    if (judged || report.grid) {
        Figure coverage = coverage_figure(report);
        if (!coverage.chart.panels.empty()) figures.push_back(std::move(coverage));
    }
    if (judged) figures.push_back(parameter_error_figure(*comparison));
    if (!report.steps.empty()) figures.push_back(time_figure(report.steps));
    return figures;
}

}  // namespace ism::explain
