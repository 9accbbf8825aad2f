#include "words.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace ism::explain {
namespace {

/// Two or more significant digits, whole numbers from 100 on.
std::string short_number(double value) {
    std::array<char, 48> text{};
    const double size = std::abs(value);
    const int digits = size >= 99.95 ? 0 : size >= 9.995 ? 1 : size >= 0.9995 ? 2 : size >= 0.09995 ? 2 : 3;
    std::snprintf(text.data(), text.size(), "%.*f", digits, value);
    return text.data();
}

}  // namespace

std::string percent(double share) {
    if (std::isnan(share)) return "-";
    if (std::isinf(share)) return "not finite";
    const double value = 100.0 * share;
    if (value == 0.0) return "0 %";
    if (value < 0.001) return number(value, 2) + " %";
    return short_number(value) + " %";
}

std::string bytes_text(double bytes) {
    constexpr std::array units{"B", "kB", "MB", "GB", "TB"};
    std::size_t unit = 0;
    while (bytes >= 999.5 && unit + 1 < units.size()) {
        bytes /= 1000.0;
        ++unit;
    }
    return (unit == 0 ? number(bytes, 3) : short_number(bytes)) + " " + units[unit];
}

std::string seconds_text(double seconds) {
    if (seconds < 1e-3) return short_number(1e6 * seconds) + " us";
    if (seconds < 1.0) return short_number(1e3 * seconds) + " ms";
    if (seconds < 99.95) return short_number(seconds) + " s";
    if (seconds < 3600.0) {
        const long whole = std::lround(seconds);
        return std::to_string(whole / 60) + " min " + std::to_string(whole % 60) + " s";
    }
    return short_number(seconds / 3600.0) + " h";
}

std::string number(double value, int digits) {
    std::array<char, 48> text{};
    const double size = std::abs(value);
    if (size != 0.0 && (size < 1e-3 || size >= 1e5))
        std::snprintf(text.data(), text.size(), "%.*e", digits - 1, value);
    else
        std::snprintf(text.data(), text.size(), "%.*g",
                      std::max(digits, size >= 1.0 ? static_cast<int>(std::log10(size)) + 1 : digits), value);
    return text.data();
}

std::string grouped(std::size_t count) {
    std::string digits = std::to_string(count);
    for (std::size_t place = digits.size(); place > 3;) digits.insert(place -= 3, ",");
    return digits;
}

}  // namespace ism::explain
