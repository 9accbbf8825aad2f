#pragma once
#include <string>
#include <string_view>

/// Probability that a line photon leaves the cloud, as RADEX has it (van der Tak et al. 2007, A&A 468, 627,
/// doi:10.1051/0004-6361:20066820).
namespace ism::simulate::lines {

/// Shape of the cloud: expanding with a large velocity gradient, a static uniform sphere, a plane-parallel slab.
enum class Geometry { lvg, sphere, slab };

[[nodiscard]] std::string to_string(Geometry geometry);
/// Throws InputError for anything but "lvg", "sphere" and "slab".
[[nodiscard]] Geometry geometry_from_string(std::string_view text);

/// Below this optical depth [1] the probability is that of `deepest_maser`: it grows like exp(|tau|) without limit.
inline constexpr double deepest_maser = -20.0;

struct Escape {
    double probability;  ///< beta [1]
    double slope;        ///< d beta / d tau [1]
};

/// beta of an optical depth `tau` at line centre, negative where a line amplifies.
///
///     sphere  1.5 / tau [1 - 2 / tau^2 + (2 / tau + 2 / tau^2) exp(-tau)]
///     lvg     [1 - exp(-2.34 t)] / (2.34 t) for |t| < 7, 1 / (2 t sqrt(ln(t / sqrt(pi)))) beyond, 1 for |t| < 0.01;
///             t = tau / 2
///     slab    [1 - exp(-3 tau)] / (3 tau)
///
/// The lvg formula is that of the code RADEX and jumps, by 1.2 % at |t| = 0.01 and 0.2 % at t = 7; where a solution
/// would lie in a jump there is none. Here smooth steps over |t| = 0.0098 .. 0.0102 and t = 6.5 .. 7.5 lead across.
[[nodiscard]] Escape escape_probability(Geometry geometry, double tau);

}  // namespace ism::simulate::lines
