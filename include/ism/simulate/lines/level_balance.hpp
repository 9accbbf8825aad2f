#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include <ism/simulate/lines/escape_probability.hpp>
#include <ism/simulate/lines/level_system.hpp>

namespace ism::simulate::lines {

/// How the iteration for one cloud ended.
struct Outcome {
    int iterations = 0;  ///< linear systems solved
    bool converged = false;
};

/// Relative change of populations and of optical depths below which a solution is taken.
inline constexpr double tolerance = 1e-6;

/// Level populations x (sum 1) of N clouds (N x n), in statistical equilibrium with their own lines:
///
///     sum_j x_j R_ji = x_i sum_j R_ij,  net radiative rate u -> l: beta(tau) A [x_u (1 + n_bg) - x_l n_bg g_u / g_l]
///
/// (van der Tak et al. 2007, doi:10.1051/0004-6361:20066820). Newton's method on x from thermal populations. Its matrix
/// is that of a Markov chain, so both it and the last step, at fixed escape probabilities, are solved by state
/// reduction (Grassmann, Taksar & Heyman 1985, Oper. Res. 33, 1107, doi:10.1287/opre.33.5.1107): no subtractions, so
/// that a population of 1e-100 is as accurate as one of 0.1. Several clouds share a vector; no result depends on its
/// neighbours.
///
/// Where an outcome did not converge its populations are the last ones. Throws InputError for lengths that do not fit.
void solve_levels(const LevelSystem& system, Geometry geometry, std::span<const Conditions> clouds,
                  std::span<double> populations, std::span<Outcome> outcomes);

/// The same, as one would write it: damped iteration between populations (Gaussian elimination with pivots) and escape
/// probabilities until populations above 1e-10 change by less than 1e-10 of theirs.
[[nodiscard]] Outcome solve_levels_reference(const LevelSystem& system, Geometry geometry, const Conditions& cloud,
                                             std::span<double> populations);

/// The instruction sets that this machine can run (Highway's bits), for tests that force each of them.
[[nodiscard]] std::vector<std::int64_t> balance_targets();

}  // namespace ism::simulate::lines
