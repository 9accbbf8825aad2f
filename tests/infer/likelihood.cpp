// The likelihood of bands: detections, limits, calibration, floors; closed forms against plain linear algebra.
#include <ism/infer/likelihood.hpp>

#include <cmath>
#include <numbers>
#include <vector>

#include <Eigen/Dense>
#include <rapidcheck.h>

#include <ism/infer/normal.hpp>

#include "check_relative.hpp"
#include "error_of.hpp"
#include "toy_model.hpp"

using namespace ism::infer;

namespace {

using Kind = Measurement::Kind;

/// Six bands in two calibration groups and none, with floors; `limits` puts one into the second group.
Observation observation_of(bool limits) {
    Observation observation;
    observation.groups = {{"PACS", 0.07}, {"SPIRE", 0.055}};
    observation.bands = {{Kind::detection, 1.2, 0.1, 0}, {Kind::detection, 0.7, 0.2, 0}, {Kind::missing},
                         {Kind::detection, 3.1, 0.3, 1}, {Kind::detection, 2.2, 0.2, 1}, {Kind::detection, 0.5, 0.1}};
    observation.floor = {0.02, 0.03, 0.02, 0.05, 0, 0.01};
    if (limits) observation.bands[4] = {Kind::upper_limit, 2.5, 0.2, 1};
    return observation;
}

const std::vector<double> fluxes{1.1, 0.8, 7, 3.3, 2.1, 0.55};

double value_at(const Likelihood& likelihood, std::span<const double> m) { return likelihood.evaluate(m, {}); }

/// ln p of the bands of one calibration group, integrated over its factor c in steps of a thousandth.
double integrated_by_hand(const Observation& observation, std::size_t group, const std::vector<double>& m) {
    const double f = observation.groups[group].fraction;
    const auto log_integrand = [&](double c) {
        double sum = log_normal_density(c);
        for (std::size_t j = 0; j < m.size(); ++j) {
            const Measurement& band = observation.bands[j];
            if (band.group != group || band.kind == Kind::missing) continue;
            const double deviation = std::hypot(band.error, observation.floor[j] * m[j]);
            const double t = (band.value - m[j] * (1 + f * c)) / deviation;
            if (band.kind == Kind::detection) {
                sum += log_normal_density(t) - std::log(deviation);
            } else {
                sum += log_normal_cumulative(band.kind == Kind::upper_limit ? t : -t).value;
            }
        }
        return sum;
    };
    constexpr double step = 1e-3, farthest = 12;
    double largest = -1e300, total = 0;
    for (double c = -farthest; c < farthest; c += step) largest = std::max(largest, log_integrand(c));
    for (double c = -farthest; c < farthest; c += step) total += step * std::exp(log_integrand(c) - largest);
    return largest + std::log(total);
}

/// Bands of one group: `detections` detections and `limits` limits near fluxes of 1, f m / error of about `tilt`.
Observation group_of(std::size_t detections, std::size_t limits, double tilt) {
    Observation observation;
    const double fraction = 0.2, error = fraction / tilt;
    observation.groups = {{"IRAS", fraction}};
    for (std::size_t j = 0; j < detections + limits; ++j) {
        const Kind kind = j < detections ? Kind::detection : j % 2 == 0 ? Kind::upper_limit : Kind::lower_limit;
        const double value = 1 + error * 0.01 * *rc::gen::inRange(-300, 300);
        observation.bands.push_back({kind, value, error * (1 + 0.2 * static_cast<double>(j)), 0});
        observation.floor.push_back(0.01 * static_cast<double>(j));
    }
    return observation;
}

/// ln of the normal density with the whole covariance, bands 0, 1, 3, 4, 5.
double plain_normal(const Observation& observation, const std::vector<double>& m) {
    const std::vector<std::size_t> used{0, 1, 3, 4, 5};
    Eigen::MatrixXd covariance = Eigen::MatrixXd::Zero(5, 5);
    Eigen::VectorXd residual(5);
    for (int i = 0; i < 5; ++i) {
        const std::size_t a = used[static_cast<std::size_t>(i)];
        residual[i] = observation.bands[a].value - m[a];
        covariance(i, i) = std::pow(observation.bands[a].error, 2) + std::pow(observation.floor[a] * m[a], 2);
        for (int k = 0; k < 5; ++k) {
            const std::size_t b = used[static_cast<std::size_t>(k)], g = observation.bands[a].group;
            if (g == Measurement::no_group || g != observation.bands[b].group) continue;
            covariance(i, k) += std::pow(observation.groups[g].fraction, 2) * m[a] * m[b];
        }
    }
    return -0.5 * (residual.dot(covariance.ldlt().solve(residual)) + std::log(covariance.determinant()) +
                   5 * std::log(2 * std::numbers::pi));
}

}  // namespace

