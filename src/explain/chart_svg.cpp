#include <algorithm>
#include <cmath>
#include <set>

#include <ism/explain/chart.hpp>

#include "markup.hpp"
#include "plot_path.hpp"
#include "raster_image.hpp"
#include "ticks.hpp"

namespace ism::explain {
namespace {

// Sizes in pixels of the picture's own width.
constexpr double letter = 6.7;  // mean width of a character of the axes' text
constexpr double line_height = 19.0;
constexpr double tick_room = 24.0;   // the numbers below a horizontal axis
constexpr double title_room = 22.0;  // a title of an axis or a panel
constexpr double column_gap = 22.0;
constexpr double note_height = 16.0;
constexpr double gap = 11.0;   // between a place and its note
constexpr double edge = 12.0;  // right of the last field: half of a tick's text

struct Box {
    double left = 0.0, top = 0.0, width = 0.0, height = 0.0;
};

struct Extent {
    double low = from_data, high = from_data;
    void add(double value, bool log) {
        if (!std::isfinite(value) || (log && !(value > 0.0))) return;
        if (!(low <= value)) low = value;
        if (!(high >= value)) high = value;
    }
};

Ruler ruler_of(const Panel& panel, bool vertical) {
    const PlotAxis& axis = vertical ? panel.y : panel.x;
    Extent extent;
    for (const Series& series : panel.series) {
        for (const double value : vertical ? series.y : series.x) extent.add(value, axis.log);
        if (vertical && series.mark == Mark::band)
            for (const double value : series.low) extent.add(value, axis.log);
    }
    return {axis, extent.low, extent.high};
}

std::string text_element(double x, double y, const std::string& kind, const std::string& text,
                         const std::string& more = "") {
    return "<text x=\"" + pixels(x) + "\" y=\"" + pixels(y) + "\" class=\"" + kind + "\"" + more + ">" + escaped(text) +
           "</text>\n";
}

std::string line_element(double x1, double y1, double x2, double y2, const std::string& kind) {
    return "<line x1=\"" + pixels(x1) + "\" y1=\"" + pixels(y1) + "\" x2=\"" + pixels(x2) + "\" y2=\"" + pixels(y2) +
           "\" class=\"" + kind + "\"/>\n";
}

bool is_free(const Panel& panel) { return panel.series.empty() && panel.raster.empty() && panel.title.empty(); }

/// Draws one panel into its field.
class Field {
public:
    Field(const Panel& panel, const Box& box, std::string clip)
        : panel_(panel), box_(box), clip_(std::move(clip)), x_(ruler_of(panel, false)), y_(ruler_of(panel, true)) {}

    [[nodiscard]] std::string svg() const {
        std::string out = "<clipPath id=\"" + clip_ + "\"><rect " + rectangle() + "/></clipPath>\n";
        out += "<rect " + rectangle() + " class=\"field\"/>\n" + vertical_ticks() + horizontal_ticks();
        out += "<g clip-path=\"url(#" + clip_ + ")\">\n" + raster();
        bool anything = !panel_.raster.empty();
        for (const Series& series : panel_.series) {
            const std::string one = drawn(series);
            anything = anything || !one.empty();
            out += one;
        }
        out += "</g>\n";
        if (!anything) {
            out += text_element(box_.left + box_.width / 2, box_.top + box_.height / 2, "tick mid",
                                "no values that can be drawn");
        }
        return out + notes() + titles();
    }

private:
    [[nodiscard]] std::string rectangle() const {
        return "x=\"" + pixels(box_.left) + "\" y=\"" + pixels(box_.top) + "\" width=\"" + pixels(box_.width) +
               "\" height=\"" + pixels(box_.height) + "\"";
    }
    [[nodiscard]] double across(double value) const { return box_.left + x_.place(value) * box_.width; }
    [[nodiscard]] double down(double value) const { return box_.top + (1.0 - y_.place(value)) * box_.height; }

    [[nodiscard]] std::string horizontal_ticks() const {
        std::string out;
        const double bottom = box_.top + box_.height;
        double taken = -HUGE_VAL;  // by texts further left
        for (const Tick& tick : x_.ticks(static_cast<std::size_t>(std::max(2.0, box_.width / 75.0)))) {
            const double x = across(tick.value);
            if (tick.text.empty())
                out += line_element(x, bottom - 4, x, bottom, "rule");
            else
                out += line_element(x, box_.top, x, bottom, "grid");
            const double half = 0.5 * letter * static_cast<double>(character_count(tick.text));
            const bool fits = x - half > taken && x + half < box_.left + box_.width + 1.5 * edge;
            if (tick.text.empty() || panel_.x.silent || !fits) continue;
            out += text_element(x, bottom + 17, "tick mid", tick.text);
            taken = x + half;
        }
        return out;
    }

