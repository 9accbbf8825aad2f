#pragma once
#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

/// Pictures as SVG: lines, bands, areas, dots, bars and pixels on linear or logarithmic axes, in panels.
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
    area,  ///< inside closed outlines through x and y, one after another with a gap between; those that run the other
           ///< way are holes
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

using Colour = std::array<std::uint8_t, 3>;  ///< red, green, blue

/// A picture of pixels behind the series. It is stretched evenly between its edges, on logarithmic axes, too.
struct Raster {
    std::size_t width = 0, height = 0;
    std::vector<std::uint8_t> pixels{};  ///< (height x width), the lowest row first; each an index of `colours`, or
                                         ///< past them: transparent
    std::vector<Colour> colours{};       ///< at most 255
    double left = 0.0, right = 1.0, bottom = 0.0, top = 1.0;  ///< edges, in data units
    [[nodiscard]] bool empty() const noexcept { return pixels.empty(); }
};

struct Panel {
    std::string title{};
    PlotAxis x{}, y{};
    std::vector<Series> series{};
    std::vector<PlotNote> notes{};
    Raster raster{};
    double height = 260.0;  ///< of the field between the axes; that of the first panel of a row counts
};

/// Panels row by row; one without series, raster and title leaves its place free.
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
