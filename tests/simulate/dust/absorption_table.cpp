// Photon rates of a field against integrals taken with an independent rule.
#include <ism/simulate/dust/absorption_table.hpp>

#include <cmath>
#include <vector>

#include <check_relative.hpp>
#include <doctest/doctest.h>

#include <ism/base/axis.hpp>
#include <ism/base/constants.hpp>
#include <ism/base/errors.hpp>

using namespace ism;
using namespace ism::simulate::dust;

namespace {

constexpr double photon_energy = constants::planck * constants::speed_of_light;

/// sigma = 1e-14 (0.1 um / lambda)^1.5 cm2: a line in log-log, so its table is exact.
double sigma(double wavelength) { return 1e-14 * std::pow(1e-5 / wavelength, 1.5); }

AbsorptionTable table_for(const RadiationField& field) {
    const std::vector<double> wavelengths = log_spaced(0.04e-4, 1.0, 300);
    std::vector<double> sections;
    for (const double wavelength : wavelengths) sections.push_back(sigma(wavelength));
    return {wavelengths, sections, field.wavelengths(), field.start()};
}

/// Integral of sigma 4 pi J (lambda / hc)^n from the start of the field to `end`: midpoints of 100,000 steps in log.
double integral(const RadiationField& field, double end, int n) {
    constexpr int steps = 100000;
    const double step = std::log(end / field.start()) / steps;
    double sum = 0.0;
    for (int i = 0; i < steps; ++i) {
        const double wavelength = field.start() * std::exp((i + 0.5) * step);
        sum +=
            step * wavelength * sigma(wavelength) * field.at(wavelength) * (n == 1 ? wavelength / photon_energy : 1.0);
    }
    return sum;
}

}  // namespace

TEST_CASE("photons and power absorbed from a black body and from the solar neighbourhood's light") {
    for (const RadiationField& field : {blackbody_field(8000.0, 1e-14), mathis_field()}) {
        CAPTURE(field.name());
        const PhotonRates rates = table_for(field).rates(field).at(0);
        CHECK_RELATIVE(rates.edge_energy(), photon_energy / lyman_edge, 1e-12);
        CHECK_RELATIVE(rates.power(), integral(field, 1.0, 0), 2e-4);
        const double softer = integral(field, 0.2e-4, 1);
        for (const double wavelength : {0.1e-4, 0.3e-4, 1e-4, 10e-4}) {
            CAPTURE(wavelength);
            const double found = rates.above(photon_energy / wavelength), expected = integral(field, wavelength, 1);
            CHECK(std::abs(found - expected) <= 1e-3 * expected + 1e-3 * softer);  // a line in each 32nd of an octave
        }
    }
}

TEST_CASE("the integrals of S follow from S itself") {
    const RadiationField field = blackbody_field(5000.0, 1e-13);
    const PhotonRates rates = table_for(field).rates(field).at(0);
    const double edge = rates.edge_energy();
    for (const double to : {1e-6, 1e-3, 0.02, 0.3, 0.77, 1.0, 3.0}) {
        constexpr int steps = 200000;
        double i0 = 0.0, i1 = 0.0, i2 = 0.0;
        for (int i = 0; i < steps; ++i) {
            const double x = edge * to * (i + 0.5) / steps, s = rates.above(x) * edge * to / steps;
            i0 += s;
            i1 += s * x;
            i2 += s * x * x;
        }
        const auto found = rates.integrals(edge * to);
        CAPTURE(to);
        CHECK_RELATIVE(found.i0, i0, 1e-4);
        CHECK_RELATIVE(found.i1, i1, 1e-4);
        CHECK_RELATIVE(found.i2, i2, 1e-4);
    }
    CHECK(rates.above(1.0001 * edge) == 0.0);
    CHECK_RELATIVE(rates.integrals(2.0 * edge).i0, rates.power(), 1e-14);
}

TEST_CASE("twice the light, and the sum of two fields") {
    const RadiationField hot = blackbody_field(20000.0, 1e-15), cold = blackbody_field(3000.0, 1e-13);
    const AbsorptionTable table = table_for(hot);  // both fields are on the same wavelengths
    const PhotonRates a = table.rates(hot).at(0), b = table.rates(cold).at(0);
    PhotonRates sum = a.scaled(2.0);
    sum.add(b);
    CHECK_RELATIVE(sum.power(), 2.0 * a.power() + b.power(), 1e-14);
    for (const double energy : {1e-14, 1e-12, 1e-11}) {
        CHECK_RELATIVE(sum.above(energy), 2.0 * a.above(energy) + b.above(energy), 1e-12);
        CHECK_RELATIVE(sum.integrals(energy).i1, 2.0 * a.integrals(energy).i1 + b.integrals(energy).i1, 1e-12);
    }
}

TEST_CASE("a field on other wavelengths is refused") {
    CHECK_THROWS_AS((void)table_for(mathis_field()).rates(cmb_field()), Error);
}
