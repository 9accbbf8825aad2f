#pragma once
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ism::simulate::dust {

/// Optical and thermal properties of one grain material, as plain tables (cgs).
///
/// Efficiencies are given at `sizes` x `wavelengths`, row-major (all wavelengths of the first size come first).
/// Between the tabulated sizes Q and g are linear in a, as in DustEM (Compiegne et al. 2011,
/// doi:10.1051/0004-6361/201015292). Heat capacities are per unit volume at `heat_sizes` x `temperatures`, row-major;
/// log10 C is linear in log10 T.
struct GrainMaterial {
    std::string name;
    std::vector<double> sizes;              ///< grain radius a [cm], increasing
    std::vector<double> wavelengths;        ///< [cm], increasing
    std::vector<double> q_abs;              ///< absorption efficiency, sizes x wavelengths, > 0
    std::vector<double> q_sca;              ///< scattering efficiency, sizes x wavelengths, >= 0
    std::vector<double> g;                  ///< <cos theta>, sizes x wavelengths; empty where unknown
    std::vector<double> heat_sizes;         ///< grain radius a [cm], increasing; one entry: the same C for every size
    std::vector<double> temperatures;       ///< [K], increasing
    std::vector<double> log_heat_capacity;  ///< log10 C [erg K-1 cm-3], heat_sizes x temperatures
    std::vector<double> corners{};          ///< sizes [cm] where the properties have a corner by nature, increasing
};

/// Exponential cut-off of a power law: exp(-((a - at)/ac)^gamma) for a > at, 1 below.
struct ExponentialCutoff {
    double at;     ///< [cm]
    double ac;     ///< [cm], > 0
    double gamma;  ///< [1]
};

/// Curvature of a power law: (1 + |zeta| (a/au)^eta)^sign(zeta).
struct Curvature {
    double au;    ///< [cm], > 0
    double zeta;  ///< [1]
    double eta;   ///< [1]
};

/// Shape of a size distribution dn/dln a; its scale follows from the mass of the population.
struct SizeLaw {
    enum class Kind {
        power_law,   ///< dn/da ~ a^alpha, times cut-off and curvature where given
        log_normal,  ///< dn/dln a ~ exp(-0.5 (ln(a/a0)/sigma)^2)
        tabulated,   ///< dn/dln a given at `table_sizes`, linear in log-log, zero outside
    };
    Kind kind = Kind::power_law;
    double alpha = 0.0;                       ///< power law [1]
    std::optional<ExponentialCutoff> cutoff;  ///< power law
    std::optional<Curvature> curvature;       ///< power law
    double a0 = 0.0;                          ///< log-normal: centre [cm]
    double sigma = 0.0;                       ///< log-normal: width in ln a [1]
    std::vector<double> table_sizes;          ///< tabulated: a [cm], increasing
    std::vector<double> table_values;         ///< tabulated: dn/dln a, any scale
    /// Fraction of the grains of each size that belongs to this population (ionised PAHs and the like), linear in ln a
    /// between `mix_sizes` and constant beyond; applied after the mass has been normalised. Empty: 1.
    std::vector<double> mix_sizes;      ///< [cm], increasing
    std::vector<double> mix_fractions;  ///< [1]
};

/// One grain population: a material with a size distribution and a mass.
struct Population {
    std::string name;                               ///< column name of its output, e.g. "CM20_1"
    std::shared_ptr<const GrainMaterial> material;  ///< shared between populations of one material
    double mass_per_hydrogen = 0.0;                 ///< M / (N_H m_H) [1], before `mix_fractions`
    double density = 0.0;                           ///< bulk density [g cm-3]
    double a_min = 0.0;                             ///< [cm]
    double a_max = 0.0;                             ///< [cm]
    bool follows_amin = false;                      ///< `amin` of a DustModel moves it as it moves the first population
                                                    ///< (the same grains in another charge)
    std::size_t table_nodes = 25;                   ///< number of logarithmic sizes for `sizes = table`
    SizeLaw law;
};

/// A dust model: its populations.
struct GrainMixture {
    std::string name;
    std::vector<Population> populations;
    double field_scale = 1.0;  ///< the "G0" of a DustEM grain file: the field is that many times stronger
};

/// Throws InputError where a table has the wrong shape, does not increase, or holds a number it must not.
void check(const GrainMaterial& material);

/// Row of a sizes x wavelengths table at radius a [cm]: linear in a; below the table Q/a is constant (Rayleigh limit),
/// above it Q is.
[[nodiscard]] std::vector<double> efficiency(const GrainMaterial& material, const std::vector<double>& table, double a);

/// g at radius a [cm]: linear in a, and that of the nearest size outside the table (below it scattering is negligible).
[[nodiscard]] std::vector<double> asymmetry(const GrainMaterial& material, double a);

/// Heat capacity of one grain size as a function of temperature, and its integral.
///
/// log10 C is linear in log10 T between the tabulated temperatures (so C is a power law and the integral is exact) and
/// linear in a between the tabulated sizes; outside the temperatures the end slopes go on.
class HeatCapacity {
public:
    HeatCapacity(const GrainMaterial& material, double a);
    [[nodiscard]] double capacity(double temperature) const;  ///< C [erg K-1 cm-3]
    [[nodiscard]] double enthalpy(double temperature) const;  ///< integral_0^T C dT [erg cm-3]

private:
    [[nodiscard]] std::size_t piece(double temperature) const;

    std::vector<double> temperatures_;
    std::vector<double> capacities_;  ///< at temperatures_
    std::vector<double> slopes_;      ///< d ln C / d ln T in each piece
    std::vector<double> enthalpies_;  ///< at temperatures_
};

}  // namespace ism::simulate::dust
