#include "markup.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>

#include <ism/base/text.hpp>

namespace ism::explain {
namespace {

constexpr const char* replacement = "\xEF\xBF\xBD";  // U+FFFD

bool continues(std::string_view text, std::size_t first, std::size_t count) {
    if (first + count > text.size()) return false;
    return std::all_of(text.begin() + static_cast<std::ptrdiff_t>(first),
                       text.begin() + static_cast<std::ptrdiff_t>(first + count),
                       [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; });
}

/// Bytes of the UTF-8 character at i that XML allows; 0 where there is none (RFC 3629: no surrogates, no long forms).
std::size_t character_length(std::string_view text, std::size_t i) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0U;
    if (lead < 0x80U) return lead >= 0x20U || lead == '\n' || lead == '\t' ? 1 : 0;
    if (lead >= 0xC2U && lead <= 0xDFU) return continues(text, i + 1, 1) ? 2 : 0;
    if (lead >= 0xE0U && lead <= 0xEFU) {
        const bool no_character = text.substr(i, 3) == "\xEF\xBF\xBE" || text.substr(i, 3) == "\xEF\xBF\xBF";
        const bool forbidden = (lead == 0xE0U && next < 0xA0U) || (lead == 0xEDU && next >= 0xA0U) || no_character;
        return continues(text, i + 1, 2) && !forbidden ? 3 : 0;
    }
    if (lead >= 0xF0U && lead <= 0xF4U) {
        const bool forbidden = (lead == 0xF0U && next < 0x90U) || (lead == 0xF4U && next >= 0x90U);
        return continues(text, i + 1, 3) && !forbidden ? 4 : 0;
    }
    return 0;
}

std::string entity(char c) {
    switch (c) {
        case '&':
            return "&amp;";
        case '<':
            return "&lt;";
        case '>':
            return "&gt;";
        case '"':
            return "&quot;";
        case '\'':
            return "&#39;";
        default:
            return {c};
    }
}

/// One factor of a unit, "s-1" -> "s⁻¹".
std::string factor_text(std::string_view word) {
    const std::size_t letters = word.find_first_of("-+0123456789");
    std::string name(word.substr(0, letters));
    if (name == "um") name = "µm";
    if (name == "Angstrom") name = "Å";
    if (letters == std::string_view::npos || letters == 0) return letters == 0 ? std::string(word) : name;
    const auto power = number_from(word.substr(letters));
    if (!power || *power != std::round(*power) || std::abs(*power) > 99) return std::string(word);
    return name + superscript(static_cast<int>(*power));
}

}  // namespace

std::string escaped(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t length = character_length(text, i);
        if (length == 0)
            out += replacement;
        else if (length == 1)
            out += entity(text[i]);
        else
            out += text.substr(i, length);
        i += std::max<std::size_t>(length, 1);
    }
    return out;
}

std::string pixels(double value) {
    std::array<char, 64> text{};
    const double bounded = std::isfinite(value) ? std::clamp(value, -1e5, 1e5) : 0.0;
    const double rounded = std::round(10.0 * bounded) / 10.0 + 0.0;  // + 0.0: no "-0"
    auto* const end = std::to_chars(text.data(), text.data() + text.size(), rounded).ptr;
    return {text.data(), end};
}

std::string superscript(int value) {
    static constexpr std::array<const char*, 10> digits{"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
    std::string text = value < 0 ? "⁻" : "";
    for (const char c : std::to_string(std::abs(value))) text += digits.at(static_cast<std::size_t>(c - '0'));
    return text;
}

std::string unit_text(std::string_view unit) {
    std::string text;
    for (const auto word : words(unit)) text += (text.empty() ? "" : " ") + factor_text(word);
    return text;
}

std::string with_unit(const std::string& name, std::string_view unit) {
    return unit.empty() ? name : name + " [" + unit_text(unit) + "]";
}

std::string value_text(double value, int digits) {
    if (!std::isfinite(value)) return "–";
    const double size = std::abs(value);
    if (size == 0.0 || (size >= 1e-3 && size < 1e4)) {
        const double place = size > 0.0 ? std::pow(10.0, digits - 1 - std::floor(std::log10(size))) : 1.0;
        return to_text(place < 1.0 ? std::round(value) : std::round(value * place) / place, 12);
    }
    const int power = static_cast<int>(std::floor(std::log10(size) + 1e-12));
    const std::string mantissa = to_text(value / std::pow(10.0, power), digits);
    return (mantissa == "1" ? "" : mantissa + "×") + "10" + superscript(power);
}

std::size_t character_count(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string shortened(const std::string& text, std::size_t characters) {
    if (character_count(text) <= characters) return text;
    std::size_t seen = 0, end = 0;
    for (; end < text.size(); ++end) {
        if ((static_cast<unsigned char>(text[end]) & 0xC0U) != 0x80U && ++seen >= characters) break;
    }
    return text.substr(0, end) + "…";
}

}  // namespace ism::explain
