#pragma once
#include <limits>
#include <string>
#include <utility>
#include <vector>

/// Pictures as SVG: lines, bands, dots and bars on linear or logarithmic axes, in panels.
namespace ism::explain {

inline constexpr double from_data = std::numeric_limits<double>::quiet_NaN();

struct PlotAxis {
    std::string title{};
    bool log = false;
    double low = from_data, high = from_data;             ///< in data units; from_data: what the series need
    std::vector<std::pair<double, std::string>> names{};  ///< ticks with words instead of numbers
    bool silent = false;                                  ///< ticks without text, no title
};

enum class Mark {
    line,
    dots,
    band,  ///< between `low` and `y`
    bars,  ///< horizontal, from the left edge to `x`, at the height `y`
};

/// Points that are not finite, or not positive on a log axis, are left out; a line has a gap there.
struct Series {
    std::string name{};  ///< in the legend, once per chart; empty: not there
    std::vector<double> x{}, y{}, low{};
    Mark mark = Mark::line;
    int colour = 1;     ///< 0 ink, 1 .. 6 the palette, 7 grey
    double size = 2.0;  ///< width of a line, diameter of a dot, thickness of a bar
    double opacity = 1.0;
    bool dashed = false;
};

/// Words beside a place of the data.
struct PlotNote {
    double x = 0.0, y = 0.0;
    std::string text{};
    int colour = 0;
    enum class Side { left, right, above } side = Side::right;
};

struct Panel {
    std::string title{};
    PlotAxis x{}, y{};
    std::vector<Series> series{};
    std::vector<PlotNote> notes{};
    double height = 260.0;  ///< of the field between the axes; that of the first panel of a row counts
};

/// Panels row by row; one without series and title leaves its place free.
struct Chart {
    std::string title{};        ///< read out by screen readers
    std::string description{};  ///< one sentence: what is seen
    std::vector<Panel> panels{};
    std::size_t columns = 1;
    double width = 520.0;
    double row_gap = 14.0;  ///< between rows, besides what the text of the axes needs
};

/// One <svg> element. `id` is the beginning of the names in it: unique where several stand in one page. Colours and
/// fonts come from chart_style().
[[nodiscard]] std::string to_svg(const Chart& chart, const std::string& id);

/// The CSS of charts: a palette that the colour-blind can tell apart (Okabe & Ito 2008), in light and dark.
[[nodiscard]] std::string chart_style();

/// A file of its own, with its style.
[[nodiscard]] std::string to_svg_file(const Chart& chart);

}  // namespace ism::explain
