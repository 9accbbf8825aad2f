#include <ism/simulate/dust/modified_blackbody.hpp>

#include <cmath>
#include <numbers>
#include <vector>

#include <check_relative.hpp>
#include <doctest/doctest.h>

#include <ism/base/constants.hpp>
#include <ism/base/errors.hpp>

using namespace ism;
using namespace ism::simulate;

TEST_CASE("the Planck function: Rayleigh-Jeans limit and Stefan-Boltzmann law") {
    const double wavelength = 10.0, temperature = 1000.0;  // x = 1.4e-4
    const double nu = constants::speed_of_light / wavelength;
    CHECK_RELATIVE(
        nu_planck(wavelength, temperature),
        2 * nu * nu * nu * constants::boltzmann * temperature / (constants::speed_of_light * constants::speed_of_light),
        1e-4);
    double integral = 0.0;  // of B_nu d nu = nu B_nu d ln nu
    const double step = 0.01;
    for (double ln_wavelength = std::log(1e-5); ln_wavelength < std::log(10.0); ln_wavelength += step)
        integral += nu_planck(std::exp(ln_wavelength), temperature) * step;
    CHECK_RELATIVE(std::numbers::pi * integral, constants::stefan_boltzmann * std::pow(temperature, 4), 1e-6);
}

TEST_CASE("the modified blackbody is linear in kappa and refuses what is outside its ranges") {
    const auto model = simulator("modified-blackbody").create({}, {});
    const std::size_t m = model->info().output_count();
    std::vector<double> out(2 * m);
    model->evaluate(std::vector<double>{20, 1.7, 1, 20, 1.7, 10}, out);
    for (std::size_t j = 0; j < m; ++j) CHECK_RELATIVE(out[m + j], 10 * out[j], 1e-13);
    std::vector<double> one(m);
    for (const double temperature : {0.0, 1e4, std::nan("")})
        CHECK_THROWS_AS(model->evaluate(std::vector<double>{temperature, 1.7, 1}, one), InputError);
    CHECK_THROWS_AS(model->evaluate(std::vector<double>{20, 1.7}, one), InputError);
}
