#include "ticks.hpp"

#include <algorithm>
#include <cmath>

#include "markup.hpp"

namespace ism::explain {
namespace {

/// 1, 2 or 5 times a power of ten, not below `least`.
double round_step(double least) {
    const double decade = std::pow(10.0, std::floor(std::log10(least)));
    for (const double factor : {1.0, 2.0, 5.0}) {
        if (factor * decade >= least * (1.0 - 1e-9)) return factor * decade;
    }
    return 10.0 * decade;
}

std::string signed_text(double value, int digits = 12) {
    const std::string text = value_text(std::abs(value), digits);
    return value < 0.0 ? "−" + text : text;
}

/// A decade without exponent between 0.001 and 1000.
std::string decade_text(int power) {
    return power >= -3 && power <= 3 ? value_text(std::pow(10.0, power)) : "10" + superscript(power);
}

}  // namespace

Ruler::Ruler(const PlotAxis& axis, double low, double high) : axis_(axis) {
    constexpr double largest = 1e300;  // differences of such values stay finite
    const auto usable = [&](double value) { return std::abs(value) <= largest && (!axis.log || value > 0.0); };
    if (!usable(low) || !usable(high)) {
        low = axis.log ? 0.1 : 0.0;
        high = 1.0;
    }
    if (axis.log) {
        const double room = std::pow(high / low, 0.03);
        low_ = low / room;
        high_ = high * room;
    } else {
        low_ = low - 0.04 * (high - low);
        high_ = high + 0.04 * (high - low);
    }
    if (usable(axis.low)) low_ = axis.low;
    if (usable(axis.high)) high_ = axis.high;
    if (high_ > low_ && (axis.log ? high_ / low_ > 1.0 + 1e-12 : high_ - low_ > 1e-12 * std::abs(high_))) return;
    low_ = axis.log ? low_ / 2.0 : low_ - std::max(0.5, 0.5 * std::abs(low_));
    high_ = axis.log ? 4.0 * low_ : low_ + 2.0 * std::max(0.5, std::abs(low_));
}

double Ruler::place(double value) const {
    if (!std::isfinite(value) || (axis_.log && !(value > 0.0))) return from_data;
    return axis_.log ? std::log(value / low_) / std::log(high_ / low_) : (value - low_) / (high_ - low_);
}

bool Ruler::inside(double value) const {
    const double at = place(value);
    return at >= -1e-9 && at <= 1.0 + 1e-9;
}

std::vector<Tick> Ruler::ticks(std::size_t count) const {
    if (axis_.names.empty()) return axis_.log ? log_ticks(count) : linear_ticks(count);
    std::vector<Tick> ticks;
    for (const auto& [value, name] : axis_.names) {
        if (inside(value)) ticks.push_back({value, name});
    }
    return ticks;
}

std::vector<Tick> Ruler::linear_ticks(std::size_t count) const {
    const double span = high_ - low_;
    double step = round_step(span / static_cast<double>(std::max<std::size_t>(count, 2)));
    if (span < 2.5 * step) step = round_step(span / 5.0);  // fewer than three ticks tell no distance
    std::vector<Tick> ticks;
    const double first = std::ceil(low_ / step - 1e-9);
    for (int i = 0; i < 1000; ++i) {
        const double value = (first + i) * step;
        if (!inside(value)) break;
        ticks.push_back({value, signed_text(value)});
    }
    return ticks;
}

std::vector<Tick> Ruler::log_ticks(std::size_t count) const {
    const int first = static_cast<int>(std::floor(std::log10(low_) + 1e-9));
    const int last = static_cast<int>(std::floor(std::log10(high_) + 1e-9));
    const double decades = std::log10(high_ / low_);
    if (decades < 0.5) return linear_ticks(count);
    const double texts = static_cast<double>(std::max<std::size_t>(count, 1));
    const int every = std::max(1, static_cast<int>(std::ceil((decades - 0.5) / texts)));  // half a decade has none
    const bool mantissas = decades < 2.2;
    std::vector<Tick> ticks;
    for (int power = first; power <= last; ++power) {
        const double decade = std::pow(10.0, power);
        const bool named = ((power % every) + every) % every == 0;
        if (inside(decade)) ticks.push_back({decade, named ? decade_text(power) : ""});
        if (every > 1) continue;
        for (int k = 2; k <= 9; ++k) {
            const bool worded = mantissas && (k == 2 || k == 5);
            if (inside(k * decade)) ticks.push_back({k * decade, worded ? value_text(k * decade) : ""});
        }
    }
    return ticks;
}

}  // namespace ism::explain
