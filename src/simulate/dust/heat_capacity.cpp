#include <ism/simulate/dust/heat_capacity.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <string>

#include <ism/base/constants.hpp>
#include <ism/base/errors.hpp>
#include <ism/base/text.hpp>
#include <ism/simulate/dust/pah.hpp>

namespace ism::simulate::dust {
namespace {

double volume(double radius) { return 4.0 / 3.0 * std::numbers::pi * radius * radius * radius; }

/// Heat capacity of a harmonic mode in units of k; u = energy of its quantum / kT.
double einstein_heat_capacity(double u) {
    if (u > 700.0) return 0.0;  // sinh would overflow; the value is below 1e-298
    const double half = 0.5 * u, ratio = half / std::sinh(half);
    return ratio * ratio;
}

double graphite_modes(double temperature) {
    return debye_heat_capacity(2, temperature / 863.0) + 2.0 * debye_heat_capacity(2, temperature / 2504.0);
}

double silicate_modes(double temperature) {
    return 2.0 * debye_heat_capacity(2, temperature / 500.0) + debye_heat_capacity(3, temperature / 1500.0);
}

double carbon_hydrogen_modes(double temperature) {
    constexpr std::array<double, 3> wave_numbers{886.0, 1161.0,
                                                 3030.0};  // bend out of the plane, in it, stretch [cm-1]
    double sum = 0.0;
    for (const double wave_number : wave_numbers) {
        sum += einstein_heat_capacity(constants::planck * constants::speed_of_light * wave_number /
                                      (constants::boltzmann * temperature));
    }
    return sum;
}

double silicate_atoms(double radius) {
    constexpr double formula_mass = 24.305 + 55.845 + 28.085 + 4.0 * 15.999;            // MgFeSiO4 [u], 7 atoms
    constexpr double per_volume = 3.5 * 7.0 / (formula_mass * constants::atomic_mass);  // [cm-3]
    return per_volume * volume(radius);
}

double pah_hydrogen(double radius) {
    const double carbon = carbon_atoms(radius);
    return hydrogen_per_carbon(carbon) * carbon;
}

[[noreturn]] void refuse(std::string found, std::string allowed) {
    throw InputError(ErrorText{.where = "heat capacity", .found = std::move(found), .allowed = std::move(allowed)});
}

double nothing(double /*radius or temperature*/) { return 0.0; }

}  // namespace

double debye_heat_capacity(int dimensions, double x) {
    // With u = y/x the integral is n x^n int_0^{1/x} u^{n-1} [(u/2)/sinh(u/2)]^2 du; Simpson's rule, u < 80 is enough.
    constexpr int pieces = 400;
    const double step = std::min(1.0 / x, 80.0) / pieces;
    double sum = 0.0;
    for (int i = 1; i <= pieces; ++i) {  // the integrand vanishes at u = 0
        const double u = step * i;
        const double weight = i % 2 == 1 ? 4.0 : 2.0;
        sum += (i == pieces ? 1.0 : weight) * std::pow(u, dimensions - 1) * einstein_heat_capacity(u);
    }
    return dimensions * std::pow(x, dimensions) * sum * step / 3.0;
}

const Vibrations& graphite_vibrations() {
    static constexpr Vibrations graphite{carbon_atoms, graphite_modes, nothing, nothing};
    return graphite;
}

const Vibrations& pah_vibrations() {
    static constexpr Vibrations pah{carbon_atoms, graphite_modes, pah_hydrogen, carbon_hydrogen_modes};
    return pah;
}

const Vibrations& silicate_vibrations() {
    static constexpr Vibrations silicate{silicate_atoms, silicate_modes, nothing, nothing};
    return silicate;
}

HeatPerVolume::HeatPerVolume(const Vibrations& vibrations, double temperature) : vibrations_(vibrations) {
    if (!(temperature > 0.0)) refuse("temperature " + to_text(temperature, 6) + " K", "temperature > 0 K");
    skeleton_ = vibrations.skeleton(temperature);
    bonds_ = vibrations.bonds(temperature);
}

double HeatPerVolume::operator()(double radius) const {
    const double atoms = vibrations_.atoms(radius);
    if (!(atoms > 2.0)) refuse(to_text(atoms, 4) + " atoms in a grain", "more than 2 atoms");
    return constants::boltzmann / volume(radius) * ((atoms - 2.0) * skeleton_ + vibrations_.hydrogen(radius) * bonds_);
}

}  // namespace ism::simulate::dust
