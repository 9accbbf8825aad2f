#include <ism/io/excerpt.hpp>

#include <algorithm>

namespace ism::io {
namespace {

constexpr std::size_t shown_width = 100;  // bytes of a line that are shown

struct Line {
    std::size_t begin = 0, end = 0;  // without the line's end
};

Line line_around(std::string_view text, std::size_t position) {
    position = std::min(position, text.size());
    const std::size_t before = position == 0 ? std::string_view::npos : text.rfind('\n', position - 1);
    Line line{before == std::string_view::npos ? 0 : before + 1, std::min(text.find('\n', position), text.size())};
    if (line.end > line.begin && text[line.end - 1] == '\r') --line.end;
    return line;
}

/// Control characters and tabs become blanks, so that the caret stays below its place.
std::string printable(std::string_view part) {
    std::string shown(part);
    for (char& c : shown) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
    }
    return shown;
}

std::string numbered(std::size_t number, bool marked, std::string_view content) {
    std::string digits = std::to_string(number);
    if (digits.size() < 5) digits.insert(0, 5 - digits.size(), ' ');
    return (marked ? "\n  >" : "\n   ") + digits + " | " + printable(content);
}

}  // namespace

std::size_t line_number(std::string_view text, std::size_t begin) {
    begin = std::min(begin, text.size());
    return 1 +
           static_cast<std::size_t>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(begin), '\n'));
}

std::string excerpt(std::string_view text, std::size_t begin, std::size_t length) {
    const Line line = line_around(text, begin);
    const std::size_t number = line_number(text, line.begin), column = std::min(begin, line.end) - line.begin;
    const std::size_t skipped = column + length <= shown_width ? 0 : column - std::min<std::size_t>(column, 40);
    const auto visible = [&](const Line& l) {
        const std::string_view whole = text.substr(l.begin, l.end - l.begin);
        return skipped >= whole.size() ? std::string_view{} : whole.substr(skipped, shown_width);
    };
    std::string shown;
    if (line.begin > 0) shown += numbered(number - 1, false, visible(line_around(text, line.begin - 1)));
    const std::string_view content = visible(line);
    shown += numbered(number, true, content);
    const std::size_t margin = std::max<std::size_t>(5, std::to_string(number).size()) + 3;
    const std::size_t room = content.size() > column - skipped ? content.size() - (column - skipped) : 1;
    return shown + "\n" + std::string(margin, ' ') + " | " + std::string(column - skipped, ' ') +
           std::string(std::clamp<std::size_t>(length, 1, room), '^');
}

}  // namespace ism::io
