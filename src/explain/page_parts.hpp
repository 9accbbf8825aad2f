#pragma once
#include <string>
#include <vector>

#include <ism/explain/report.hpp>

/// HTML that all pages share. Texts are escaped here; what is called `html` or `inner` is not.
namespace ism::explain {

/// A headline number and what it is.
[[nodiscard]] std::string tile(const std::string& value, const std::string& text, bool main = false);
/// Tiles in a row, or nothing where there is none.
[[nodiscard]] std::string tile_row(const std::string& tiles);
/// A picture with its heading and the sentences under it.
[[nodiscard]] std::string figure_html(const Figure& figure, std::size_t number);
[[nodiscard]] std::string card_html(const std::string& heading, const std::string& inner);
/// No line ends between a number and its per cent sign.
[[nodiscard]] std::string unbroken(std::string text);
/// The files that a page was made from, and the command that made it.
[[nodiscard]] std::string origin_html(const std::vector<ReportSource>& sources, const std::string& command);
/// The whole page; `kind` stands above the title in small capitals.
[[nodiscard]] std::string page_html(const std::string& kind, const std::string& title, const std::string& lead_html,
                                    const std::string& main_html);
[[nodiscard]] std::string page_style();

}  // namespace ism::explain
