#include <cmath>

#include <ism/explain/report.hpp>

#include "markup.hpp"
#include "page_parts.hpp"
#include "report_parts.hpp"
#include "words.hpp"

namespace ism::explain {
namespace {

const ModelInfo* model_of(const Report& report) {
    if (report.comparison) return &report.comparison->info;
    if (report.emulator) return &report.emulator->info;
    return report.grid ? &report.grid->info : nullptr;
}

std::string title_of(const Report& report) {
    const ModelInfo* info = model_of(report);
    if (!info) return "An ismulate run";
    if (!report.comparison && !report.emulator) return "A grid of " + info->name + " models";
    return "Network against physics: " + info->name;
}

/// The error table of the emulator itself, where there is no comparison.
const emulate::ErrorRow* own_errors(const Report& report) {
    if (report.emulator && !report.emulator->errors.empty()) return &report.emulator->errors.front();
    return nullptr;
}

std::string factor_text(double factor) {
    const double size = std::pow(10.0, std::floor(std::log10(factor)) - 1.0);
    return factor >= 100.0 ? grouped(static_cast<std::size_t>(std::round(factor / size) * size)) : number(factor, 2);
}

/// How many times faster than the physics the network is; NaN where one of them was not timed.
double speed_up(const Comparison& comparison) {
    const MethodResult *network = judged_method(comparison), *truth = timed_truth(comparison);
    if (!network || !truth || !network->cpu_seconds || !(*network->cpu_seconds > 0.0)) return from_data;
    return *truth->cpu_seconds / *network->cpu_seconds;
}

std::string error_tiles(double median, double percentile_99, double maximum, std::size_t models) {
    return tile(percent(median), "median error", true) +
           tile(percent(percentile_99), "99 % of the errors are below", true) +
           tile(percent(maximum), "largest error, " + grouped(models) + " held-out models");
}

std::string tiles_html(const Report& report) {
    std::string tiles;
    const MethodResult* network = report.comparison ? judged_method(*report.comparison) : nullptr;
    if (network) {
        const Accuracy& a = *network->accuracy;
        tiles += error_tiles(a.median, a.percentile_99, a.maximum, a.models);
    } else if (const auto* row = own_errors(report)) {
        tiles += error_tiles(row->median, row->percentile_99, row->maximum, row->models);
    }
    if (const double factor = report.comparison ? speed_up(*report.comparison) : from_data; factor > 1.0) {
        tiles += tile(factor_text(factor) + "×",
                      "faster than the physics, " + grouped(report.comparison->options.spectra) + " spectra in " +
                          seconds_text(*network->cpu_seconds) + " on one core",
                      true);
    }
    for (const ReportSource& source : report.sources) {
        if (source.role == "network")
            tiles += tile(bytes_text(static_cast<double>(source.bytes)), "the whole network, " + source.name);
    }
    if (report.grid) tiles += tile(grouped(report.grid->size()), "models in the grid");
    return tile_row(tiles);
}

std::string lead_html(const Report& report) {
    const ModelInfo* info = model_of(report);
    if (!info) return "";
    std::string text = info->summary.empty() ? info->name : info->summary;
    if (text.front() >= 'a' && text.front() <= 'z') text.front() = static_cast<char>(text.front() - 'a' + 'A');
    if (text.back() != '.') text += ".";
    text += " " +
            std::string(info->parameter_count() == 1 ? "One parameter"
                                                     : std::to_string(info->parameter_count()) + " parameters") +
            ":";
    for (std::size_t k = 0; k < info->parameter_count(); ++k) {
        const Parameter& p = info->parameters[k];
        text += (k == 0 ? " " : ", ") + p.name + " = " + value_text(p.low) + " .. " + value_text(p.high) +
                (p.unit.empty() ? "" : " " + unit_text(p.unit));
    }
    text += "; " + grouped(info->output_count()) + " outputs along " + info->axis.name + ".";
    if (report.emulator)
        text += " A network of " + grouped(emulate::weight_count(report.emulator->network)) + " weights learned them.";
    return "<p class=\"lead\">" + escaped(text) + "</p>\n";
}

std::string missing_html(const Report& report) {
    if (report.missing.empty()) return "";
    std::string html = "<div class=\"missing\"><b>Not in this page</b><ul>\n";
    for (const std::string& sentence : report.missing) html += "<li>" + escaped(sentence) + "</li>\n";
    return html + "</ul></div>\n";
}

std::string cards_html(const Report& report) {
    std::string html;
    std::size_t number = 0;
    for (const Figure& figure : report_figures(report)) {
        html += figure_html(figure, ++number);
        if (number == 1 && report.comparison)
            html += card_html("Every method on the same models", comparison_table(*report.comparison));
    }
    return html + card_html("How it was made", origin_html(report.sources, report.command));
}

}  // namespace

std::string report_page(const Report& report) {
    std::string main = missing_html(report) + tiles_html(report);
    if (report.comparison) main += "<p class=\"verdict\">" + escaped(unbroken(verdict(*report.comparison))) + "</p>\n";
    return page_html("ismulate report", title_of(report), lead_html(report),
                     main + "<div class=\"cards\">\n" + cards_html(report) + "</div>\n");
}

}  // namespace ism::explain
