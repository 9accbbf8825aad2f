#include <ism/infer/predictive.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <doctest/doctest.h>

#include <ism/base/random.hpp>

using namespace ism::infer;

namespace {

const double missing = std::numeric_limits<double>::quiet_NaN();

Observation three_bands() {
    Observation seen;
    seen.groups = {{"SPIRE", 0.1}};
    seen.floor = {0.05, 0.02, 0.1};
    seen.bands = {{Measurement::Kind::detection, 11.0, 0.5, 0},
                  {Measurement::Kind::detection, 21.5, 1.0, 0},
                  {Measurement::Kind::detection, 4.0, 0.7, Measurement::no_group}};
    return seen;
}

}  // namespace

TEST_CASE("the chance of a larger chi-square is that of the tables") {
    // R 4.3: pchisq(x, n, lower.tail = FALSE)
    CHECK(chi_square_survival(3.841458820694124, 1) == doctest::Approx(0.05).epsilon(1e-12));
    CHECK(chi_square_survival(5.991464547107979, 2) == doctest::Approx(0.05).epsilon(1e-12));
    CHECK(chi_square_survival(7.814727903251179, 3) == doctest::Approx(0.05).epsilon(1e-12));
    CHECK(chi_square_survival(18.30703805327515, 10) == doctest::Approx(0.05).epsilon(1e-12));
    CHECK(chi_square_survival(19.67513757268249, 11) == doctest::Approx(0.05).epsilon(1e-12));
    CHECK(chi_square_survival(0.0, 7) == 1.0);
    CHECK(chi_square_survival(1e4, 5) == 0.0);
    CHECK(std::isnan(chi_square_survival(missing, 4)));
}

TEST_CASE("chi-square of a calibration group is that of its covariance") {
    const Observation seen = three_bands();
    const std::vector<double> fluxes{10.0, 20.0, 5.0};
    const double a = 0.5 * 0.5 + 0.25 + 1.0, d = 1.0 + 0.16 + 4.0, b = 1.0 * 2.0;  // covariance of the first two
    const double determinant = a * d - b * b;
    const double grouped = (d * 1.0 * 1.0 - 2.0 * b * 1.0 * 1.5 + a * 1.5 * 1.5) / determinant;
    const double lone = 1.0 / (0.49 + 0.25);
    CHECK(chi_square(seen, fluxes) == doctest::Approx(grouped + lone).epsilon(1e-12));
}

TEST_CASE("limits and missing bands take no part") {
    Observation seen = three_bands();
    seen.bands[1].kind = Measurement::Kind::upper_limit;
    seen.bands[2] = {};
    const std::vector<double> fluxes{10.0, 1e6, missing};
    CHECK(chi_square(seen, fluxes) == doctest::Approx(1.0 / 1.5).epsilon(1e-12));
    CHECK(predictive_p(seen, fluxes) == doctest::Approx(chi_square_survival(1.0 / 1.5, 1)).epsilon(1e-12));
    seen.bands[0] = {};
    CHECK(std::isnan(predictive_p(seen, fluxes)));
    CHECK(std::isnan(predictive_p(three_bands(), {})));
}

TEST_CASE("p agrees with replicas that are drawn") {
    const Observation seen = three_bands();
    const std::vector<double> fluxes{10.0, 20.0, 5.0, 11.0, 21.0, 4.5};  // two draws of a posterior
    ism::Random random(7, 0);
    constexpr int replicas = 20000;
    int farther = 0;
    for (int i = 0; i < replicas; ++i) {
        const auto m = std::span(fluxes).subspan(i % 2 == 0 ? 0 : 3, 3);
        Observation replica = seen;
        const double common = random.normal();
        for (std::size_t b = 0; b < 3; ++b)
            replica.bands[b].value = m[b] * (1.0 + (b < 2 ? 0.1 * common : 0.0)) +
                                     seen.bands[b].error * random.normal() + seen.floor[b] * m[b] * random.normal();
        farther += chi_square(replica, m) > chi_square(seen, m) ? 1 : 0;
    }
    const double p = predictive_p(seen, fluxes), error = std::sqrt(p * (1.0 - p) / replicas);
    CHECK(std::abs(static_cast<double>(farther) / replicas - p) < 4.0 * error);
}

TEST_CASE("chi-square of lines with multiplicative noise has its distribution over replicas") {
    Observation seen;
    seen.multiplicative = {0.5, 0.2, 0.0};
    seen.bands.assign(3, {Measurement::Kind::detection, 0.0, 1.0});
    const std::vector<double> lines{3.0, 20.0, 5.0};
    ism::Random random(7, 1);
    constexpr int replicas = 4000;
    double below[4] = {};
    for (int i = 0; i < replicas; ++i) {
        for (std::size_t b = 0; b < 3; ++b) {
            const double s = seen.multiplicative[b];
            seen.bands[b].value = lines[b] * std::exp(s * random.normal() - s * s / 2) + random.normal();
        }
        ++below[static_cast<int>(4 * std::min(predictive_p(seen, lines), 0.999999))];
    }
    for (const double count : below) CHECK(std::abs(count - replicas / 4) < 4 * std::sqrt(replicas * 3.0 / 16));
}
