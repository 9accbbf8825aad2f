#pragma once
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace ism::simulate::dust {

/// How fast a grain absorbs photons of more than a given energy, S(E) [s-1], and the integrals of S that a master
/// equation in energy needs; all of one grain in one radiation field.
///
///     S(E)  = integral over lambda < hc/E of  sigma(lambda) 4 pi J_lambda lambda / (h c)  dlambda
///     In(E) = integral_0^E x^n S(x) dx,  n = 0, 1, 2
///
/// Energies are counted in E_edge, the largest photon energy (13.6 eV), so the kink of S there is a node: x = E /
/// E_edge. S is linear in each piece between nodes x_m = 2^-20 .. 1, each octave cut into 32 equal pieces; the exponent
/// and the first bits of the mantissa of x are the index, so no logarithm is needed. Below the first node S is
/// constant.
class PhotonRates {
public:
    static constexpr int octaves = 20;  ///< from 0.0912 um to 9.6 cm
    static constexpr int pieces = 32;   ///< of an octave
    static constexpr std::size_t nodes = octaves * pieces + 1;

    /// x_m, 0 <= m < nodes.
    [[nodiscard]] static double node(std::size_t m) {
        return std::bit_cast<double>((static_cast<std::uint64_t>(m) << mantissa_bits) + first_bits);
    }

    PhotonRates() = default;
    /// Energy absorbed per second where S has these values at the nodes [erg s-1].
    [[nodiscard]] static double power_of(double edge_energy, const std::vector<double>& rate);
    /// From S at the nodes [s-1] (its last value, at E_edge, is taken as 0) and E_edge [erg].
    PhotonRates(double edge_energy, const std::vector<double>& rate);

    [[nodiscard]] double edge_energy() const noexcept { return edge_energy_; }  ///< E_edge [erg]
    [[nodiscard]] double power() const noexcept { return power_; }              ///< I0(infinity) [erg s-1]: absorbed
    [[nodiscard]] double second_moment() const noexcept { return second_moment_; }  ///< I1(infinity) [erg2 s-1]
    [[nodiscard]] double total() const noexcept { return total_; }                  ///< S(0): all photons [s-1]

    /// The same grain in a field `factor` times as strong.
    [[nodiscard]] PhotonRates scaled(double factor) const;
    /// Adds the photons of a second field with the same edge energy.
    void add(const PhotonRates& other);

    /// S at x = E / E_edge, 0 <= x < 1 (not checked: this is the innermost call of the solver).
    [[nodiscard]] double above_fraction(double x) const {
        const Piece& piece = pieces_[index(x)];
        return piece.intercept + piece.slope * (x < first_node ? first_node : x);
    }
    /// S(E) at any energy [erg].
    [[nodiscard]] double above(double energy) const {
        const double x = energy / edge_energy_;
        return x < 1.0 ? above_fraction(x) : 0.0;
    }
    struct Integrals {
        double i0;  ///< [erg s-1]
        double i1;  ///< [erg2 s-1]
        double i2;  ///< [erg3 s-1]
    };
    /// I0(E), I1(E), I2(E) at any energy [erg].
    [[nodiscard]] Integrals integrals(double energy) const;

private:
    /// S = intercept + slope x.
    struct Piece {
        double intercept, slope;
    };
    static constexpr int mantissa_bits = 47;  // 52 bits less the 5 that number the pieces of an octave
    static constexpr double first_node = 1.0 / (1 << octaves);
    static constexpr std::uint64_t first_bits = static_cast<std::uint64_t>(1023 - octaves) << 52;

    [[nodiscard]] static std::size_t index(double x) {
        const double inside = x < first_node ? first_node : x;
        return static_cast<std::size_t>((std::bit_cast<std::uint64_t>(inside) - first_bits) >> mantissa_bits);
    }

    double edge_energy_ = 0.0, power_ = 0.0, second_moment_ = 0.0, total_ = 0.0;
    std::vector<Piece> pieces_;         // nodes - 1
    std::vector<Integrals> integrals_;  // at the nodes, in units of E_edge
};

/// The light on one grain: `strength` times the field of `rates`, with a background where there is one. Without one it
/// only points to `rates`, which must outlive it.
class Heating {
public:
    Heating(const PhotonRates& rates, double strength, const PhotonRates* background = nullptr)
        : rates_(&rates), strength_(strength) {
        if (background == nullptr) return;
        sum_ = rates.scaled(strength);
        sum_->add(*background);
    }
    [[nodiscard]] const PhotonRates& rates() const noexcept { return sum_ ? *sum_ : *rates_; }
    /// Factor on rates().
    [[nodiscard]] double strength() const noexcept { return sum_ ? 1.0 : strength_; }
    [[nodiscard]] double power() const noexcept { return strength() * rates().power(); }  ///< [erg s-1]

private:
    const PhotonRates* rates_;
    double strength_;
    std::optional<PhotonRates> sum_;
};

}  // namespace ism::simulate::dust
