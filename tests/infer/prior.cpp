// Priors: densities, quantiles, the map to unconstrained space; the normal distribution in its far tail.
#include <ism/infer/prior.hpp>

#include <cmath>
#include <vector>

#include <rapidcheck.h>

#include <ism/infer/normal.hpp>

#include "check_relative.hpp"
#include "error_of.hpp"

using namespace ism::infer;

namespace {

const std::vector<Prior>& priors() {
    static const std::vector<Prior> all{
        Prior::uniform(-2, 5),
        Prior::log_uniform(1e-26, 1e-20),
        Prior::normal(3, 0.5),
        Prior::normal(3, 0.5, 2.8, 9),
        Prior::normal(0, 1, 6, 40),    // cut far in the tail
        Prior::normal(0, 1, -40, -6),  // the same on the other side
        Prior::normal(1, 2, -Prior::infinity, 2),
        Prior::log_normal(10, 0.3),
        Prior::log_normal(1e-22, 1.5, 1e-23, 1e-21),
    };
    return all;
}

/// A number of unconstrained space in which something happens.
double any_z() { return 0.001 * *rc::gen::inRange(-8000, 8000); }

/// d f / dz by Richardson's central differences, error O(h^4).
template <class Function>
double derivative(const Function& f, double z, double h) {
    return (8 * (f(z + h) - f(z - h)) - (f(z + 2 * h) - f(z - 2 * h))) / (12 * h);
}

}  // namespace

TEST_CASE("normal: ln Phi and its slope against published values and the asymptotic series") {
    // mpmath 1.4.1, 40 digits: log(erfc(-x / sqrt(2)) / 2)
    CHECK_RELATIVE(log_normal_cumulative(0).value, -0.693147180559945309, 1e-15);
    CHECK_RELATIVE(log_normal_cumulative(-5).value, -15.0649983939887257, 1e-14);
    CHECK_RELATIVE(log_normal_cumulative(-10).value, -53.2312851505124606, 1e-14);
    CHECK_RELATIVE(log_normal_cumulative(-40).value, -804.608442013753976, 1e-14);
    CHECK_RELATIVE(log_normal_cumulative(5).value, -2.86651612963763593e-7, 1e-14);
    const double x = -1e6;  // Phi(x) = phi(x) / |x| (1 - 1/x^2 + ...)
    CHECK_RELATIVE(log_normal_cumulative(x).value, -0.5 * x * x - std::log(1e6) - 0.918938533204672742, 1e-14);
    CHECK_RELATIVE(log_normal_cumulative(x).slope, 1e6, 1e-11);
}

TEST_CASE("normal: continuous where the continued fraction takes over") {
    const ValueAndSlope left = log_normal_cumulative(std::nextafter(-8, -9)), right = log_normal_cumulative(-8);
    CHECK_RELATIVE(left.value, right.value, 1e-13);
    CHECK_RELATIVE(left.slope, right.slope, 1e-13);
}

TEST_CASE("normal: quantiles undo probabilities, far in both tails") {
    for (const double x : {-60.0, -38.5, -8.1, -3.0, -0.5, 0.0})
        CHECK(std::abs(normal_quantile_of_log(log_normal_cumulative(x).value) - x) < 1e-12 * (1 + std::abs(x)));
    CHECK_RELATIVE(normal_quantile(0.975), 1.95996398454005424, 1e-14);
    CHECK_RELATIVE(normal_quantile(1e-300), -37.0471, 1e-6);
    CHECK(std::abs(normal_quantile(0.5)) < 1e-15);
}

TEST_CASE("normal: the mass between two bounds does not cancel") {
    CHECK_RELATIVE(log_normal_mass(-1, 1), std::log(std::erf(std::sqrt(0.5))), 1e-14);
    CHECK_RELATIVE(log_normal_mass(10, 11), log_normal_mass(-11, -10), 1e-15);
    CHECK_RELATIVE(log_normal_mass(50, 51), log_normal_cumulative(-50).value, 1e-14);
}

TEST_CASE("prior: quantile and cumulative are inverse, samples stay within the bounds") {
    for (const Prior& prior : priors()) {
        CAPTURE(prior.str());
        for (const double p : {0.0, 1e-6, 0.1, 0.5, 0.9, 0.999}) {
            const double x = prior.quantile(p);
            CHECK(x >= prior.low());
            CHECK(x <= prior.high());
            CHECK(std::abs(prior.cumulative(x) - p) < 1e-10);
        }
        ism::Random random(4, 2);
        double sum = 0;
        for (int i = 0; i < 4000; ++i) sum += prior.cumulative(prior.sample(random));
        CHECK(std::abs(sum / 4000 - 0.5) < 4 * std::sqrt(1.0 / 12 / 4000));
    }
}

