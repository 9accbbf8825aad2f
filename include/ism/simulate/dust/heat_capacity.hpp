#pragma once

/// Heat capacities of Draine & Li 2001 (doi:10.1086/320227): Debye-like spectra of vibrations in two and three dimensions.
namespace ism::simulate::dust {

/// f_n'(x), with f_n(x) = n * integral_0^1 y^n / (exp(y/x) - 1) dy (Draine & Li 2001, eq. 10): the heat capacity of a mode
/// of an n-dimensional Debye solid in units of k at x = T/Theta. n = 2 or 3; 1 for x -> infinity.
[[nodiscard]] double debye_heat_capacity(int dimensions, double x);

/// Graphite per unit volume [erg K-1 cm-3] in a grain of radius a [cm] (eq. 9, rho = 2.24 g cm-3):
/// C/k = (N_C - 2) [f_2'(T/863 K) + 2 f_2'(T/2504 K)]. Grains below 2 atoms are refused (InputError).
[[nodiscard]] double graphite_heat_capacity(double temperature, double radius);

/// PAH: graphite and the three C-H modes at 886, 1161 and 3030 cm-1 for each H atom (section 2.3).
[[nodiscard]] double pah_heat_capacity(double temperature, double radius);

/// Silicate per unit volume [erg K-1 cm-3] (eq. 11, MgFeSiO4 at rho = 3.5 g cm-3):
/// C/k = (N_atoms - 2) [2 f_2'(T/500 K) + f_3'(T/1500 K)].
[[nodiscard]] double silicate_heat_capacity(double temperature, double radius);

}  // namespace ism::simulate::dust