    [[nodiscard]] std::string vertical_ticks() const {
        std::string out;
        for (const Tick& tick : y_.ticks(static_cast<std::size_t>(std::max(3.0, box_.height / 38.0)))) {
            const double y = down(tick.value);
            if (tick.text.empty())
                out += line_element(box_.left, y, box_.left + 4, y, "rule");
            else if (panel_.y.names.empty())
                out += line_element(box_.left, y, box_.left + box_.width, y, "grid");
            if (!tick.text.empty() && !panel_.y.silent)
                out += text_element(box_.left - 7, y + 4.5, "tick end", tick.text);
        }
        return out;
    }

    [[nodiscard]] std::string titles() const {
        std::string out;
        const double middle = box_.left + box_.width / 2;
        if (!panel_.title.empty()) out += text_element(box_.left, box_.top - 7, "name", panel_.title);
        if (!panel_.x.title.empty() && !panel_.x.silent)
            out += text_element(middle, box_.top + box_.height + tick_room + 15, "axis mid", panel_.x.title);
        if (!panel_.y.title.empty() && !panel_.y.silent) {
            const std::string x = pixels(left_ - 4), y = pixels(box_.top + box_.height / 2);
            out += "<text x=\"" + x + "\" y=\"" + y + "\" class=\"axis mid\" transform=\"rotate(-90 " + x + " " + y +
                   ")\">" + escaped(panel_.y.title) + "</text>\n";
        }
        return out;
    }

    [[nodiscard]] std::string raster() const {
        if (panel_.raster.empty()) return "";
        const double left = across(panel_.raster.left), right = across(panel_.raster.right);
        const double bottom = down(panel_.raster.bottom), top = down(panel_.raster.top);
        return "<image x=\"" + pixels(left) + "\" y=\"" + pixels(top) + "\" width=\"" + pixels(right - left) +
               "\" height=\"" + pixels(bottom - top) + "\" preserveAspectRatio=\"none\" class=\"raster\" href=\"" +
               data_address(panel_.raster) + "\"/>\n";
    }

    [[nodiscard]] std::vector<Spot> spots(const std::vector<double>& x, const std::vector<double>& y) const {
        std::vector<Spot> spots;
        for (std::size_t i = 0; i < std::min(x.size(), y.size()); ++i) spots.push_back({across(x[i]), down(y[i])});
        return spots;
    }

    [[nodiscard]] std::string drawn(const Series& series) const {
        const std::string colour = std::to_string(series.colour);
        const std::string faint = series.opacity < 1.0 ? " opacity=\"" + to_share(series.opacity) + "\"" : "";
        const std::string width = " stroke-width=\"" + pixels(series.size) + "\"";
        std::string path;
        switch (series.mark) {
            case Mark::line:
                path = line_path(spots(series.x, series.y));
                return wrapped(path, "line s" + colour + (series.dashed ? " dash" : ""), width + faint);
            case Mark::dots:
                return wrapped(dot_path(spots(series.x, series.y)), "dot s" + colour, width + faint);
            case Mark::band:
                path = band_path(spots(series.x, series.y), spots(series.x, series.low));
                return wrapped(path, "f" + colour, faint);
            case Mark::bars:
                return wrapped(bar_path(series), "f" + colour, faint);
            case Mark::area:
                return wrapped(area_path(spots(series.x, series.y)), "f" + colour, faint);
        }
        return "";
    }

    [[nodiscard]] static std::string to_share(double opacity) { return value_text(std::clamp(opacity, 0.01, 1.0), 2); }

    [[nodiscard]] static std::string wrapped(const std::string& path, const std::string& kind,
                                             const std::string& more) {
        return path.empty() ? "" : "<path d=\"" + path + "\" class=\"" + kind + "\"" + more + "/>\n";
    }

    [[nodiscard]] std::string bar_path(const Series& series) const {
        std::string path;
        for (std::size_t i = 0; i < std::min(series.x.size(), series.y.size()); ++i) {
            const Spot end{across(series.x[i]), down(series.y[i])};
            if (!end.drawable()) continue;
            path += "M" + pixels(box_.left) + " " + pixels(end.y - series.size / 2) + "H" + pixels(end.x) + "v" +
                    pixels(series.size) + "H" + pixels(box_.left) + "z";
        }
        return path;
    }

