#include <ism/base/text.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace ism {
namespace {

template <class... Format>
std::string formatted(double value, Format... format) {
    if (std::isnan(value)) return "nan";
    std::array<char, 64> buffer{};
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, format...).ptr;
    return {buffer.data(), end};
}

/// Bytes of the UTF-8 character at the begin of `text`; 0 where there is none (RFC 3629).
std::size_t character_size(std::string_view text) {
    const auto byte = [text](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
    const unsigned first = byte(0), second = byte(1);
    if (first < 0x80) return 1;
    const std::size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4) return 0;
    const bool overlong = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
    const bool beyond = (first == 0xed && second > 0x9f) || (first == 0xf4 && second > 0x8f);
    for (std::size_t i = 1; i < size; ++i) {
        if ((byte(i) & 0xc0U) != 0x80U) return 0;
    }
    return overlong || beyond ? 0 : size;
}

constexpr bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f'; }

}  // namespace

std::string to_text(double value) { return formatted(value); }

std::string to_scientific(double value) { return formatted(value, std::chars_format::scientific); }

std::string to_text(double value, int digits) { return formatted(value, std::chars_format::general, digits); }

std::optional<double> number_from(std::string_view text) {
    text = trimmed(text);
    if (text.starts_with("+") && !text.starts_with("+-")) text.remove_prefix(1);  // from_chars takes no plus
    if (text.empty()) return std::nullopt;
    std::string fortran(text);  // Fortran writes 1.0D-03
    for (char& c : fortran) {
        if (c == 'D' || c == 'd') c = 'e';
    }
    double value = 0.0;
    const char* end = fortran.data() + fortran.size();
    const auto result = std::from_chars(fortran.data(), end, value);
    if (result.ptr != end) return std::nullopt;
    if (result.ec == std::errc::result_out_of_range) {  // 1e-400 is a number: it underflows to 0; 1e400 is refused
        const bool tiny = fortran.find("e-") != std::string::npos || fortran.find("E-") != std::string::npos;
        return tiny ? std::optional<double>(0.0) : std::nullopt;
    }
    if (result.ec != std::errc{}) return std::nullopt;
    return value;
}

std::vector<std::string_view> words(std::string_view line) {
    std::vector<std::string_view> found;
    std::size_t i = 0;
    while (i < line.size()) {
        while (i < line.size() && is_blank(line[i])) ++i;
        const std::size_t start = i;
        while (i < line.size() && !is_blank(line[i])) ++i;
        if (i > start) found.push_back(line.substr(start, i - start));
    }
    return found;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    std::size_t start = 0;
    for (std::size_t i = 0; i <= text.size(); ++i) {
        if (i == text.size() || text[i] == separator) {
            parts.push_back(text.substr(start, i - start));
            start = i + 1;
        }
    }
    return parts;
}

std::vector<std::string_view> lines(std::string_view text) {
    if (text.empty()) return {};
    if (text.back() == '\n') text.remove_suffix(1);
    auto found = split(text, '\n');
    for (auto& line : found) {
        if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    }
    return found;
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
    return text;
}

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const std::size_t size = character_size(text);
        if (size == 0) return false;
        text.remove_prefix(size);
    }
    return true;
}

std::string valid_utf8(std::string_view text) {
    std::string valid;
    while (!text.empty()) {
        const std::size_t size = character_size(text);
        valid += size == 0 ? std::string_view("\xef\xbf\xbd") : text.substr(0, size);
        text.remove_prefix(std::max<std::size_t>(size, 1));
    }
    return valid;
}

}  // namespace ism
