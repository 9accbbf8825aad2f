#include <ism/infer/prior.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>

#include <ism/base/errors.hpp>
#include <ism/base/text.hpp>
#include <ism/infer/normal.hpp>

namespace ism::infer {
namespace {

constexpr double infinity = Prior::infinity;

[[noreturn]] void refuse(const std::string& found, const std::string& allowed) {
    throw InputError({.where = "prior", .found = found, .allowed = allowed});
}

void check_bounds(double low, double high, bool may_be_infinite) {
    const bool finite = std::isfinite(low) && std::isfinite(high);
    if (!(low < high) || !(finite || may_be_infinite))
        refuse("bounds " + to_text(low) + " .. " + to_text(high), "two finite numbers, the smaller first");
}

void check_positive(const std::string& what, double value) {
    if (!(value > 0) || !std::isfinite(value)) refuse(what + " " + to_text(value), "a positive number");
}

void check_finite(const std::string& what, double value) {
    if (!std::isfinite(value)) refuse(what + " " + to_text(value), "a finite number");
}

/// z with Phi(z) : Phi(-z) = below : above, both >= 0; infinite where one is 0.
double normal_quantile_between(double below, double above) {
    const double smaller = std::min(below, above) / (below + above);
    const double distance = smaller > 0 ? -normal_quantile(smaller) : infinity;
    return below < above ? -distance : distance;
}

}  // namespace

Prior::Prior(Shape shape, Scale scale, double low, double high, double mean, double width)
    : shape_(shape),
      scale_(scale),
      low_(low),
      high_(high),
      s_low_(scale == Scale::log ? std::log(low) : low),
      s_high_(scale == Scale::log ? std::log(high) : high),
      mean_(mean),
      width_(width) {
    if (std::isfinite(s_low_) && std::isfinite(s_high_)) {
        map_ = Map::probit, unit_ = s_high_ - s_low_;
    } else {
        map_ = std::isfinite(s_low_) ? Map::above_low : std::isfinite(s_high_) ? Map::below_high : Map::affine;
        unit_ = width_;
    }
    log_unit_ = is_fixed() ? 0 : std::log(unit_);
    if (shape == Shape::flat) log_norm_ = log_unit_;
    if (shape == Shape::normal) {
        log_norm_ = log_normal_mass((s_low_ - mean_) / width_, (s_high_ - mean_) / width_);
        if (!std::isfinite(log_norm_)) refuse(str(), "bounds between which there is some of the normal distribution");
        log_norm_ += std::log(width_);
    }
}

Prior Prior::fixed(double value) {
    check_finite("value", value);
    return {Shape::fixed, Scale::linear, value, value, value, 1};
}

Prior Prior::uniform(double low, double high) {
    check_bounds(low, high, false);
    return {Shape::flat, Scale::linear, low, high, 0, 1};
}

Prior Prior::log_uniform(double low, double high) {
    check_bounds(low, high, false);
    check_positive("lower bound", low);
    return {Shape::flat, Scale::log, low, high, 0, 1};
}

Prior Prior::normal(double mean, double width, double low, double high) {
    check_finite("mean", mean);
    check_positive("width", width);
    check_bounds(low, high, true);
    return {Shape::normal, Scale::linear, low, high, mean, width};
}

Prior Prior::log_normal(double median, double width, double low, double high) {
    check_positive("median", median);
    check_positive("width", width);
    check_bounds(low, high, true);
    if (!(low >= 0)) refuse("lower bound " + to_text(low), "0 or a positive number");
    return {Shape::normal, Scale::log, low, high, std::log(median), width};
}

Prior Prior::over(const Parameter& parameter) {
    return parameter.scale == Scale::log ? log_uniform(parameter.low, parameter.high)
                                         : uniform(parameter.low, parameter.high);
}

Prior Prior::within(double low, double high) const {
    const double new_low = std::max(low, low_), new_high = std::min(high, high_);
    const bool something_left = is_fixed() ? new_low <= new_high : new_low < new_high;
    if (!something_left) refuse(str() + " has nothing within " + to_text(low) + " .. " + to_text(high), "an overlap");
    return {shape_, scale_, new_low, new_high, mean_, width_};
}

std::string Prior::str() const {
    const std::string bounds = " in " + to_text(low_, 6) + " .. " + to_text(high_, 6);
    if (is_fixed()) return "fixed at " + to_text(low_, 6);
    const std::string log = scale_ == Scale::log ? "log-" : "";
    if (shape_ == Shape::flat) return log + "uniform" + bounds;
    const double centre = scale_ == Scale::log ? std::exp(mean_) : mean_;
    return log + "normal around " + to_text(centre, 6) + ", width " + to_text(width_, 6) +
           (std::isfinite(s_low_) || std::isfinite(s_high_) ? bounds : "");
}

double Prior::to_scale(double x) const noexcept { return scale_ == Scale::log ? std::log(x) : x; }

double Prior::from_scale_value(double s) const noexcept {
    return std::clamp(scale_ == Scale::log ? std::exp(s) : s, low_, high_);
}

double Prior::log_density_on_scale(double s) const noexcept {
    if (shape_ == Shape::flat) return -log_norm_;
    return log_normal_density((s - mean_) / width_) - log_norm_;
}

double Prior::log_density_slope_on_scale(double s) const noexcept {
    return shape_ == Shape::flat ? 0 : -(s - mean_) / (width_ * width_);
}

double Prior::log_density(double x) const noexcept {
    if (!(x >= low_ && x <= high_) || (scale_ == Scale::log && !(x > 0))) return -infinity;
    const double s = to_scale(x);
    return log_density_on_scale(s) - (scale_ == Scale::log ? s : 0);  // ds / dx = 1 / x
}

double Prior::log_density_slope(double x) const noexcept {
    const double slope = log_density_slope_on_scale(to_scale(x));
    return scale_ == Scale::log ? (slope - 1) / x : slope;
}

double Prior::quantile(double p) const noexcept {
    if (is_fixed()) return low_;
    if (shape_ == Shape::flat) return from_scale_value(s_low_ + p * (s_high_ - s_low_));
    // Counted from the side where the normal is small, so that a cut far in either tail keeps its digits.
    const double a = (s_low_ - mean_) / width_, b = (s_high_ - mean_) / width_;
    const bool mirrored = a > 0;
    const double start = mirrored ? -b : a, fraction = mirrored ? 1 - p : p;
    const double below = start == -infinity ? -infinity : log_normal_cumulative(start).value;
    const double added = std::log(fraction) + log_norm_ - std::log(width_), larger = std::max(below, added);
    if (larger == -infinity) return from_scale_value(mean_ + (mirrored ? -start : start) * width_);
    const double log_p = larger + std::log1p(std::exp(std::min(below, added) - larger));
    const double t = log_p < 0 ? normal_quantile_of_log(log_p) : infinity;
    return from_scale_value(mean_ + (mirrored ? -t : t) * width_);
}

double Prior::cumulative(double x) const noexcept {
    if (!(x > low_)) return 0;
    if (!(x < high_)) return 1;
    const double s = to_scale(x);
    if (shape_ == Shape::flat) return (s - s_low_) / (s_high_ - s_low_);
    return std::exp(log_normal_mass((s_low_ - mean_) / width_, (s - mean_) / width_) - log_norm_ + std::log(width_));
}

double Prior::draw_unconstrained(Random& random) const noexcept {
    const bool as_drawn = shape_ == Shape::flat || map_ == Map::affine;  // z itself is normal (0, 1)
    return as_drawn ? random.normal() : to_unconstrained(sample(random));
}

Prior::OnScale Prior::from_scale(double s) const noexcept {
    const double x = from_scale_value(s);
    return {x, scale_ == Scale::log ? x : 1, log_density_on_scale(s), log_density_slope_on_scale(s)};
}

Prior::Mapped Prior::from_unconstrained(double z) const noexcept {
    double s = mean_ + unit_ * z, ds_dz = unit_, log_jacobian = log_unit_, log_jacobian_slope = 0;
    if (map_ == Map::probit) {
        const double from_bound = 0.5 * unit_ * std::erfc(std::abs(z) * (1 / std::numbers::sqrt2));  // the nearer one
        s = z < 0 ? s_low_ + from_bound : s_high_ - from_bound;
        const double log_density = log_normal_density(z);
        ds_dz = unit_ * std::exp(log_density);
        log_jacobian = log_unit_ + log_density;
        log_jacobian_slope = -z;
    } else if (map_ != Map::affine) {
        const double distance = unit_ * std::exp(z);
        s = map_ == Map::above_low ? s_low_ + distance : s_high_ - distance;
        ds_dz = map_ == Map::above_low ? distance : -distance;
        log_jacobian = log_unit_ + z;
        log_jacobian_slope = 1;
    }
    const OnScale at = from_scale(s);
    return {at.x, at.slope * ds_dz, at.log_density + log_jacobian, at.log_density_slope * ds_dz + log_jacobian_slope};
}

double Prior::to_unconstrained(double x) const noexcept {
    const double s = to_scale(x);
    switch (map_) {
        case Map::probit:
            return normal_quantile_between(s - s_low_, s_high_ - s);
        case Map::above_low:
            return std::log((s - s_low_) / unit_);
        case Map::below_high:
            return std::log((s_high_ - s) / unit_);
        case Map::affine:
            break;
    }
    return (s - mean_) / unit_;
}

}  // namespace ism::infer
