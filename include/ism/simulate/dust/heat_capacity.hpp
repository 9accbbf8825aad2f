#pragma once

/// Heat capacities of Draine & Li 2001 (doi:10.1086/320227): Debye-like spectra of vibrations in two and three
/// dimensions.
namespace ism::simulate::dust {

/// f_n'(x), with f_n(x) = n * integral_0^1 y^n / (exp(y/x) - 1) dy: the heat capacity of a
/// mode of an n-dimensional Debye solid in units of k at x = T/Theta. n = 2 or 3; 1 for x -> infinity, ~ x^n for x ->
/// 0.
[[nodiscard]] double debye_heat_capacity(int dimensions, double x);

/// The vibrations of a material: C = k [(N - 2) c(T) + N_H c_H(T)], N atoms and N_H hydrogen atoms on top of them.
/// The 2 removes translation and rotation of the grain as a whole.
struct Vibrations {
    double (*atoms)(double radius);          ///< N in a grain of radius a [cm]
    double (*skeleton)(double temperature);  ///< c(T) [k per atom]
    double (*hydrogen)(double radius);       ///< N_H
    double (*bonds)(double temperature);     ///< c_H(T) [k per hydrogen atom]
};

/// Graphite, rho = 2.24 g cm-3: c = f_2'(T/863 K) + 2 f_2'(T/2504 K); no hydrogen.
[[nodiscard]] const Vibrations& graphite_vibrations();

/// PAH: graphite and, for each H atom, the C-H modes at 886, 1161 and 3030 cm-1.
[[nodiscard]] const Vibrations& pah_vibrations();

/// Silicate, MgFeSiO4 at rho = 3.5 g cm-3: c = 2 f_2'(T/500 K) + f_3'(T/1500 K); no hydrogen.
[[nodiscard]] const Vibrations& silicate_vibrations();

/// Heat capacity per unit volume [erg K-1 cm-3] at one temperature, for grains of any size.
class HeatPerVolume {
public:
    /// Throws InputError unless temperature [K] > 0.
    HeatPerVolume(const Vibrations& vibrations, double temperature);
    /// In a grain of radius a [cm]; throws InputError for 2 atoms or fewer (a < 0.17 nm).
    [[nodiscard]] double operator()(double radius) const;

private:
    Vibrations vibrations_;
    double skeleton_;
    double bonds_;
};

}  // namespace ism::simulate::dust
