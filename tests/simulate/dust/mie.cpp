#include <ism/simulate/dust/mie.hpp>

#include <cmath>
#include <limits>
#include <string>

#include <check_relative.hpp>
#include <reference_data.hpp>

#include <ism/base/errors.hpp>

using ism::simulate::dust::mie;

TEST_CASE("Mie: an independent code, x = 0.15 ... 1e4") {
    const auto rows = number_rows(ISM_SOURCE_DIR "/tests/reference/mie_miepython.csv", 6);
    REQUIRE(rows.size() == 340);
    for (const auto& row : rows) {
        const auto q = mie(row[0], {row[1], row[2]});
        CHECK_RELATIVE(q.q_ext(), row[3], 1e-9);
        CHECK_RELATIVE(q.q_sca, row[4], 1e-9);
        CHECK_RELATIVE(q.g, row[5], 1e-9);
    }
}

TEST_CASE("Mie: 60 digits, x = 1e-8 ... 40") {
    const auto rows = number_rows(ISM_SOURCE_DIR "/tests/reference/mie_exact.csv", 6);
    REQUIRE(rows.size() == 75);
    for (const auto& row : rows) {
        const auto q = mie(row[0], {row[1], row[2]});
        CHECK_RELATIVE(q.q_abs, row[3], 1e-8);
        CHECK_RELATIVE(q.q_sca, row[4], 1e-10);
        CHECK_RELATIVE(q.g, row[5], 1e-10);
    }
}

TEST_CASE("Mie: Rayleigh limit with the magnetic dipole") {
    // Q_abs = 4 x Im[(m^2-1)/(m^2+2)] + (2/15) x^3 Im(m^2)... : the second term rules for metals.
    const std::complex<double> m{1.7, 0.03};
    const auto polarisability = (m * m - 1.0) / (m * m + 2.0);
    for (const double x : {1e-10, 1e-8, 1e-6, 1e-5}) {
        CHECK_RELATIVE(mie(x, m).q_abs, 4.0 * x * polarisability.imag(), 1e-9);
        CHECK_RELATIVE(mie(x, m).q_sca, 8.0 / 3.0 * std::pow(x, 4) * std::norm(polarisability), 1e-9);
    }
    const std::complex<double> metal{1000.0, 1000.0};
    const double x = 1e-6;
    const double electric = 4.0 * x * ((metal * metal - 1.0) / (metal * metal + 2.0)).imag();
    const double magnetic = 2.0 / 15.0 * x * x * x * (metal * metal).imag();
    CHECK_RELATIVE(mie(x, metal).q_abs, electric + magnetic, 1e-5);
}

TEST_CASE("Mie: large spheres remove twice the light that falls on them") {
    const auto q = mie(1e5, {1.5, 0.1});
    CHECK_RELATIVE(q.q_ext(), 2.0 + 1.9924 * std::pow(1e5, -2.0 / 3.0),
                   2e-4);  // edge term: Nussenzveig & Wiscombe 1980
    CHECK(q.g > 0.5);
    CHECK(q.g < 1.0);
    CHECK(mie(1e4, {1.5, 0.0}).q_abs == 0.0);
}

TEST_CASE("Mie: what cannot be computed is refused") {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    for (const double x : {0.0, -1.0, 1e-11, 1e7, nan}) CHECK_THROWS_AS((void)mie(x, {1.5, 0.1}), ism::InputError);
    CHECK_THROWS_AS((void)mie(1.0, {0.0, 0.1}), ism::InputError);
    CHECK_THROWS_AS((void)mie(1.0, {1.5, -0.1}), ism::InputError);
    CHECK_THROWS_AS((void)mie(1.0, {1.5, nan}), ism::InputError);
    CHECK_THROWS_AS((void)mie(1e6, {100.0, 0.0}), ism::InputError);
}
