#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include <ism/explain/fit_report.hpp>

#include "fit_parts.hpp"
#include "markup.hpp"
#include "words.hpp"

namespace ism::explain {
namespace {

constexpr std::array<const char*, 4> status_words{"converged", "not converged", "no data", "failed"};
constexpr std::array<int, 4> status_colours{3, 5, 7, 2};  // of lines
constexpr std::array<Colour, 4> status_pixels{
    {{0, 158, 115}, {230, 159, 0}, {154, 165, 177}, {213, 94, 0}}};  // the same

std::size_t columns_for(std::size_t panels) { return std::max<std::size_t>(1, std::min<std::size_t>(3, panels)); }

Figure wide_figure(const std::string& heading, const std::string& description, std::size_t panels) {
    Figure figure{.heading = heading, .wide = true};
    figure.chart = {.title = heading, .description = description, .columns = columns_for(panels), .width = 1060};
    return figure;
}

const char* things(const FittedMany& many) { return many.width > 0 ? "pixels" : "sources"; }

std::array<std::size_t, 4> counts_of(const FittedMany& many) {
    std::array<std::size_t, 4> counts{};
    for (const std::size_t status : many.status) ++counts.at(status);
    return counts;
}

/// Lowest and highest count that are met with 95 % chance in one of `bins` bars of `ranks` uniform ranks: quantiles of
/// a binomial distribution.
std::pair<double, double> expected_counts(std::size_t ranks, std::size_t bins) {
    const double n = static_cast<double>(ranks), share = 1.0 / static_cast<double>(bins);
    double sum = 0.0, low = 0.0;
    for (std::size_t k = 0; k <= ranks; ++k) {
        const double x = static_cast<double>(k);
        const double log_chance = std::lgamma(n + 1.0) - std::lgamma(x + 1.0) - std::lgamma(n - x + 1.0) +
                                  x * std::log(share) + (n - x) * std::log1p(-share);
        sum += std::exp(log_chance);
        if (sum < 0.025) low = x + 1.0;
        if (sum >= 0.975) return {low, x};
    }
    return {low, n};
}

Panel ranks_panel(const FittedMany& many, const FittedQuantity& quantity) {
    std::vector<double> ranks;
    std::copy_if(quantity.ranks.begin(), quantity.ranks.end(), std::back_inserter(ranks),
                 [](double rank) { return std::isfinite(rank); });
    const std::size_t bins = ranks.size() < 200 ? 10 : 20;  // about ten ranks in a bar, or more
    Panel panel{.title = quantity.name, .x = {.title = "rank of the truth", .low = 0.0, .high = 1.0}};
    for (double& rank : ranks) rank = std::min(rank, std::nextafter(1.0, 0.0));  // 1 belongs to the last bar
    Series steps = histogram(ranks, panel.x, bins);
    steps.colour = 1;
    steps.opacity = 0.45;
    const auto [low, high] = expected_counts(ranks.size(), bins);
    const double top = std::max(high, *std::max_element(steps.y.begin(), steps.y.end()));
    panel.y = {.title = things(many), .low = 0.0, .high = 1.15 * std::max(1.0, top)};
    panel.height = 190;
    panel.series = {{.name = "95 % of the bars of a true method",
                     .x = {0.0, 1.0},
                     .y = {high, high},
                     .low = {low, low},
                     .mark = Mark::band,
                     .colour = 7,
                     .opacity = 0.35},
                    std::move(steps)};
    return panel;
}

Panel distribution_panel(const FittedMany& many, const FittedQuantity& quantity) {
    constexpr std::size_t bins = 30;
    Panel panel{.x = value_axis(quantity.name, quantity.unit, quantity.log, quantity.values), .height = 190};
    Series steps = histogram(quantity.values, panel.x, bins);
    panel.y = {.title = things(many),
               .low = 0.0,
               .high = 1.1 * std::max(1.0, *std::max_element(steps.y.begin(), steps.y.end()))};
    steps.opacity = 0.5;
    panel.series.push_back(std::move(steps));
    return panel;
}

/// matplotlib's viridis (CC0), between nine of its colours.
std::vector<Colour> scale_colours() {
    constexpr std::array<Colour, 9> anchors{{{68, 1, 84},
                                             {71, 45, 123},
                                             {59, 82, 139},
                                             {44, 114, 142},
                                             {33, 145, 140},
                                             {40, 174, 128},
                                             {94, 201, 98},
                                             {173, 220, 48},
                                             {253, 231, 37}}};
    constexpr std::size_t steps = 30;
    std::vector<Colour> colours;
    for (std::size_t i = 0; i <= steps * (anchors.size() - 1); ++i) {
        const std::size_t k = std::min(i / steps, anchors.size() - 2);
        const double share = static_cast<double>(i - k * steps) / steps;
        Colour colour{};
        for (std::size_t c = 0; c < colour.size(); ++c)
            colour[c] =
                static_cast<std::uint8_t>(std::lround((1.0 - share) * anchors[k][c] + share * anchors[k + 1][c]));
        colours.push_back(colour);
    }
    return colours;
}

std::size_t colour_index(double value, const PlotAxis& axis, std::size_t colours) {
    const auto scaled = [&](double x) { return axis.log ? std::log(x) : x; };
    const double place = (scaled(value) - scaled(axis.low)) / (scaled(axis.high) - scaled(axis.low));
    if (!std::isfinite(place)) return colours;  // transparent
    return static_cast<std::size_t>(std::lround(std::clamp(place, 0.0, 1.0) * static_cast<double>(colours - 1)));
}

/// A field with the shape of the map; one that is too tall gets room on both sides.
Panel map_panel(const FittedMany& many, const std::string& title, double field_width) {
    constexpr double tallest = 420.0;
    const double width = static_cast<double>(many.width), height = static_cast<double>(many.height);
    Panel panel{.title = title, .y = {.low = 0.0, .high = height}};
    panel.height = std::min(tallest, field_width * height / width);
    const double shown = field_width * height / panel.height;
    panel.x = {.low = 0.5 * (width - shown), .high = 0.5 * (width + shown)};
    panel.x.silent = panel.y.silent = true;
    panel.raster = {.width = many.width, .height = many.height, .right = width, .top = height};
    return panel;
}

Panel quantity_map(const FittedMany& many, const FittedQuantity& quantity, const PlotAxis& axis, double field_width) {
    Panel panel = map_panel(many, quantity.name, field_width);
    panel.raster.colours = scale_colours();
    for (const double value : quantity.values)
        panel.raster.pixels.push_back(
            static_cast<std::uint8_t>(colour_index(value, axis, panel.raster.colours.size())));
    return panel;
}

/// The scale of a map below it.
Panel colour_bar(const PlotAxis& axis) {
    Panel panel{.x = axis, .y = {.low = 0.0, .high = 1.0, .silent = true}, .height = 14.0};
    panel.raster = {.colours = scale_colours(), .left = axis.low, .right = axis.high};
    panel.raster.width = panel.raster.colours.size();
    panel.raster.height = 1;
    for (std::size_t i = 0; i < panel.raster.width; ++i) panel.raster.pixels.push_back(static_cast<std::uint8_t>(i));
    return panel;
}

Panel status_map(const FittedMany& many, double field_width) {
    Panel panel = map_panel(many, "fit", field_width);
    panel.raster.colours.assign(status_pixels.begin(), status_pixels.end());
    for (const std::size_t status : many.status) panel.raster.pixels.push_back(static_cast<std::uint8_t>(status));
    for (std::size_t i = 0; i < status_words.size(); ++i)  // without places: they only stand in the legend
        panel.series.push_back({.name = status_words[i], .mark = Mark::bars, .colour = status_colours[i]});
    return panel;
}

}  // namespace

Figure distributions_figure(const FittedMany& many) {
    Figure figure = wide_figure(std::string("Parameters of all ") + things(many), "A histogram of each parameter.",
                                many.quantities.size());
    for (const FittedQuantity& quantity : many.quantities)
        figure.chart.panels.push_back(distribution_panel(many, quantity));
    figure.caption =
        "Medians of the posteriors (best fits where none was sampled). They spread by their errors as "
        "well as by their differences.";
    return figure;
}

Figure status_figure(const FittedMany& many) {
    Figure figure{.heading = "How the fits ended", .wide = true};
    figure.chart = {.title = "How the fits ended", .description = "A bar for each way.", .width = 1060};
    Panel panel{.x = {.title = things(many), .low = 0.0}, .height = 130};
    const auto counts = counts_of(many);
    panel.x.high = 1.18 * static_cast<double>(*std::max_element(counts.begin(), counts.end()));
    panel.y = {.low = -0.6, .high = 3.6};
    for (std::size_t i = 0; i < counts.size(); ++i) {
        const double at = static_cast<double>(3 - i), count = static_cast<double>(counts[i]);
        panel.y.names.emplace_back(at, status_words[i]);
        panel.series.push_back(
            {.x = {count}, .y = {at}, .mark = Mark::bars, .colour = status_colours[i], .size = 18.0});
        panel.notes.push_back({.x = count, .y = at, .text = grouped(counts[i])});
    }
    figure.chart.panels.push_back(std::move(panel));
    figure.caption = "Of those that did not converge the table says why; their numbers are not to be trusted.";
    return figure;
}

Figure ranks_figure(const FittedMany& many) {
    Figure figure =
        wide_figure("Ranks of the truths", "A histogram of ranks of each parameter.", many.quantities.size());
    for (const FittedQuantity& quantity : many.quantities) {
        if (!quantity.ranks.empty()) figure.chart.panels.push_back(ranks_panel(many, quantity));
    }
    figure.caption =
        "The fraction of each posterior below the true value. Where the intervals are true the ranks are uniform: 19 "
        "of "
        "20 bars end in the grey band. A hill: intervals too wide; a valley: too narrow; a slope: a bias.";
    return figure;
}

Figure maps_figure(const FittedMany& many) {
    const std::size_t count = many.quantities.size() + 1, columns = columns_for(count);
    Figure figure = wide_figure("Maps", "Each parameter on the sky, and how each pixel ended.", count);
    figure.chart.row_gap = 6.0;
    const double field_width = figure.chart.width / static_cast<double>(columns) - 35.0;  // the gap beside it
    std::vector<Panel>& panels = figure.chart.panels;
    for (std::size_t first = 0; first < count; first += columns) {
        std::vector<Panel> bars;
        for (std::size_t i = first; i < std::min(first + columns, count); ++i) {
            if (i == many.quantities.size()) {
                panels.push_back(status_map(many, field_width));
                break;
            }
            const FittedQuantity& quantity = many.quantities[i];
            const PlotAxis axis = value_axis(quantity.name, quantity.unit, quantity.log, quantity.values);
            panels.push_back(quantity_map(many, quantity, axis, field_width));
            bars.push_back(std::isnan(axis.low) ? Panel{} : colour_bar(axis));
        }
        panels.resize((panels.size() + columns - 1) / columns * columns);  // free places end the row
        panels.insert(panels.end(), bars.begin(), bars.end());
        panels.resize((panels.size() + columns - 1) / columns * columns);
    }
    figure.caption =
        "Medians of the posteriors (best fits where none was sampled); the first row of the file is the "
        "lowest. The scale covers 99.8 % of the pixels; pixels without a value are left open.";
    return figure;
}

}  // namespace ism::explain
