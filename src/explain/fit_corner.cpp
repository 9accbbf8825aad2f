#include <algorithm>
#include <cmath>

#include <ism/explain/fit_report.hpp>

#include "contours.hpp"
#include "fit_parts.hpp"

namespace ism::explain {
namespace {

constexpr std::size_t most_parameters = 6;  // that can still be read side by side
constexpr std::size_t bins = 36;
constexpr double within_one_sigma = 0.3935, within_two = 0.8647;  // 1 - exp(-k^2 / 2): of a normal of two dimensions
constexpr int draws_colour = 1, best_colour = 2, truth_colour = 3;

PlotAxis axis_of(const FittedParameter& parameter) {
    return value_axis(parameter.name, parameter.unit, parameter.log, parameter.draws,
                      {parameter.best, parameter.truth});
}

std::vector<double> on_scale(const FittedParameter& parameter) {
    std::vector<double> values = parameter.draws;
    if (parameter.log)
        std::transform(values.begin(), values.end(), values.begin(), [](double x) { return std::log(x); });
    return values;
}

std::vector<double> from_scale(const FittedParameter& parameter, std::vector<double> values) {
    if (parameter.log)
        std::transform(values.begin(), values.end(), values.begin(), [](double s) { return std::exp(s); });
    return values;
}

Panel histogram_panel(const FittedParameter& parameter) {
    Panel panel{.title = parameter.name, .x = axis_of(parameter)};
    Series steps = histogram(parameter.draws, panel.x, bins);
    const double top = 1.1 * std::max(1.0, *std::max_element(steps.y.begin(), steps.y.end()));
    panel.y = {.low = 0.0, .high = top, .silent = true};
    steps.colour = draws_colour;
    steps.opacity = 0.35;
    panel.series.push_back(std::move(steps));
    panel.series.push_back(upright(parameter.median, top, "median", 0));
    panel.series.push_back(upright(parameter.low, top, "16 and 84 %", 0, true));
    panel.series.push_back(upright(parameter.high, top, "16 and 84 %", 0, true));
    panel.series.push_back(upright(parameter.best, top, "best fit", best_colour));
    if (std::isfinite(parameter.truth)) panel.series.push_back(upright(parameter.truth, top, "truth", truth_colour));
    return panel;
}

Series dot_at(double x, double y, int colour) {
    return {.x = {x}, .y = {y}, .mark = Mark::dots, .colour = colour, .size = 9.0};
}

Panel pair_panel(const FittedParameter& across, const FittedParameter& up) {
    Panel panel{.x = axis_of(across), .y = axis_of(up)};
    const DensityGrid density = density_of(on_scale(across), on_scale(up));
    for (const double share : {within_two, within_one_sigma}) {
        const Outlines outlines = outlines_of(density, level_holding(density, share));
        panel.series.push_back({.name = share == within_two ? "86 % of the draws" : "39 %",
                                .x = from_scale(across, outlines.x),
                                .y = from_scale(up, outlines.y),
                                .mark = Mark::area,
                                .colour = draws_colour,
                                .opacity = share == within_two ? 0.3 : 0.5});
    }
    panel.series.push_back(dot_at(across.best, up.best, best_colour));
    if (std::isfinite(across.truth) && std::isfinite(up.truth))
        panel.series.push_back(dot_at(across.truth, up.truth, truth_colour));
    return panel;
}

}  // namespace

Figure corner_figure(const std::vector<FittedParameter>& parameters) {
    const std::size_t count = std::min(parameters.size(), most_parameters);
    Figure figure{.heading = "Posterior of the parameters", .wide = true};
    figure.chart = {.title = "Posterior of each parameter and of each pair",
                    .description = "Histograms on the diagonal, regions that hold 39 and 86 per cent below.",
                    .columns = count,
                    .width = count == 1 ? 520.0 : 1060.0,
                    .row_gap = 2.0};
    for (std::size_t row = 0; row < count; ++row) {
        for (std::size_t column = 0; column < count; ++column) {
            Panel panel;
            if (column == row) panel = histogram_panel(parameters[row]);
            if (column < row) panel = pair_panel(parameters[column], parameters[row]);
            panel.x.silent = row + 1 < count;
            panel.y.silent = panel.y.silent || column > 0;
            panel.height = count == 1 ? 240.0 : 780.0 / static_cast<double>(count);
            figure.chart.panels.push_back(std::move(panel));
        }
    }
    figure.caption =
        "Draws of the posterior. The regions hold 39 and 86 % of them, 1 and 2 sigma of a normal of two "
        "dimensions; the density is smoothed. Axes are logarithmic where the prior is.";
    if (parameters.size() > count) figure.caption += " The first " + std::to_string(count) + " parameters are shown.";
    return figure;
}

}  // namespace ism::explain
