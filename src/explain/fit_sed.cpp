#include <algorithm>
#include <cmath>
#include <functional>

#include <ism/explain/fit_report.hpp>

#include "markup.hpp"

namespace ism::explain {
namespace {

using Kind = FittedBand::Kind;

constexpr int data_colour = 0, model_colour = 1, best_colour = 2;
constexpr double arrow_length = 2.2, arrow_head = 1.25, head_width = 1.035;  // factors on logarithmic axes
constexpr double number_width = 0.15;                                        // of lines, which stand 1 apart

bool is_limit(const FittedBand& band) { return band.kind == Kind::upper_limit || band.kind == Kind::lower_limit; }

/// Strokes of a line, each followed by a gap.
void add_stroke(Series& line, std::initializer_list<std::pair<double, double>> places) {
    for (const auto& [x, y] : places) {
        line.x.push_back(x);
        line.y.push_back(y);
    }
    line.x.push_back(from_data);
    line.y.push_back(from_data);
}

Series detections(const FittedSed& sed) {
    Series dots{.name = "observed", .mark = Mark::dots, .colour = data_colour, .size = 7.5};
    for (const FittedBand& band : sed.bands) {
        if (band.kind != Kind::detection) continue;
        dots.x.push_back(band.wavelength);
        dots.y.push_back(band.value);
    }
    return dots;
}

/// 1 sigma; one that reaches below 0 ends at `floor`, the lower edge of the field.
Series error_bars(const FittedSed& sed, double floor) {
    Series bars{.colour = data_colour, .size = 1.6};
    for (const FittedBand& band : sed.bands) {
        if (band.kind != Kind::detection || !(band.value + band.error > floor)) continue;
        const double low = std::max(band.value - band.error, floor);
        add_stroke(bars, {{band.wavelength, low}, {band.wavelength, band.value + band.error}});
    }
    return bars;
}

/// From a bar at `foot` to `tip`, with barbs that end at the height `barb`.
void add_arrow(Series& line, const FittedSed& sed, double x, double foot, double tip, double barb) {
    const double left = sed.numbered ? x - number_width : x / head_width;
    const double right = sed.numbered ? x + number_width : x * head_width;
    add_stroke(line, {{left, foot}, {right, foot}});
    add_stroke(line, {{x, foot}, {x, tip}});
    add_stroke(line, {{left, barb}, {x, tip}, {right, barb}});
}

Series limit_arrows(const FittedSed& sed) {
    Series arrows{.name = "limit", .colour = data_colour, .size = 1.8};
    for (const FittedBand& band : sed.bands) {
        if (!is_limit(band)) continue;
        const bool upper = band.kind == Kind::upper_limit;
        const double tip = upper ? band.value / arrow_length : band.value * arrow_length;
        add_arrow(arrows, sed, band.wavelength, band.value, tip, upper ? tip * arrow_head : tip / arrow_head);
    }
    return arrows;
}

Series posterior_band(const FittedSpectrum& spectrum, bool wide) {
    return {.name = wide ? "model, 95 % of the posterior" : "model, 68 %",
            .x = spectrum.wavelength,
            .y = wide ? spectrum.high95 : spectrum.high,
            .low = wide ? spectrum.low95 : spectrum.low,
            .mark = Mark::band,
            .colour = model_colour,
            .opacity = wide ? 0.2 : 0.4};
}

/// Without a spectrum: the posterior of each band as a bar.
Series posterior_bars(const FittedSed& sed, bool wide) {
    Series bars{.name = wide ? "model, 95 % of the posterior" : "model, 68 %",
                .colour = model_colour,
                .size = wide ? 6.0 : 10.0,
                .opacity = wide ? 0.25 : 0.45};
    for (const FittedBand& band : sed.bands)
        add_stroke(
            bars, {{band.wavelength, wide ? band.low95 : band.low}, {band.wavelength, wide ? band.high95 : band.high}});
    return bars;
}

Series best_dots(const FittedSed& sed) {
    Series dots{.name = sed.numbered ? "best fit" : "best fit in the bands",
                .mark = Mark::dots,
                .colour = best_colour,
                .size = 5.0};
    for (const FittedBand& band : sed.bands) {
        dots.x.push_back(band.wavelength);
        dots.y.push_back(band.best);
    }
    return dots;
}

/// The range of the bands, limits with their arrows included, and half a decade of room.
PlotAxis flux_axis(const FittedSed& sed) {
    double low = from_data, high = from_data;
    const auto add = [&](double value) {
        if (!(value > 0.0) || !std::isfinite(value)) return;
        low = std::isnan(low) ? value : std::min(low, value);
        high = std::isnan(high) ? value : std::max(high, value);
    };
    for (const FittedBand& band : sed.bands) {
        add(band.best);
        if (band.kind == Kind::missing) continue;
        add(band.value);
        if (band.kind == Kind::detection) add(band.value + band.error);
        if (band.kind == Kind::upper_limit) add(band.value / arrow_length);
        if (band.kind == Kind::lower_limit) add(band.value * arrow_length);
    }
    return {.title = with_unit(sed.numbered ? "intensity" : "flux", sed.unit),
            .log = true,
            .low = low / 3.0,
            .high = high * 3.0};
}

/// Both panels cover the bands and a little more.
PlotAxis wavelength_axis(const FittedSed& sed) {
    if (sed.numbered)
        return {
            .title = "line, numbered as in the table", .low = 0.0, .high = static_cast<double>(sed.bands.size()) + 1.0};
    const auto [least, most] =
        std::minmax_element(sed.bands.begin(), sed.bands.end(),
                            [](const FittedBand& a, const FittedBand& b) { return a.wavelength < b.wavelength; });
    return {.title = "wavelength [µm]", .log = true, .low = least->wavelength / 1.5, .high = most->wavelength * 1.5};
}

/// The model behind the data: its posterior where there is one, and its spectrum where it has one.
std::vector<Series> model_series(const FittedSed& sed) {
    std::vector<Series> series;
    if (!sed.spectrum) {
        const bool sampled =
            std::any_of(sed.bands.begin(), sed.bands.end(), [](const auto& band) { return std::isfinite(band.low); });
        if (sampled) series = {posterior_bars(sed, true), posterior_bars(sed, false)};
        return series;
    }
    if (!sed.spectrum->low.empty())
        series = {posterior_band(*sed.spectrum, true), posterior_band(*sed.spectrum, false)};
    series.push_back({.name = "best fit",
                      .x = sed.spectrum->wavelength,
                      .y = sed.spectrum->best,
                      .colour = best_colour,
                      .size = 1.8});
    return series;
}

Panel flux_panel(const FittedSed& sed) {
    Panel panel{.x = wavelength_axis(sed), .y = flux_axis(sed), .series = model_series(sed), .height = 380};
    panel.x.silent = true;
    panel.series.push_back(error_bars(sed, std::isnan(panel.y.low) ? 0.0 : panel.y.low));
    panel.series.push_back(detections(sed));
    if (std::any_of(sed.bands.begin(), sed.bands.end(), is_limit)) panel.series.push_back(limit_arrows(sed));
    panel.series.push_back(best_dots(sed));
    return panel;
}

double residual(const FittedBand& band) { return (band.value - band.best) / band.whole_error; }

Series residual_dots(const FittedSed& sed) {
    Series dots{.mark = Mark::dots, .colour = data_colour, .size = 7.5};
    for (const FittedBand& band : sed.bands) {
        if (band.kind != Kind::detection) continue;
        dots.x.push_back(band.wavelength);
        dots.y.push_back(residual(band));
    }
    return dots;
}

Series residual_bars(const Series& dots) {
    Series bars{.colour = data_colour, .size = 1.6};
    for (std::size_t i = 0; i < dots.x.size(); ++i)
        add_stroke(bars, {{dots.x[i], dots.y[i] - 1.0}, {dots.x[i], dots.y[i] + 1.0}});
    return bars;
}

Series residual_arrows(const FittedSed& sed) {
    constexpr double length = 1.4, head = 0.4;  // in sigma
    Series arrows{.colour = data_colour, .size = 1.8};
    for (const FittedBand& band : sed.bands) {
        if (!is_limit(band)) continue;
        const double way = band.kind == Kind::upper_limit ? -1.0 : 1.0, tip = residual(band) + way * length;
        add_arrow(arrows, sed, band.wavelength, residual(band), tip, tip - way * head);
    }
    return arrows;
}

/// (observed - best fit) / sigma; three sigma are shown at least, and all detections.
Panel residuals_panel(const FittedSed& sed) {
    const Series dots = residual_dots(sed);
    double largest = 3.0;
    for (const double r : dots.y) largest = std::max(largest, 1.1 * (std::abs(r) + 1.0));
    Panel panel{
        .x = wavelength_axis(sed), .y = {.title = "residual [σ]", .low = -largest, .high = largest}, .height = 130};
    const std::vector<double> ends{panel.x.low, panel.x.high};
    panel.series = {{.x = ends, .y = {1, 1}, .low = {-1, -1}, .mark = Mark::band, .colour = 7, .opacity = 0.2},
                    {.x = ends, .y = {0, 0}, .colour = best_colour, .size = 1.8},
                    residual_bars(dots),
                    dots,
                    residual_arrows(sed)};
    return panel;
}

std::string names_of(const FittedSed& sed, const std::function<bool(const FittedBand&)>& chosen) {
    std::string names;
    for (const FittedBand& band : sed.bands) {
        if (chosen(band)) names += (names.empty() ? "" : ", ") + band.name;
    }
    return names;
}

/// Lines without wavelengths side by side, in their order.
FittedSed numbered(FittedSed sed) {
    sed.numbered = true;
    double number = 0.0;
    for (FittedBand& band : sed.bands) band.wavelength = ++number;
    return sed;
}

}  // namespace

Figure sed_figure(const FittedSed& sed) {
    if (!sed.numbered && sed.are_lines()) return sed_figure(numbered(sed));
    Figure figure{.heading = "Observed and fitted fluxes", .wide = true};
    figure.chart = {.title = sed.numbered ? "Line intensities" : "Spectral energy distribution",
                    .description =
                        "Observed fluxes with their errors, the fitted model with the range of the posterior, "
                        "and below the residuals in units of sigma.",
                    .width = 1060,
                    .row_gap = 10.0};
    if (sed.bands.empty()) return figure;
    figure.chart.panels = {flux_panel(sed), residuals_panel(sed)};
    figure.caption =
        "Error bars: 1 sigma of the measurement. Residuals: (observed − best fit) / sigma, sigma with the errors of "
        "calibration and emulator in quadrature.";
    if (const auto missing = names_of(sed, [](const auto& band) { return band.kind == Kind::missing; });
        !missing.empty())
        figure.caption += " Not observed: " + missing + ".";
    const auto negative =
        names_of(sed, [](const auto& band) { return band.kind == Kind::detection && !(band.value > 0.0); });
    if (!negative.empty()) figure.caption += " Measured at or below 0, so only in the residuals: " + negative + ".";
    return figure;
}

}  // namespace ism::explain
