#include <ism/infer/normal.hpp>

#include <cmath>
#include <limits>
#include <numbers>
#include <utility>

namespace ism::infer {
namespace {

constexpr double log_sqrt_two_pi = 0.91893853320467274178;
constexpr double far_tail = -8;     // below it Laplace's fraction has converged to all digits
constexpr int fraction_terms = 30;  // its error at t = 8 is about exp(-2 t sqrt(2 * 30)): none

/// Phi(-t) / phi(t), t > 8.
double mills_ratio(double t) noexcept {
    double denominator = t;
    for (int k = fraction_terms; k >= 1; --k) denominator = t + k / denominator;
    return 1 / denominator;
}

/// ln(exp(a) - exp(b)), a > b.
double log_difference(double a, double b) noexcept { return a + std::log(-std::expm1(b - a)); }

}  // namespace

double log_normal_density(double x) noexcept { return -0.5 * x * x - log_sqrt_two_pi; }

ValueAndSlope log_normal_cumulative(double x) noexcept {
    if (x < far_tail) {
        const double ratio = mills_ratio(-x);
        return {log_normal_density(x) + std::log(ratio), 1 / ratio};
    }
    const double upper = 0.5 * std::erfc(x * (1 / std::numbers::sqrt2));  // Phi(-x)
    const double density = std::exp(log_normal_density(x));
    if (x > 0) return {std::log1p(-upper), density / (1 - upper)};
    const double lower = 0.5 * std::erfc(-x * (1 / std::numbers::sqrt2));
    return {std::log(lower), density / lower};
}

double log_normal_mass(double low, double high) noexcept {
    if (low > 0) return log_normal_mass(-high, -low);  // the lower tail keeps the digits
    const double below_high = high == std::numeric_limits<double>::infinity() ? 0 : log_normal_cumulative(high).value;
    if (low == -std::numeric_limits<double>::infinity()) return below_high;
    return log_difference(below_high, log_normal_cumulative(low).value);
}

double normal_quantile_of_log(double log_p) noexcept {
    // Above the median the other side, whose logarithm is far from 0, is the well conditioned one.
    if (log_p > -std::numbers::ln2) return -normal_quantile_of_log(std::log(-std::expm1(log_p)));
    double x = -std::sqrt(-2 * log_p);  // left of the root, because Phi(x) < exp(-x^2 / 2)
    for (int i = 0; i < 60; ++i) {
        const ValueAndSlope here = log_normal_cumulative(x);
        const double step = (log_p - here.value) / here.slope;
        x += step;
        if (!(std::abs(step) > 1e-15 * (1 + std::abs(x)))) break;
    }
    return x;
}

double normal_quantile(double p) noexcept {
    return p > 0.5 ? -normal_quantile_of_log(std::log1p(-p)) : normal_quantile_of_log(std::log(p));
}

}  // namespace ism::infer