    [[nodiscard]] static Box place_of(const PlotNote& note, const Spot& at) {
        const double width = letter * static_cast<double>(character_count(note.text));
        switch (note.side) {
            case PlotNote::Side::left:
                return {at.x - gap - width, at.y - note_height / 2, width, note_height};
            case PlotNote::Side::above:
                return {at.x - width / 2, at.y - note_height - 7, width, note_height};
            case PlotNote::Side::right:
                break;
        }
        return {at.x + gap, at.y - note_height / 2, width, note_height};
    }

    /// A note moves up or down by lines until it covers no other and no place that another belongs to.
    [[nodiscard]] std::string notes() const {
        std::vector<Box> taken;
        for (const PlotNote& note : panel_.notes) taken.push_back({across(note.x) - 5, down(note.y) - 5, 10, 10});
        std::string out;
        for (const PlotNote& note : panel_.notes) {
            const Spot at{across(note.x), down(note.y)};
            if (!at.drawable()) continue;
            Box box = place_of(note, at);
            const double wanted = box.top;
            for (const double lines : {0.0, -0.8, 0.8, -1.6, 1.6, -2.4, 2.4}) {
                box.top = wanted + lines * note_height;
                if (std::none_of(taken.begin(), taken.end(), [&](const Box& other) { return overlap(box, other); }))
                    break;
            }
            taken.push_back(box);
            out += note_text(note, box);
        }
        return out;
    }

    [[nodiscard]] static bool overlap(const Box& a, const Box& b) {
        return a.left < b.left + b.width && b.left < a.left + a.width && a.top < b.top + b.height - 1.0 &&
               b.top < a.top + a.height - 1.0;
    }

    [[nodiscard]] static std::string note_text(const PlotNote& note, const Box& box) {
        const std::string colour = " t" + std::to_string(note.colour);
        const double y = box.top + box.height - 3.5;
        switch (note.side) {
            case PlotNote::Side::left:
                return text_element(box.left + box.width, y, "note end" + colour, note.text);
            case PlotNote::Side::above:
                return text_element(box.left + box.width / 2, y, "note mid" + colour, note.text);
            case PlotNote::Side::right:
                break;
        }
        return text_element(box.left, y, "note" + colour, note.text);
    }

public:
    /// Room that the text left of the field needs.
    [[nodiscard]] double text_width() const {
        if (panel_.y.silent) return 0.0;
        std::size_t longest = 0;
        for (const Tick& tick : y_.ticks(static_cast<std::size_t>(std::max(3.0, panel_.height / 38.0))))
            longest = std::max(longest, character_count(tick.text));
        return letter * static_cast<double>(longest) + 10.0 + (panel_.y.title.empty() ? 0.0 : title_room);
    }
    /// Where the title of the vertical axis stands: the left edge of its column.
    void set_left(double left) { left_ = left + title_room - 4; }

private:
    const Panel& panel_;
    Box box_;
    std::string clip_;
    Ruler x_, y_;
    double left_ = 0.0;
};

/// The names of the series in rows of swatches and words.
class Legend {
public:
    explicit Legend(const Chart& chart) {
        std::set<std::string> seen;
        double x = 0.0;
        for (const Panel& panel : chart.panels) {
            for (const Series& series : panel.series) {
                if (series.name.empty() || !seen.insert(series.name).second) continue;
                const auto most = static_cast<std::size_t>(std::max(8.0, (chart.width - 36.0) / letter));
                const std::string name = shortened(series.name, most);
                const double width = 36.0 + letter * static_cast<double>(character_count(name)) + 18.0;
                if (x > 0.0 && x + width > chart.width) {
                    x = 0.0;
                    ++rows_;
                }
                entries_.push_back({&series, name, x, rows_});
                x += width;
            }
        }
    }

    [[nodiscard]] double height() const {
        return entries_.empty() ? 0.0 : line_height * static_cast<double>(rows_ + 1) + 8.0;
    }

    [[nodiscard]] std::string svg() const {
        std::string out;
        for (const Entry& entry : entries_) {
            const double y = line_height * static_cast<double>(entry.row) + 10.0;
            out += swatch(*entry.series, entry.x, y) + text_element(entry.x + 34, y + 4.5, "key", entry.name);
        }
        return out;
    }

private:
    struct Entry {
        const Series* series;
        std::string name;
        double x;
        std::size_t row;
    };

