// Lines with additive and multiplicative noise: the quadrature against dense integration, limits and slopes.
#include <ism/infer/line_noise.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>
#include <utility>
#include <vector>

#include <ism/infer/likelihood.hpp>

#include "check_relative.hpp"

using namespace ism::infer;

namespace {

constexpr int steps = 60000;     // of each of three parts of a dense integral
constexpr double least = -4000;  // ln p below which dense integration itself loses the peak

/// ln of the integral of exp(g) over e: the region that matters is found on a coarse grid, finer where `about` is, and
/// covered by Simpson's rule, the narrow part apart.
template <class Exponent>
double log_dense(const Exponent& g, double about, double width) {
    std::vector<double> coarse;
    for (double e = -90; e <= 90; e += 0.01) coarse.push_back(e);
    for (double k = -15; k <= 15; k += 0.05) coarse.push_back(about + k * width);
    std::sort(coarse.begin(), coarse.end());
    double largest = -1e300, low = 1e300, high = -1e300;
    for (const double e : coarse) largest = std::max(largest, g(e));
    for (std::size_t i = 1; i + 1 < coarse.size(); ++i) {
        if (!(g(coarse[i]) > largest - 45)) continue;
        low = std::min(low, coarse[i - 1]);
        high = std::max(high, coarse[i + 1]);
    }
    double sum = 0;
    const double narrow_low = std::clamp(about - 15 * width, low, high),
                 narrow_high = std::clamp(about + 15 * width, low, high);
    for (const auto& [from, to] : {std::pair{low, narrow_low}, {narrow_low, narrow_high}, {narrow_high, high}}) {
        const double step = (to - from) / steps;  // Simpson's rule
        for (int i = 0; i <= steps; ++i)
            sum += step / 3 * std::exp(g(from + i * step) - largest) * (i == 0 || i == steps ? 1 : i % 2 == 1 ? 4 : 2);
    }
    return largest + std::log(sum);
}

struct Case {
    double f, y;
    LineNoise noise;
    [[nodiscard]] double factor(double e) const {
        return std::exp(noise.multiplicative * (e - noise.multiplicative / 2));
    }
    [[nodiscard]] double off(double e) const { return (y - f * factor(e)) / noise.additive; }
    /// Where the factor alone explains y, and how narrow that is.
    [[nodiscard]] double about() const {
        return y > 0 ? std::log(y / f) / noise.multiplicative + noise.multiplicative / 2 : 0;
    }
    [[nodiscard]] double width() const {
        return 1 / std::hypot(1, noise.multiplicative * std::max(y, 0.0) / noise.additive);
    }
    [[nodiscard]] double dense_density() const {
        return log_dense([&](double e) { return log_normal_density(e) + log_normal_density(off(e)); }, about(),
                         width()) -
               std::log(noise.additive);
    }
    [[nodiscard]] double dense_chance(double sign) const {
        return log_dense([&](double e) { return log_normal_density(e) + log_normal_cumulative(sign * off(e)).value; },
                         about(), width());
    }
};

/// f / additive from 1e-4 to 1e6, s from 1e-3 to 2, y from what fits to what is 10 sigma off, negative ones too.
Case random_case(std::mt19937_64& random) {
    std::normal_distribution<double> normal;
    std::uniform_real_distribution<double> uniform;
    Case one{
        .f = 0, .y = 0, .noise = {std::pow(10, -8 + 4 * uniform(random)), std::pow(10, -3 + 3.3 * uniform(random))}};
    const double s = one.noise.multiplicative, sigma = one.noise.additive, spread = uniform(random) < 0.5 ? 1 : 5;
    one.f = sigma * std::pow(10, -4 + 10 * uniform(random));
    one.y = one.f * std::exp(s * (spread * normal(random) - s / 2)) + sigma * spread * normal(random);
    if (uniform(random) < 0.3) one.y = sigma * normal(random) * std::pow(10, 1.3 * uniform(random));
    return one;
}

double allowed(double log_p) { return std::max(1e-6, 1e-9 * std::abs(log_p)); }

}  // namespace

TEST_CASE("line noise: the density is that of dense integration") {
    std::mt19937_64 random(1);
    int compared = 0;
    for (int i = 0; i < 400; ++i) {
        const Case one = random_case(random);
        const double expected = one.dense_density();
        if (!(expected + std::log(one.noise.additive) > least) || one.y > 1e7 * one.noise.additive) continue;
        ++compared;
        CAPTURE(one.f / one.noise.additive);
        CAPTURE(one.y / one.noise.additive);
        CAPTURE(one.noise.multiplicative);
        CAPTURE(expected);
        const double error = std::abs(log_line_density(one.f, one.y, one.noise).value - expected);
        CHECK(error <= allowed(expected + std::log(one.noise.additive)));
    }
    CHECK(compared > 300);
}