TEST_CASE("likelihood: calibration groups of detections are the normal density with their covariance") {
    const Likelihood likelihood(observation_of(false));
    CHECK_RELATIVE(value_at(likelihood, fluxes), plain_normal(likelihood.observation(), fluxes), 1e-12);
}

TEST_CASE("likelihood: groups with limits are what an integral over their factor by hand gives") {
    CHECK(rc::check([] {
        const std::size_t detections = *rc::gen::inRange<std::size_t>(0, 3),
                          limits = *rc::gen::inRange<std::size_t>(1, 4);
        const double tilt = std::pow(10.0, 0.01 * *rc::gen::inRange(-200, 148));
        const Observation observation = group_of(detections, limits, tilt);
        const std::vector<double> m(observation.bands.size(), 1.0);
        const double value = value_at(Likelihood(observation), m), by_hand = integrated_by_hand(observation, 0, m);
        const double allowed = limits == 1 || tilt < 1 ? 1e-8 : tilt < 3 ? 1e-4 : 0.02;
        RC_TAG(limits == 1 ? "one limit" : tilt < 1 ? "smooth" : "steep");
        RC_ASSERT(std::abs(value - by_hand) <= allowed * (1 + std::abs(by_hand)));
    }));
}

TEST_CASE("likelihood: slopes along fluxes are exact") {
    CHECK(rc::check([] {
        Observation observation = observation_of(*rc::gen::arbitrary<bool>());
        if (*rc::gen::arbitrary<bool>()) observation.bands[3] = {Kind::lower_limit, 3.1, 0.5, 1};
        const Likelihood likelihood(observation);
        std::vector<double> m = fluxes, slopes(6);
        for (double& flux : m) flux *= std::exp(0.001 * *rc::gen::inRange(-2000, 2000));
        const double value = likelihood.evaluate(m, slopes);
        RC_ASSERT(value == value_at(likelihood, m));
        for (std::size_t j = 0; j < 6; ++j) {
            const double before = m[j], h = 1e-4 * (std::abs(before) + 0.1);
            const auto at = [&](double t) { return m[j] = t, value_at(likelihood, m); };
            const double numeric =
                (8 * (at(before + h) - at(before - h)) - (at(before + 2 * h) - at(before - 2 * h))) / (12 * h);
            m[j] = before;
            RC_ASSERT(std::abs(slopes[j] - numeric) <= 1e-6 * (std::abs(slopes[j]) + std::abs(value) / h * 1e-6 + 1));
        }
        RC_ASSERT(slopes[2] == 0.0);  // missing
    }));
}

TEST_CASE("likelihood: limits 40 sigma away are finite, with a slope that leads back") {
    for (const Kind kind : {Kind::upper_limit, Kind::lower_limit}) {
        const double flux = kind == Kind::upper_limit ? 41 : 1;  // limits: below 1, above 41
        const Likelihood likelihood({.bands = {{kind, kind == Kind::upper_limit ? 1.0 : 41.0, 1}}});
        std::vector<double> slope(1);
        const double value = likelihood.evaluate(std::vector{flux}, slope);
        CHECK_RELATIVE(value, -804.608442013753789, 1e-13);
        CHECK_RELATIVE(slope[0], kind == Kind::upper_limit ? -40.025 : 40.025, 1e-5);
    }
    const Likelihood easy({.bands = {{Kind::upper_limit, 41, 1}}});
    CHECK(value_at(easy, std::vector{1.0}) == 0.0);
}