TEST_CASE("prior: the density is the derivative of the cumulative") {
    for (const Prior& prior : priors()) {
        CAPTURE(prior.str());
        for (const double p : {0.05, 0.3, 0.5, 0.8}) {
            const double x = prior.quantile(p), h = 1e-4 * (prior.quantile(p + 0.01) - x);
            const double numeric = derivative([&](double t) { return prior.cumulative(t); }, x, h);
            CHECK_RELATIVE(std::exp(prior.log_density(x)), numeric, 1e-5);
            const double slope = derivative([&](double t) { return prior.log_density(t); }, x, 1e3 * h);
            CHECK(std::abs(prior.log_density_slope(x) - slope) <= 1e-5 * (std::abs(slope) + 1e-3 / h));
        }
        CHECK(prior.log_density(std::nan("")) == -Prior::infinity);
    }
    CHECK(Prior::uniform(0, 1).log_density(1.5) == -Prior::infinity);
    CHECK(Prior::log_normal(1, 1).log_density(-1) == -Prior::infinity);
}

TEST_CASE("prior: to unconstrained space and back, with exact derivatives") {
    CHECK(rc::check([] {
        const Prior prior = *rc::gen::elementOf(priors());
        const double z = any_z();
        const Prior::Mapped at = prior.from_unconstrained(z);
        RC_ASSERT(at.x >= prior.low() && at.x <= prior.high());
        const auto x_of = [&](double t) { return prior.from_unconstrained(t).x; };
        const auto density_of = [&](double t) { return prior.from_unconstrained(t).log_density; };
        const double size = std::abs(at.x) * 1e-11 + 1e-8 * std::abs(at.slope);
        RC_ASSERT(std::abs(at.slope - derivative(x_of, z, 1e-3)) <= size);
        const double slope = derivative(density_of, z, 1e-3);
        RC_ASSERT(std::abs(at.log_density_slope - slope) <= 1e-7 * (1 + std::abs(at.log_density)));
        if (std::abs(z) < 4) RC_ASSERT(std::abs(prior.to_unconstrained(at.x) - z) < 1e-7);
    }));
}

TEST_CASE("prior: its density in unconstrained space is ln p(x) + ln |dx/dz| and integrates to 1") {
    for (const Prior& prior : priors()) {
        CAPTURE(prior.str());
        const Prior::Mapped at = prior.from_unconstrained(0.3);
        CHECK_RELATIVE(at.log_density, prior.log_density(at.x) + std::log(std::abs(at.slope)), 1e-9);
        double sum = 0;
        for (double z = -60; z < 60; z += 0.01) sum += 0.01 * std::exp(prior.from_unconstrained(z).log_density);
        CHECK_RELATIVE(sum, 1, 1e-6);
    }
}

TEST_CASE("prior: on its scale the slope is exact too") {
    for (const Prior& prior : priors()) {
        CAPTURE(prior.str());
        const double s = prior.to_scale(prior.quantile(0.4)), h = 1e-4 * std::abs(s);
        const Prior::OnScale at = prior.from_scale(s);
        const auto density_of = [&](double t) { return prior.from_scale(t).log_density; };
        CHECK_RELATIVE(at.slope, derivative([&](double t) { return prior.from_scale(t).x; }, s, h), 1e-5);
        CHECK(std::abs(at.log_density_slope - derivative(density_of, s, h)) <=
              1e-6 * (1 + std::abs(at.log_density_slope)));
    }
}

TEST_CASE("prior: far out it is finite and at the bound") {
    for (const Prior& prior : {Prior::uniform(-2, 5), Prior::log_uniform(1e-26, 1e-20)}) {
        for (const double z : {-800.0, 800.0}) {
            const Prior::Mapped at = prior.from_unconstrained(z);
            CHECK_RELATIVE(at.x, z < 0 ? prior.low() : prior.high(), 1e-12);
            CHECK(std::isfinite(at.log_density));
            CHECK_RELATIVE(at.log_density_slope, -z, 1e-12);
        }
    }
}

TEST_CASE("prior: cut again, and what cannot be is refused with a sentence") {
    const Prior cut = Prior::normal(0, 1).within(-1, 2);
    CHECK(cut.low() == -1);
    CHECK(cut.high() == 2);
    CHECK(has(error_of([] { (void)Prior::uniform(0, 1).within(2, 3); }), "an overlap"));
    CHECK(has(error_of([] { (void)Prior::uniform(1, 1); }), "the smaller first"));
    CHECK(has(error_of([] { (void)Prior::uniform(0, Prior::infinity); }), "two finite numbers"));
    CHECK(has(error_of([] { (void)Prior::log_uniform(0, 1); }), "lower bound 0"));
    CHECK(has(error_of([] { (void)Prior::normal(0, 0); }), "width 0"));
    CHECK(has(error_of([] { (void)Prior::normal(std::nan(""), 1); }), "mean"));
    CHECK(has(error_of([] { (void)Prior::log_normal(-1, 1); }), "median -1"));
    CHECK(has(error_of([] { (void)Prior::fixed(std::nan("")); }), "finite"));
    CHECK(Prior::fixed(3).is_fixed());
    CHECK(Prior::fixed(3).quantile(0.2) == 3);
}
