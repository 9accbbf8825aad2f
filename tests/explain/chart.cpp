#include <ism/explain/chart.hpp>

#include <cmath>
#include <limits>

#include <doctest/doctest.h>
#include <explain/markup.hpp>
#include <explain/plot_path.hpp>
#include <explain/ticks.hpp>

using namespace ism::explain;

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

std::vector<std::string> words_of(const std::vector<Tick>& ticks) {
    std::vector<std::string> words;
    for (const Tick& tick : ticks) {
        if (!tick.text.empty()) words.push_back(tick.text);
    }
    return words;
}

std::size_t count_of(const std::string& text, const std::string& part) {
    std::size_t count = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++count;
    return count;
}

Chart one_line(std::vector<double> x, std::vector<double> y, bool log = false) {
    Panel panel{.x = {.title = "x"}, .y = {.title = "y", .log = log}};
    panel.series.push_back({.name = "line", .x = std::move(x), .y = std::move(y)});
    return {.title = "a line", .description = "it rises", .panels = {panel}};
}

}  // namespace

TEST_CASE("linear ticks are round numbers inside the range") {
    CHECK(words_of(Ruler({.low = 0, .high = 10}, 0, 1).ticks(5)) ==
          std::vector<std::string>{"0", "2", "4", "6", "8", "10"});
    CHECK(words_of(Ruler({.low = -0.3, .high = 0.3}, 0, 1).ticks(3)) == std::vector<std::string>{"−0.2", "0", "0.2"});
    CHECK(words_of(Ruler({.low = -80, .high = 110}, 0, 1).ticks(2)).size() >= 3);
    CHECK(words_of(Ruler({.low = 0, .high = 3e6}, 0, 1).ticks(3)).back() == "3×10⁶");
}

TEST_CASE("logarithmic ticks are decades, with 2 and 5 where there are few") {
    CHECK(words_of(Ruler({.log = true, .low = 0.1, .high = 1000}, 0, 1).ticks(6)) ==
          std::vector<std::string>{"0.1", "1", "10", "100", "1000"});
    CHECK(words_of(Ruler({.log = true, .low = 1e-28, .high = 1e-18}, 0, 1).ticks(5)) ==
          std::vector<std::string>{"10⁻²⁸", "10⁻²⁶", "10⁻²⁴", "10⁻²²", "10⁻²⁰", "10⁻¹⁸"});
    CHECK(words_of(Ruler({.log = true, .low = 1, .high = 20}, 0, 1).ticks(5)) ==
          std::vector<std::string>{"1", "2", "5", "10", "20"});
    CHECK(words_of(Ruler({.log = true, .low = 1.0, .high = 1.4}, 0, 1).ticks(5)).size() >= 3);
}

TEST_CASE("a ruler has a range whatever the data are") {
    const std::vector<std::pair<double, double>> ranges{{not_a_number, not_a_number},
                                                        {0.0, 0.0},
                                                        {5.0, 5.0},
                                                        {-infinity, infinity},
                                                        {-1.0, -1.0},
                                                        {1e-300, 1e300},
                                                        {1e-320, 1e-310},
                                                        {-1e308, 1e308}};
    for (const bool log : {false, true}) {
        for (const auto& range : ranges) {
            const double low = range.first, high = range.second;  // clang 14 captures no structured bindings
            const Ruler ruler({.log = log}, low, high);
            CAPTURE(low);
            CAPTURE(high);
            CAPTURE(log);
            CHECK(ruler.low() < ruler.high());
            CHECK(ruler.ticks(5).size() < 200);
        }
    }
    CHECK(std::isnan(Ruler({.log = true}, 1, 10).place(0.0)));
    CHECK(std::isnan(Ruler({}, 1, 10).place(infinity)));
}

TEST_CASE("text is escaped, and what XML does not allow is replaced") {
    CHECK(escaped("a < b & \"c\" > 'd'") == "a &lt; b &amp; &quot;c&quot; &gt; &#39;d&#39;");
    CHECK(escaped("µm ×10⁻³ 😀") == "µm ×10⁻³ 😀");
    const std::string bad = "\xEF\xBF\xBD";
    CHECK(escaped(std::string("a\0b\x1b", 4)) == "a" + bad + "b" + bad);
    CHECK(escaped("\xff") == bad);
    CHECK(escaped("\xc3") == bad);                      // cut off
    CHECK(escaped("\xc0\xaf") == bad + bad);            // a long form of '/'
    CHECK(escaped("\xed\xa0\x80") == bad + bad + bad);  // half of a surrogate pair
    CHECK(escaped("\xef\xbf\xbf") == bad + bad + bad);  // U+FFFF
    CHECK(escaped("\xef\xbf\xbd") == bad);
}

TEST_CASE("units and numbers are written for people") {
    CHECK(unit_text("erg s-1 H-1") == "erg s⁻¹ H⁻¹");
    CHECK(unit_text("um") == "µm");
    CHECK(unit_text("cm2") == "cm²");
    CHECK(unit_text("m/s") == "m/s");
    CHECK(with_unit("U", "") == "U");
    CHECK(value_text(0.1234567) == "0.123");
    CHECK(value_text(3.4e8) == "3.4×10⁸");
    CHECK(value_text(1e-24) == "10⁻²⁴");
    CHECK(value_text(1234.0) == "1234");
    CHECK(value_text(-2.5) == "-2.5");
    CHECK(value_text(not_a_number) == "–");
    CHECK(shortened("µm and more", 4) == "µm …");
    CHECK(shortened("µm", 2) == "µm");
    CHECK(pixels(-0.04) == "0");
    CHECK(pixels(12.345) == "12.3");
    CHECK(pixels(infinity) == "0");
}

