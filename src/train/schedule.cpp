#include "train/schedule.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace ism::train {
namespace {

double share(double part, double whole) { return std::clamp(part / whole, 0.0, 1.0); }

}  // namespace

double Schedule::progress(std::size_t step, double seconds) const noexcept {
    const double by_steps = share(static_cast<double>(step), static_cast<double>(steps_));
    return budget_ > 0 ? std::max(by_steps, share(seconds, budget_)) : by_steps;
}

double Schedule::rate(std::size_t step, double seconds) const noexcept {
    const double rise = std::min(1.0, static_cast<double>(step + 1) / static_cast<double>(warm_up_ + 1));
    return highest_ * rise * 0.5 * (1 + std::cos(std::numbers::pi * progress(step, seconds)));
}

bool Schedule::hurried(std::size_t step, double seconds) const noexcept {
    return progress(step, seconds) > share(static_cast<double>(step), static_cast<double>(steps_));
}

}  // namespace ism::train
