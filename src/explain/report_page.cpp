#include <cmath>

#include <ism/base/provenance.hpp>
#include <ism/explain/report.hpp>

#include "markup.hpp"
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

std::string tile(const std::string& value, const std::string& text, bool main = false) {
    return std::string("<div class=\"tile") + (main ? " main" : "") + "\"><dt>" + escaped(text) + "</dt><dd>" +
           escaped(value) + "</dd></div>\n";
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
    return tiles.empty() ? "" : "<dl class=\"tiles\">\n" + tiles + "</dl>\n";
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

/// No line ends between a number and its per cent sign.
std::string unbroken(std::string text) {
    for (auto at = text.find(" %"); at != std::string::npos; at = text.find(" %")) text.replace(at, 1, "\u00a0");
    return text;
}

std::string missing_html(const Report& report) {
    if (report.missing.empty()) return "";
    std::string html = "<div class=\"missing\"><b>Not in this page</b><ul>\n";
    for (const std::string& sentence : report.missing) html += "<li>" + escaped(sentence) + "</li>\n";
    return html + "</ul></div>\n";
}

std::string figure_html(const Figure& figure, std::size_t number) {
    const std::string id = "figure-" + std::to_string(number);
    return "<figure class=\"card" + std::string(figure.wide ? " wide" : "") + "\">\n<h2>" + escaped(figure.heading) +
           "</h2>\n<div class=\"scroll\">" + to_svg(figure.chart, id) + "</div>\n<figcaption><b>Figure " +
           std::to_string(number) + ".</b> " + escaped(figure.caption) + "</figcaption>\n</figure>\n";
}

std::string card_html(const std::string& heading, const std::string& inner) {
    return "<section class=\"card wide\">\n<h2>" + escaped(heading) + "</h2>\n" + inner + "</section>\n";
}

std::string cards_html(const Report& report) {
    std::string html;
    std::size_t number = 0;
    for (const Figure& figure : report_figures(report)) {
        html += figure_html(figure, ++number);
        if (number == 1 && report.comparison)
            html += card_html("Every method on the same models", comparison_table(*report.comparison));
    }
    return html + card_html("How it was made", origin_html(report));
}

}  // namespace

std::string report_page(const Report& report) {
    const std::string title = title_of(report);
    std::string html =
        "<!DOCTYPE html>\n<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\">\n<head>\n<meta "
        "charset=\"utf-8\"/>\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n<title>" +
        escaped(title) + "</title>\n<style>\n" + page_style() + "</style>\n</head>\n<body>\n<header>\n" +
        "<p class=\"kind\">ismulate report</p>\n<h1>" + escaped(title) + "</h1>\n" + lead_html(report) +
        "</header>\n<main>\n" + missing_html(report) + tiles_html(report);
    if (report.comparison) html += "<p class=\"verdict\">" + escaped(unbroken(verdict(*report.comparison))) + "</p>\n";
    html += "<div class=\"cards\">\n" + cards_html(report) + "</div>\n</main>\n<footer>Made by ismulate " +
            escaped(version()) + ". Nothing in this page is loaded from elsewhere.</footer>\n</body>\n</html>\n";
    return html;
}

}  // namespace ism::explain