    [[nodiscard]] static std::string swatch(const Series& series, double x, double y) {
        const std::string colour = std::to_string(series.colour);
        const std::string faint = " opacity=\"" + value_text(std::clamp(series.opacity, 0.3, 1.0), 2) + "\"";
        if (series.mark == Mark::band || series.mark == Mark::bars || series.mark == Mark::area) {
            return "<path d=\"M" + pixels(x) + " " + pixels(y - 5) + "h26v10h-26z\" class=\"f" + colour + "\"" + faint +
                   "/>\n";
        }
        const bool dots = series.mark == Mark::dots;
        const double size = dots ? std::clamp(series.size, 5.0, 9.0) : series.size;
        const double from = dots ? x + 13 : x + size / 2, length = dots ? 0.0 : 26.0 - size;  // ends are round
        const std::string kind = dots ? "dot s" : series.dashed ? "dash line s" : "line s";
        return "<path d=\"M" + pixels(from) + " " + pixels(y) + "h" + pixels(length) + "\" class=\"" + kind + colour +
               "\" stroke-width=\"" + pixels(size) + "\"" + faint + "/>\n";
    }

    std::vector<Entry> entries_;
    std::size_t rows_ = 0;
};

/// Places of all panels of a chart.
class Layout {
public:
    Layout(const Chart& chart, double top) : chart_(chart), columns_(std::max<std::size_t>(chart.columns, 1)) {
        double text = 0.0;
        for (std::size_t column = 0; column < columns_; ++column) text += margin_of(column) + edge;
        const double gaps = column_gap * static_cast<double>(columns_ - 1);
        const double field = (chart.width - gaps - text) / static_cast<double>(columns_);  // all are equally wide
        for (std::size_t first = 0; first < chart.panels.size(); first += columns_) {
            top += room_above(first);
            double left = 0.0;
            for (std::size_t i = first; i < std::min(first + columns_, chart.panels.size()); ++i) {
                const double margin = margin_of(i - first);
                lefts_.push_back(left);
                boxes_.push_back({left + margin, top, field, chart.panels[first].height});
                left += margin + field + edge + column_gap;
            }
            top += chart.panels[first].height + room_below(first);
        }
        height_ = top - chart.row_gap;
    }

    [[nodiscard]] const Box& box(std::size_t panel) const { return boxes_[panel]; }
    [[nodiscard]] double left(std::size_t panel) const { return lefts_[panel]; }
    [[nodiscard]] double height() const { return height_; }

private:
    /// Fields of a column begin at the same place.
    [[nodiscard]] double margin_of(std::size_t column) const {
        double margin = 8.0;
        for (std::size_t i = column; i < chart_.panels.size(); i += columns_) {
            if (is_free(chart_.panels[i])) continue;
            margin = std::max(margin, Field(chart_.panels[i], {}, "").text_width());
        }
        return margin;
    }
    [[nodiscard]] double room_above(std::size_t first) const {
        for (std::size_t i = first; i < std::min(first + columns_, chart_.panels.size()); ++i)
            if (!chart_.panels[i].title.empty()) return title_room;
        return 8.0;
    }
    [[nodiscard]] double room_below(std::size_t first) const {
        double room = 0.0;
        for (std::size_t i = first; i < std::min(first + columns_, chart_.panels.size()); ++i) {
            const Panel& panel = chart_.panels[i];
            if (is_free(panel) || panel.x.silent) continue;
            room = std::max(room, tick_room + (panel.x.title.empty() ? 0.0 : title_room));
        }
        return room + chart_.row_gap;
    }

    const Chart& chart_;
    std::size_t columns_;
    std::vector<Box> boxes_;
    std::vector<double> lefts_;
    double height_ = 0.0;
};

}  // namespace

std::string to_svg(const Chart& chart, const std::string& id) {
    const Legend legend(chart);
    const Layout layout(chart, legend.height());
    std::string out = "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"chart\" viewBox=\"0 0 " + pixels(chart.width) +
                      " " + pixels(layout.height()) + "\" role=\"img\" aria-labelledby=\"" + id + "-title " + id +
                      "-description\">\n<title id=\"" + id + "-title\">" + escaped(chart.title) +
                      "</title>\n<desc id=\"" + id + "-description\">" + escaped(chart.description) + "</desc>\n" +
                      legend.svg();
    for (std::size_t i = 0; i < chart.panels.size(); ++i) {
        if (is_free(chart.panels[i])) continue;
        Field field(chart.panels[i], layout.box(i), id + "-field-" + std::to_string(i));
        field.set_left(layout.left(i));
        out += field.svg();
    }
    return out + "</svg>\n";
}

}  // namespace ism::explain