TEST_CASE("likelihood: cgs fluxes lose no digit") {
    Observation tiny = observation_of(true);
    std::vector<double> m = fluxes, slopes(6), large_slopes(6);
    const Likelihood large(tiny);
    for (Measurement& band : tiny.bands) band.value *= 1e-26, band.error *= 1e-26;
    for (double& flux : m) flux *= 1e-26;
    const double shift = 4 * 26 * std::log(10.0);  // four detections
    CHECK_RELATIVE(Likelihood(tiny).evaluate(m, slopes), large.evaluate(fluxes, large_slopes) + shift, 1e-13);
    for (const std::size_t j : {0, 1, 3, 4, 5}) CHECK_RELATIVE(slopes[j], 1e26 * large_slopes[j], 1e-11);
}

TEST_CASE("likelihood: what cannot be is refused, naming the band") {
    const ToyModel model;
    const auto error_with = [&](const auto& change) {
        Observation observation;
        observation.bands.assign(8, {Kind::detection, 1, 0.1});
        observation.groups = {{"PACS", 0.1}};
        change(observation);
        return error_of([&] { check(observation, model.info()); });
    };
    CHECK(error_with([](Observation&) {}) == "no error of this kind");
    CHECK(has(error_with([](Observation& o) { o.bands[1].error = 0; }), "band at 100 um"));
    CHECK(has(error_with([](Observation& o) { o.bands[1].error = -1; }), "standard deviation"));
    CHECK(has(error_with([](Observation& o) { o.bands[1].value = std::nan(""); }), "finite"));
    CHECK(has(error_with([](Observation& o) { o.bands[1].group = 1; }), "calibration group 1"));
    CHECK(has(error_with([](Observation& o) { o.groups[0].fraction = 1; }), "PACS"));
    CHECK(has(error_with([](Observation& o) { o.floor = {0.1}; }), "noise floor"));
    CHECK(has(error_with([](Observation& o) { o.floor.assign(8, -0.1); }), "0 or a positive"));
    CHECK(has(error_with([](Observation& o) { o.bands.pop_back(); }), "7 bands"));
    CHECK(has(error_with([](Observation& o) { o.bands.assign(8, {}); }), "every band is missing"));
}

TEST_CASE("likelihood: lines with multiplicative noise are independent, with exact slopes; a floor widens them") {
    Observation observation;
    observation.bands = {{Kind::detection, 1.2, 0.1},
                         {Kind::upper_limit, 0.7, 0.2},
                         {Kind::missing},
                         {Kind::lower_limit, 3.1, 0.3},
                         {Kind::detection, 2.2, 0.2}};
    observation.multiplicative = {0.3, 0.2, 0.3, 0.1, 0};
    const std::vector<double> m{1.1, 0.8, 7, 3.3, 2.1};
    std::vector<double> slopes(5);
    const double value = Likelihood(observation).evaluate(m, slopes);
    const ValueAndSlope first = log_line_density(1.1, 1.2, {0.1, 0.3}), second = log_line_below(0.8, 0.7, {0.2, 0.2}),
                        third = log_line_above(3.3, 3.1, {0.3, 0.1});
    CHECK_RELATIVE(value, first.value + second.value + third.value + log_normal_density(0.5) - std::log(0.2), 1e-12);
    const std::vector<double> expected{first.slope, second.slope, 0, third.slope, 2.5};
    for (const std::size_t j : {0, 1, 3, 4}) CHECK_RELATIVE(slopes[j], expected[j], 1e-9);
    CHECK(slopes[2] == 0.0);
    observation.floor.assign(5, 0.4);
    CHECK_RELATIVE(line_noise_of(observation, 0).multiplicative, 0.5, 1e-12);
    CHECK(line_noise_of(observation, 4).multiplicative == 0.0);
    const ToyModel model;
    const auto error_with = [&](double s, std::size_t group) {
        Observation wrong;
        wrong.bands.assign(8, {Kind::detection, 1, 0.1, group});
        wrong.groups = {{"PACS", 0.1}};
        wrong.multiplicative.assign(8, s);
        return error_of([&] { check(wrong, model.info()); });
    };
    CHECK(has(error_with(-0.1, Measurement::no_group), "multiplicative error -0.1"));
    CHECK(has(error_with(3, Measurement::no_group), " .. 2: the standard"));
    CHECK(has(error_with(std::nan(""), Measurement::no_group), "standard deviation of its ln"));
    CHECK(has(error_with(0.1, 0), "calibration of PACS"));
    CHECK(error_with(0.1, Measurement::no_group) == "no error of this kind");
}