TEST_CASE("a line has a gap where a value has no place, and lone points stay visible") {
    CHECK(line_path({{0, 0}, {10, 5}, {20, not_a_number}, {30, 1}, {40, 2}}) == "M0 0L10 5M30 1L40 2");
    CHECK(line_path({{0, not_a_number}, {10, 5}, {20, not_a_number}}) == "M10 5h0");
    CHECK(line_path({}).empty());
    CHECK(dot_path({{1, 2}, {not_a_number, 3}, {3, infinity}}) == "M1 2h0");
    CHECK(band_path({{0, 1}, {10, 1}}, {{0, 5}, {10, 5}}) == "M0 1L10 1L10 5L0 5z");
    CHECK(area_path({{0, 0}, {10, 0}, {10, 5}, {not_a_number, 0}, {1, 1}, {2, 2}}) == "M0 0L10 0L10 5z");
    CHECK(band_path({{0, 1}, {10, not_a_number}, {20, 1}}, {{0, 5}, {10, 5}, {20, 5}}).empty());
}

TEST_CASE("a line of many points keeps its extremes and loses its bulk") {
    std::vector<Spot> spots;
    for (int i = 0; i < 100000; ++i) spots.push_back({i * 0.001, i == 43210 ? 200.0 : 100.0 + i % 3});
    const std::string path = line_path(spots);
    CHECK(path.size() < 8000);
    CHECK(path.find(" 200") != std::string::npos);
}

TEST_CASE("a chart is one accessible element and draws what can be drawn") {
    const std::string svg = to_svg(one_line({1, 2, 3, not_a_number}, {1, 4, 9, 2}), "a");
    CHECK(count_of(svg, "<svg ") == 1);
    CHECK(svg.find("role=\"img\"") != std::string::npos);
    CHECK(svg.find("<title id=\"a-title\">a line</title>") != std::string::npos);
    CHECK(svg.find("<desc id=\"a-description\">it rises</desc>") != std::string::npos);
    CHECK(svg.find("nan") == std::string::npos);
    CHECK(svg.find("no values") == std::string::npos);
    CHECK(to_svg(one_line({1, 2}, {not_a_number, infinity}), "b").find("no values that can be drawn") !=
          std::string::npos);
    CHECK(to_svg(one_line({1, 2}, {0.0, -1.0}, true), "c").find("no values that can be drawn") != std::string::npos);
    CHECK(to_svg({}, "d").find("</svg>") != std::string::npos);
    CHECK(to_svg_file(one_line({1, 2}, {1, 2})).find("<style>") != std::string::npos);
}

TEST_CASE("texts of ticks neither touch each other nor leave the picture") {
    Chart chart = one_line({1.2e5, 3.6e5}, {1, 2});
    chart.panels[0].x = {.title = "mass", .log = true, .low = 1.3e5, .high = 3.55e5};
    chart.width = 260;
    const std::string svg = to_svg(chart, "a");
    CHECK(svg.find(">2×10⁵<") != std::string::npos);
    CHECK(svg.find(">2.5×10⁵<") != std::string::npos);
    CHECK(svg.find(">3×10⁵<") == std::string::npos);    // it would touch 2.5×10⁵
    CHECK(svg.find(">3.5×10⁵<") == std::string::npos);  // half of it would be cut off
}

TEST_CASE("panels, legend, bars, bands and notes") {
    Chart chart = one_line({1, 2, 3}, {1, 4, 9});
    Panel bars{.title = "bars"};
    bars.y.names = {{1.0, "first <b>"}, {2.0, "second"}};
    bars.series.push_back({.name = "bar", .x = {3, 5}, .y = {1, 2}, .mark = Mark::bars, .size = 10});
    bars.notes.push_back({.x = 5, .y = 2, .text = "five", .side = PlotNote::Side::left});
    bars.notes.push_back({.x = not_a_number, .y = 2, .text = "nowhere"});
    Panel band;
    band.series.push_back({.name = "line", .x = {1, 2}, .y = {3, 4}, .low = {1, 2}, .mark = Mark::band});
    chart.columns = 2;
    chart.panels.insert(chart.panels.end(), {bars, Panel{}, band});
    const std::string svg = to_svg(chart, "a");
    CHECK(count_of(svg, "class=\"field\"") == 3);
    CHECK(count_of(svg, "class=\"key\"") == 2);  // "line" once, "bar"
    CHECK(svg.find("first &lt;b&gt;") != std::string::npos);
    CHECK(svg.find(">five<") != std::string::npos);
    CHECK(svg.find("nowhere") == std::string::npos);
}

TEST_CASE("a name that is too long for the legend is cut, not lost beyond the edge") {
    Chart chart = one_line({1, 2}, {1, 2});
    chart.panels[0].series[0].name = std::string(300, 'm');
    const std::string svg = to_svg(chart, "a");
    CHECK(svg.find("…") != std::string::npos);
    CHECK(svg.find(std::string(90, 'm')) == std::string::npos);
}

TEST_CASE("notes of neighbouring dots do not cover each other") {
    Chart chart = one_line({1, 2}, {1, 100});
    chart.panels[0].notes = {{.x = 1.5, .y = 50, .text = "one of them"}, {.x = 1.51, .y = 50.5, .text = "the other"}};
    const std::string svg = to_svg(chart, "a");
    const auto height_of = [&](const std::string& word) {
        const auto end = svg.rfind("class", svg.find(word));
        const auto start = svg.rfind("y=\"", end) + 3;
        return std::stod(svg.substr(start, end - start));
    };
    CHECK(std::abs(height_of(">one of them<") - height_of(">the other<")) > 10.0);
}
