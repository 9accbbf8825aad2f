#pragma once
#include <array>
#include <cstddef>
#include <vector>

#include <ism/io/lamda.hpp>

namespace ism::simulate::lines {

/// Integral of a Gaussian of unit height over its full width at half maximum: sqrt(pi / ln 2) / 2.
inline constexpr double gaussian_area = 1.0644670194312262;

/// A radiative transition as the balance of the levels sees it.
struct RadiativeLine {
    std::size_t upper, lower;  ///< indices of levels
    double einstein_a;         ///< A_ul [s-1]
    double weight_ratio;       ///< g_u / g_l
    double temperature;        ///< (E_u - E_l) / k [K]
    double frequency;          ///< (E_u - E_l) / h [Hz]
    /// tau = depth N / dv (x_l g_u / g_l - x_u) with N in cm-2 and dv (FWHM) in km s-1:
    /// c^3 A_ul / (8 pi nu^3 x 1.0645), at the centre of a Gaussian line.
    double depth;
};

/// Two levels that collisions connect.
struct CollisionPair {
    std::size_t from, to;
    double weight_ratio;  ///< g_from / g_to
    double temperature;   ///< (E_from - E_to) / k [K]
};

/// Rate coefficients of one partner for all pairs.
struct PartnerRates {
    io::Collider collider;
    std::vector<double> temperatures;  ///< [K], increasing (T)
    std::vector<double> rates;         ///< from -> to [cm3 s-1] (pairs x T), 0 where the file has none
};

/// Levels, lines and collisions of a molecule with some of its partners, ready for the solver.
struct LevelSystem {
    /// Frequencies are those of the energies of the levels, so that detailed balance is exact. Throws InputError where
    /// the molecule has no table for one of `partners`, or a level is connected with no other.
    LevelSystem(const io::LamdaMolecule& molecule, const std::vector<io::Collider>& partners);

    std::vector<double> energies;  ///< E / k [K] (n)
    std::vector<double> weights;   ///< g (n)
    std::vector<RadiativeLine> lines;
    std::vector<CollisionPair> pairs;
    std::vector<PartnerRates> partners;

    [[nodiscard]] std::size_t size() const noexcept { return energies.size(); }
};

/// Physical conditions of a homogeneous cloud.
struct Conditions {
    double temperature = 0.0;                          ///< kinetic [K]
    double background = 2.73;                          ///< temperature of the black body behind [K], 0 for none
    double column_per_width = 0.0;                     ///< N / dv [cm-2 (km s-1)-1]
    std::array<double, io::collider_count> density{};  ///< [cm-3], by Collider - 1
};

/// Photons per mode of a black body: 1 / (exp(x) - 1) with x = h nu / k T; 0 at T = 0.
[[nodiscard]] double occupation(double line_temperature, double temperature);

/// Where a kinetic temperature stands in a table of rates: these are linear in temperature between the entries and held
/// outside, as in RADEX.
struct TablePosition {
    std::size_t first;  ///< entry below
    double weight;      ///< of the entry above
};
[[nodiscard]] TablePosition table_position(const std::vector<double>& temperatures, double temperature);

}  // namespace ism::simulate::lines