TEST_CASE("line noise: chances of limits are those of dense integration") {
    std::mt19937_64 random(2);
    int compared = 0;
    for (int i = 0; i < 300; ++i) {
        const Case one = random_case(random);
        if (one.y > 1e7 * one.noise.additive) continue;
        for (const double sign : {1.0, -1.0}) {
            const double expected = one.dense_chance(sign);
            if (!(expected > least)) continue;
            ++compared;
            CAPTURE(one.f / one.noise.additive);
            CAPTURE(one.y / one.noise.additive);
            CAPTURE(one.noise.multiplicative);
            CAPTURE(sign);
            CAPTURE(expected);
            const ValueAndSlope found =
                sign > 0 ? log_line_below(one.f, one.y, one.noise) : log_line_above(one.f, one.y, one.noise);
            CHECK(std::abs(found.value - expected) <= allowed(expected));
        }
    }
    CHECK(compared > 400);
}

TEST_CASE("line noise: slopes are those of differences") {
    std::mt19937_64 random(3);
    int compared = 0;
    for (int i = 0; i < 300; ++i) {
        const Case one = random_case(random);
        const auto below = [](double f, double y, const LineNoise& noise) { return log_line_below(f, y, noise); };
        const auto above = [](double f, double y, const LineNoise& noise) { return log_line_above(f, y, noise); };
        using Of = ValueAndSlope (*)(double, double, const LineNoise&);
        for (const Of of : {Of(log_line_density), Of(below), Of(above)}) {
            const ValueAndSlope here = of(one.f, one.y, one.noise);
            if (!(here.value > -200)) continue;
            ++compared;
            // along ln f: the scale of ln p is the wider of both noises
            const double h = 1e-2 * std::hypot(one.noise.multiplicative, std::min(1.0, one.noise.additive / one.f));
            const auto at = [&](double k) { return of(one.f * std::exp(k * h), one.y, one.noise).value; };
            const double numeric = (8 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12 * h), slope = here.slope * one.f;
            CAPTURE(one.f / one.noise.additive);
            CAPTURE(one.y / one.noise.additive);
            CAPTURE(one.noise.multiplicative);
            CAPTURE(here.value);
            CAPTURE(numeric);
            CHECK(std::abs(slope - numeric) <= 2e-6 / h + 1e-5 * std::abs(slope));
        }
    }
    CHECK(compared > 400);
}

TEST_CASE("line noise: its limits are normal and log-normal densities, and faint lines are noise") {
    // hardly any calibration error: normal with the noise
    const LineNoise additive{2, 1e-4};
    CHECK_RELATIVE(log_line_density(30, 33, additive).value, log_normal_density(1.5) - std::log(2.0), 2e-5);
    CHECK_RELATIVE(log_line_below(30, 33, additive).value, log_normal_cumulative(1.5).value, 2e-5);
    // hardly any noise: log-normal
    const LineNoise multiplicative{1e-6, 0.3};
    const double e = (std::log(33.0 / 30) + 0.045) / 0.3;
    CHECK_RELATIVE(log_line_density(30, 33, multiplicative).value, log_normal_density(e) - std::log(0.3 * 33), 1e-9);
    CHECK_RELATIVE(log_line_below(30, 33, multiplicative).value, log_normal_cumulative(e).value, 1e-9);
    CHECK_RELATIVE(line_residual(30, 33, multiplicative), e, 1e-8);
    // no line at all
    CHECK_RELATIVE(log_line_density(0, 3, {2, 0.3}).value, log_normal_density(1.5) - std::log(2.0), 1e-14);
    CHECK_RELATIVE(log_line_above(1e-30, 3, {2, 0.3}).value, log_normal_cumulative(-1.5).value, 1e-14);
    CHECK(std::isnan(log_line_density(std::nan(""), 1, {1, 0.3}).value));
    CHECK(std::isnan(log_line_below(HUGE_VAL, 1, {1, 0.3}).value));
}

TEST_CASE("line noise: chances of both sides make 1, and residuals of replicas are normal") {
    std::mt19937_64 random(4);
    std::normal_distribution<double> normal;
    const LineNoise noise{1, 0.4};
    const double f = 3;
    constexpr int replicas = 4000;
    double sum = 0, squares = 0;
    for (int i = 0; i < replicas; ++i) {
        const double y =
            f * std::exp(noise.multiplicative * (normal(random) - noise.multiplicative / 2)) + normal(random);
        const double below = std::exp(log_line_below(f, y, noise).value),
                     above = std::exp(log_line_above(f, y, noise).value);
        CHECK(std::abs(below + above - 1) < 1e-7);
        const double z = line_residual(f, y, noise);
        sum += z;
        squares += z * z;
    }
    CHECK(std::abs(sum / replicas) < 4 / std::sqrt(replicas));
    CHECK(std::abs(squares / replicas - 1) < 4 * std::numbers::sqrt2 / std::sqrt(replicas));
}
