#include <cmath>

#include <nlohmann/json.hpp>

#include "markup.hpp"
#include "page_parts.hpp"
#include "report_parts.hpp"
#include "words.hpp"

namespace ism::explain {
namespace {

using Json = nlohmann::ordered_json;

std::string cell(const std::string& text, bool number = true) {
    return (number ? "<td class=\"number\">" : "<td>") + escaped(text) + "</td>";
}

std::string method_row(const Comparison& comparison, const MethodResult& method) {
    std::string row = method.name == comparison.judged ? "<tr class=\"ours\">" : "<tr>";
    row += "<th scope=\"row\">" + escaped(method.title) + "</th>";
    if (method.accuracy) {
        const Accuracy& a = *method.accuracy;
        const ErrorFactor& f = a.factor;
        if (comparison.options.factors)
            for (const double factor : {f.median, f.mean, f.percentile_99, f.maximum})
                row += cell(percent(factor / 100.0));
        else
            for (const double share : {a.median, a.mean, a.percentile_99, a.maximum}) row += cell(percent(share));
    } else {
        row += "<td colspan=\"4\" class=\"aside\">" + std::string(method.is_truth ? "the truth" : "not available") +
               "</td>";
    }
    row += cell(method.memory > 0 ? bytes_text(static_cast<double>(method.memory)) : "–");
    return row + cell(method.cpu_seconds ? seconds_text(*method.cpu_seconds) : "–") + "</tr>\n";
}

/// "3 -> 128" -> "3 → 128".
std::string with_arrows(std::string text) {
    for (auto at = text.find("->"); at != std::string::npos; at = text.find("->")) text.replace(at, 2, "→");
    return text;
}

std::string notes_on_methods(const Comparison& comparison) {
    std::string list;
    for (const MethodResult& method : comparison.methods) {
        std::string text = with_arrows(method.description);
        if (!method.note.empty()) text += (text.empty() ? "" : "; ") + method.note;
        if (method.cpu_seconds && method.spectra_timed < comparison.options.spectra)
            text += "; timed on " + grouped(method.spectra_timed) + " spectra and scaled";
        if (!text.empty()) list += "<dt>" + escaped(method.title) + "</dt><dd>" + escaped(text) + "</dd>\n";
    }
    return list.empty() ? "" : "<dl class=\"methods\">\n" + list + "</dl>\n";
}

std::string text_of(const Json& json, const char* key) {
    return json.is_object() && json.contains(key) && json[key].is_string() ? json[key].get<std::string>() : "";
}

std::string settings_text(const Json& json) {
    std::string text;
    if (!json.is_object() || !json.contains("settings") || !json["settings"].is_object()) return text;
    for (const auto& [name, value] : json["settings"].items()) {
        const std::string shown = value.is_string() ? value.get<std::string>() : value.dump();
        if (shown.empty()) continue;
        text += (text.empty() ? "" : ", ") + name + " = " + (shown.size() > 80 ? shown.substr(0, 77) + "..." : shown);
    }
    return text;
}

std::string source_html(const ReportSource& source) {
    const Json json = Json::parse(source.provenance, nullptr, false);
    std::string html =
        "<section class=\"source\"><h3>" + escaped(source.role) + " <code>" + escaped(source.name) + "</code></h3>\n";
    if (const auto command = text_of(json, "command"); !command.empty())
        html += "<pre><code>" + escaped(command) + "</code></pre>\n";
    if (!source.detail.empty()) html += "<p class=\"facts\">" + escaped(source.detail) + "</p>\n";
    html += "<p class=\"facts\">" + escaped(bytes_text(static_cast<double>(source.bytes)));
    if (const auto made = text_of(json, "version"); !made.empty()) html += " · ismulate " + escaped(made);
    if (const auto seed = text_of(json, "seed"); !seed.empty()) html += " · seed " + escaped(seed);
    html += " · SHA-256 <code class=\"sum\">" + escaped(source.sha256) + "</code></p>\n";
    const bool shown = source.role != "network";  // the ranges of a grid stand in its settings
    if (const auto settings = settings_text(json); !settings.empty())
        html += std::string("<details") + (shown ? " open=\"open\"" : "") +
                "><summary>settings</summary><p class=\"facts\">" + escaped(settings) + "</p></details>\n";
    return html + "</section>\n";
}

}  // namespace

std::string comparison_table(const Comparison& comparison) {
    std::string html =
        "<div class=\"scroll\"><table>\n<thead><tr><th scope=\"col\">method</th><th scope=\"col\">median</th><th "
        "scope=\"col\">mean</th><th scope=\"col\">99th percentile</th><th scope=\"col\">largest</th><th "
        "scope=\"col\">memory</th><th scope=\"col\">CPU time</th></tr></thead>\n<tbody>\n";
    for (const MethodResult& method : comparison.methods) html += method_row(comparison, method);
    const std::string errors = comparison.options.factors
                                   ? "Error factors 100 (10^|log10 predicted − log10 true| − 1) %"
                                   : "Relative errors |predicted − true| / true of " +
                                         escaped(comparison.info.output_name) + " where it exceeds " +
                                         value_text(comparison.options.faint) + " of the peak of its spectrum";
    html += "</tbody></table></div>\n<p class=\"caption\">" + errors +
            ", all methods on the same held-out models. CPU time: one thread, " + grouped(comparison.options.spectra) +
            " spectra of " + grouped(comparison.info.output_count()) + " values.</p>\n";
    return html + notes_on_methods(comparison);
}

std::string origin_html(const std::vector<ReportSource>& sources, const std::string& command) {
    std::string html;
    for (const ReportSource& source : sources) html += source_html(source);
    html +=
        "<section class=\"source\"><h3>this page</h3>\n<pre><code>" + escaped(command) + "</code></pre></section>\n";
    return html;
}

}  // namespace ism::explain
