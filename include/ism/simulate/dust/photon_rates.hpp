#pragma once
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace ism::simulate::dust {

/// How fast a grain absorbs photons of more than a given energy, S(E) [s-1], and the integrals of S that a master
/// equation in energy needs; all of one grain in one radiation field.
///
///     S(E)  = integral over lambda < hc/E of  sigma(lambda) 4 pi J_lambda lambda / (h c)  dlambda
///     In(E) = integral_0^E x^n S(x) dx,  n = 0, 1, 2
///
/// Tables on E_m = E_edge 2^(m/32 ...): each octave below (and one above) E_edge is cut into 32 equal pieces, so the
/// exponent and the first bits of the mantissa of E / E_edge are the index and no logarithm is needed. S is linear
/// between the nodes. E_edge is the largest photon energy (13.6 eV), so the kink of S there is a node.
class PhotonRates {
public:
    static constexpr int octaves_below = 15;
    static constexpr int octaves_above = 1;
    static constexpr int pieces = 32;
    static constexpr std::size_t table_size = (octaves_below + octaves_above) * pieces + 1;

    double edge_energy = 0.0;      ///< E_edge [erg]
    double power = 0.0;            ///< W: absorbed power [erg s-1] = I0(infinity)
    double second_moment = 0.0;    ///< M = I1(infinity) [erg2 s-1]
    std::vector<double> rate;      ///< S(E_m) [s-1]
    std::vector<double> integral;  ///< I0(E_m) [erg s-1]
    std::vector<double> moment;    ///< I1(E_m) [erg2 s-1]
    std::vector<double> moment2;   ///< I2(E_m) [erg3 s-1]

    /// E_m [erg] for the given E_edge.
    [[nodiscard]] static double energy(std::size_t m, double edge_energy) {
        const auto octave = static_cast<int>(m / pieces) - octaves_below;
        const double mantissa = 1.0 + static_cast<double>(m % pieces) / pieces;
        return edge_energy * mantissa * std::bit_cast<double>(static_cast<std::uint64_t>(1023 + octave) << 52);
    }
    /// Fills `integral`, `moment`, `moment2`, `power` and `second_moment` from `rate` and `edge_energy`.
    void integrate();

    /// The same grain in a field `factor` times as strong.
    [[nodiscard]] PhotonRates scaled(double factor) const;
    /// Adds the photons of a second field with the same edge energy.
    void add(const PhotonRates& other);

    /// S(E).
    [[nodiscard]] double above(double energy) const {
        std::size_t m = 0;
        const double t = locate(energy, m);
        return rate[m] + t * (rate[m + 1] - rate[m]);
    }
    struct Integrals {
        double i0;  ///< [erg s-1]
        double i1;  ///< [erg2 s-1]
        double i2;  ///< [erg3 s-1]
    };
    /// I0(E), I1(E), I2(E).
    [[nodiscard]] Integrals integrals(double energy) const;

private:
    /// Index of the piece that holds E and the position 0..1 in it; E outside the table is moved to its end.
    [[nodiscard]] double locate(double energy, std::size_t& m) const {
        constexpr std::uint64_t first = static_cast<std::uint64_t>(1023 - octaves_below) * pieces;
        constexpr double smallest = 1.0 / (1 << octaves_below);
        constexpr double largest = (1 << octaves_above) * (1.0 - 1e-15);
        double x = energy / edge_energy;
        x = x < smallest ? smallest : (x > largest ? largest : x);
        const auto bits = std::bit_cast<std::uint64_t>(x);
        m = static_cast<std::size_t>((bits >> 47) - first);
        const double left = std::bit_cast<double>((bits >> 47) << 47);
        const double right = std::bit_cast<double>(((bits >> 47) + 1) << 47);
        return (x - left) / (right - left);
    }
};

}  // namespace ism::simulate::dust
