#include "page_parts.hpp"

#include <ism/base/provenance.hpp>

#include "markup.hpp"

namespace ism::explain {

std::string tile(const std::string& value, const std::string& text, bool main) {
    return std::string("<div class=\"tile") + (main ? " main" : "") + "\"><dt>" + escaped(text) + "</dt><dd>" +
           escaped(value) + "</dd></div>\n";
}

std::string tile_row(const std::string& tiles) {
    return tiles.empty() ? "" : "<dl class=\"tiles\">\n" + tiles + "</dl>\n";
}

std::string unbroken(std::string text) {
    for (auto at = text.find(" %"); at != std::string::npos; at = text.find(" %")) text.replace(at, 1, "\u00a0");
    return text;
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

std::string page_html(const std::string& kind, const std::string& title, const std::string& lead_html,
                      const std::string& main_html) {
    return "<!DOCTYPE html>\n<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\">\n<head>\n<meta "
           "charset=\"utf-8\"/>\n"
           "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n<title>" +
           escaped(title) + "</title>\n<style>\n" + page_style() + "</style>\n</head>\n<body>\n<header>\n" +
           "<p class=\"kind\">" + escaped(kind) + "</p>\n<h1>" + escaped(title) + "</h1>\n" + lead_html +
           "</header>\n<main>\n" + main_html + "</main>\n<footer>Made by ismulate " + escaped(version()) +
           ". Nothing in this page is loaded from elsewhere.</footer>\n</body>\n</html>\n";
}

}  // namespace ism::explain
