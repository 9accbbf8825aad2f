#include <algorithm>
#include <cmath>

#include <ism/explain/fit_report.hpp>

#include "markup.hpp"
#include "page_parts.hpp"
#include "words.hpp"

namespace ism::explain {
namespace {

constexpr double doubtful_p = 0.01;  // a predictive p nearer to 0 or 1 is marked

std::string cell(const std::string& text) { return "<td class=\"number\">" + escaped(text) + "</td>"; }

std::string row_head(const std::string& text) { return "<th scope=\"row\">" + escaped(text) + "</th>"; }

std::string table_html(const std::vector<std::string>& heads, const std::string& rows, const std::string& caption) {
    std::string html = "<div class=\"scroll\"><table>\n<thead><tr>";
    for (const std::string& head : heads) html += "<th scope=\"col\">" + escaped(head) + "</th>";
    return html + "</tr></thead>\n<tbody>\n" + rows + "</tbody></table></div>\n<p class=\"caption\">" +
           escaped(caption) + "</p>\n";
}

/// "7.61 .. 8.42".
std::string interval(double low, double high) { return value_text(low) + " .. " + value_text(high); }

std::string parameter_table(const FittedSource& source) {
    std::string rows;
    const bool synthetic = std::any_of(source.parameters.begin(), source.parameters.end(),
                                       [](const auto& one) { return std::isfinite(one.truth); });
    for (const FittedParameter& one : source.parameters) {
        rows += "<tr>" + row_head(with_unit(one.name, one.unit)) + cell(value_text(one.median)) +
                cell(interval(one.low, one.high)) + cell(interval(one.low95, one.high95)) + cell(value_text(one.best));
        if (synthetic) rows += cell(value_text(one.truth));
        rows += cell(value_text(one.r_hat, 4)) + cell(value_text(std::round(one.bulk_ess), 6)) +
                cell(value_text(std::round(one.tail_ess), 6)) + "</tr>\n";
    }
    std::vector<std::string> heads{"parameter", "median", "68 %", "95 %", "best fit"};
    if (synthetic) heads.emplace_back("truth");
    heads.insert(heads.end(), {"R-hat", "bulk ESS", "tail ESS"});
    return table_html(heads, rows,
                      "Quantiles of the posterior; the best fit is where its density on the scales of the priors is "
                      "largest. R-hat below 1.01: the chains agree. ESS: independent draws that they are worth.");
}

std::string measured_text(const FittedBand& band) {
    switch (band.kind) {
        case FittedBand::Kind::missing:
            return "–";
        case FittedBand::Kind::upper_limit:
            return "< " + value_text(band.value);
        case FittedBand::Kind::lower_limit:
            return "> " + value_text(band.value);
        case FittedBand::Kind::detection:
            break;
    }
    return value_text(band.value) + " ± " + value_text(band.error, 2);
}

std::string band_table(const FittedSed& sed) {
    std::string rows;
    std::size_t number = 0;
    const bool lines = sed.are_lines();
    for (const FittedBand& band : sed.bands) {
        const bool low = band.p < doubtful_p && band.kind != FittedBand::Kind::lower_limit;
        const bool doubtful = low || (band.p > 1.0 - doubtful_p && band.kind != FittedBand::Kind::upper_limit);
        rows += std::string(doubtful ? "<tr class=\"doubtful\">" : "<tr>") + row_head(band.name) +
                cell(lines ? std::to_string(++number) : value_text(band.wavelength)) + cell(measured_text(band)) +
                cell(value_text(band.best)) + cell(interval(band.low, band.high)) + cell(value_text(band.p, 2)) +
                "</tr>\n";
    }
    return table_html({lines ? "line" : "band", lines ? "number" : "µm", "observed [" + unit_text(sed.unit) + "]",
                       "best fit", "68 %", "p"},
                      rows,
                      "p: the chance that a replica of the measurement lies below it. Near 0 or 1 (marked) the model "
                      "fails there; a limit fails on one side only.");
}

std::string one_tiles(const FittedSource& source) {
    double r_hat = source.sampled ? 0.0 : not_known, ess = source.sampled ? HUGE_VAL : not_known;
    for (const FittedParameter& one : source.parameters) {
        r_hat = std::max(r_hat, one.r_hat);
        ess = std::min(ess, one.bulk_ess);
    }
    const auto seen = std::count_if(source.sed.bands.begin(), source.sed.bands.end(),
                                    [](const auto& band) { return band.kind != FittedBand::Kind::missing; });
    const std::string what = source.sed.are_lines() ? "lines" : "bands";
    std::string tiles = tile(grouped(static_cast<std::size_t>(seen)), what + " observed, limits included");
    if (!source.sampled) return tile_row(tiles);
    tiles = tile(source.converged ? "yes" : "no", "did the chains converge?", true) + tiles;
    tiles += tile(value_text(source.p, 2), "predictive p of all " + what, true);
    tiles += tile(value_text(r_hat, 4), "largest R-hat");
    return tile_row(tiles + tile(value_text(std::round(ess), 6), "smallest bulk ESS"));
}

std::string warning(const std::string& text) { return "<div class=\"missing\"><b>" + escaped(text) + "</b></div>\n"; }

std::string verdict_html(const FittedSource& source) {
    if (!source.sampled) return "<p class=\"verdict\">Only the best fit was sought: there are no intervals.</p>\n";
    std::string html;
    if (!source.converged)
        html += warning("The chains did not converge, so nothing here is to be trusted: " + source.remark);
    if (source.p < doubtful_p)
        html += warning(
            "The model does not describe these data: a replica of them lies farther from it than they do "
            "with a chance of only " +
            value_text(source.p, 2) + ".");
    if (!html.empty()) return html;
    return "<p class=\"verdict\">The chains agree. " +
           std::string(std::isfinite(source.p)
                           ? "Replicas of the data lie farther from the model than the data with a "
                             "chance of " +
                                 value_text(source.p, 2) +
                                 (source.p > 1.0 - doubtful_p ? ": the errors may be too large." : ".")
                           : "") +
           "</p>\n";
}

std::string many_tiles(const FittedMany& many) {
    const auto count = [&](std::size_t status) {
        return grouped(static_cast<std::size_t>(std::count(many.status.begin(), many.status.end(), status)));
    };
    const std::string what = many.width > 0 ? "pixels" : "sources";
    return tile_row(tile(grouped(many.status.size()), what, true) + tile(count(0), "converged", true) +
                    tile(grouped(many.poorly_described), "badly described: p of all bands below 0.001") +
                    tile(count(1), "did not converge") + tile(count(2), "without data") + tile(count(3), "failed"));
}

std::string settings_html(const FitReport& report) {
    std::string list;
    for (const auto& [name, value] : report.settings)
        list += "<dt>" + escaped(name) + "</dt><dd>" + escaped(value) + "</dd>\n";
    return list.empty() ? "" : "<dl class=\"methods\">\n" + list + "</dl>\n";
}

}  // namespace

std::vector<Figure> fit_figures(const FitReport& report) {
    std::vector<Figure> figures;
    if (report.one) {
        figures.push_back(sed_figure(report.one->sed));
        if (report.one->sampled) figures.push_back(corner_figure(report.one->parameters));
    }
    if (!report.many) return figures;
    const FittedMany& many = *report.many;
    if (many.width > 0) figures.push_back(maps_figure(many));
    figures.push_back(distributions_figure(many));
    if (std::any_of(many.quantities.begin(), many.quantities.end(), [](const auto& one) { return !one.ranks.empty(); }))
        figures.push_back(ranks_figure(many));
    figures.push_back(status_figure(many));
    return figures;
}

std::string fit_page(const FitReport& report) {
    std::string main, cards;
    std::size_t number = 0;
    if (report.one) main += one_tiles(*report.one) + verdict_html(*report.one);
    if (report.many) main += many_tiles(*report.many);
    for (const Figure& figure : fit_figures(report)) {
        cards += figure_html(figure, ++number);
        if (number == 1 && report.one) cards += card_html("Parameters", parameter_table(*report.one));
    }
    if (report.one) cards += card_html(report.one->sed.are_lines() ? "Lines" : "Bands", band_table(report.one->sed));
    cards += card_html("What was assumed", settings_html(report));
    cards += card_html("How it was made", origin_html(report.sources, report.command));
    const std::string lead = report.model + (report.summary.empty() ? "" : ": " + report.summary);
    return page_html("ismulate fit", "Fit of " + report.source, "<p class=\"lead\">" + escaped(lead) + "</p>\n",
                     main + "<div class=\"cards\">\n" + cards + "</div>\n");
}

}  // namespace ism::explain
