#include <ism/simulate/dust/heat_capacity.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include <ism/base/constants.hpp>
#include <ism/base/errors.hpp>
#include <ism/base/text.hpp>
#include <ism/simulate/dust/pah.hpp>

namespace ism::simulate::dust {
namespace {

using constants::boltzmann;

double volume(double radius) { return 4.0 / 3.0 * std::numbers::pi * radius * radius * radius; }

/// Heat capacity of a harmonic mode in units of k; u = energy of its quantum / kT.
double einstein_heat_capacity(double u) {
    const double half = 0.5 * u, sinh_half = std::sinh(half);
    return u > 700.0 ? 0.0 : (half / sinh_half) * (half / sinh_half);
}

/// Atoms free to vibrate, or an error where the grain is smaller than the model reaches.
double vibrating_atoms(const char* where, double atoms, double temperature) {
    if (!(atoms > 2.0 && temperature > 0.0)) {
        throw InputError(ErrorText{.where = where,
                                   .found = to_text(atoms, 4) + " atoms, temperature " + to_text(temperature, 6) + " K",
                                   .allowed = "more than 2 atoms, temperature > 0 K",
                                   .effect = "",
                                   .next = ""});
    }
    return atoms - 2.0;
}

double graphite_modes(double temperature) {
    return debye_heat_capacity(2, temperature / 863.0) + 2.0 * debye_heat_capacity(2, temperature / 2504.0);
}

}  // namespace

double debye_heat_capacity(int dimensions, double x) {
    // With u = y/x the integral is n x^n int_0^{1/x} u^{n-1} [(u/2)/sinh(u/2)]^2 du; Simpson's rule, u < 80 is enough.
    constexpr int pieces = 400;
    const double step = std::min(1.0 / x, 80.0) / pieces;
    double sum = 0.0;
    for (int i = 1; i <= pieces; ++i) {  // the integrand vanishes at u = 0
        const double u = step * i;
        const double weight = i == pieces ? 1.0 : (i % 2 == 1 ? 4.0 : 2.0);
        sum += weight * std::pow(u, dimensions - 1) * einstein_heat_capacity(u);
    }
    return dimensions * std::pow(x, dimensions) * sum * step / 3.0;
}

double graphite_heat_capacity(double temperature, double radius) {
    const double atoms = vibrating_atoms("graphite heat capacity", carbon_atoms(radius), temperature);
    return boltzmann * atoms * graphite_modes(temperature) / volume(radius);
}

double pah_heat_capacity(double temperature, double radius) {
    constexpr std::array<double, 3> wave_numbers{886.0, 1161.0, 3030.0};  // C-H bend out of, in the plane, stretch [cm-1]
    const double carbon = carbon_atoms(radius);
    const double skeleton = vibrating_atoms("PAH heat capacity", carbon, temperature) * graphite_modes(temperature);
    double per_hydrogen = 0.0;
    for (const double wave_number : wave_numbers) {
        per_hydrogen += einstein_heat_capacity(constants::planck * constants::speed_of_light * wave_number /
                                               (boltzmann * temperature));
    }
    return boltzmann * (skeleton + hydrogen_per_carbon(carbon) * carbon * per_hydrogen) / volume(radius);
}

double silicate_heat_capacity(double temperature, double radius) {
    constexpr double formula_mass = 24.305 + 55.845 + 28.085 + 4.0 * 15.999;  // MgFeSiO4 [u], 7 atoms
    constexpr double per_volume = 3.5 * 7.0 / (formula_mass * constants::atomic_mass);  // [cm-3]
    const double atoms = vibrating_atoms("silicate heat capacity", per_volume * volume(radius), temperature);
    return boltzmann * atoms *
           (2.0 * debye_heat_capacity(2, temperature / 500.0) + debye_heat_capacity(3, temperature / 1500.0)) /
           volume(radius);
}

}  // namespace ism::simulate::dust
