#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <ism/infer/draws.hpp>
#include <ism/infer/mixture.hpp>
#include <ism/infer/target.hpp>

namespace ism::infer {

/// What the sampler knows of the shape of the target.
enum class Metric {
    automatic,  ///< dense up to 12 dimensions, diagonal above
    diagonal,   ///< variances
    dense,      ///< the whole covariance: correlated parameters cost no more than independent ones
};

struct NutsOptions {
    std::size_t chains = 4;
    std::size_t warmup = 1000;  ///< draws of each chain that adapt step and metric and are thrown away, >= 20
    std::size_t draws = 1000;   ///< draws of each chain that are kept
    double target_acceptance = 0.8;
    unsigned max_depth = 10;  ///< most doublings: 2^10 - 1 steps
    Metric metric = Metric::automatic;
    std::uint64_t seed = 1;
};

/// The No-U-Turn sampler: Hamiltonian Monte Carlo whose trajectories end by themselves (Hoffman & Gelman 2014, JMLR 15,
/// 1593), with multinomial weights and the generalised criterion (Betancourt 2017, arXiv:1701.02434), checked across
/// the seam of the two halves too, as in Stan 2.32.
///
/// Warm-up is Stan's: a search for the step, then windows of doubling length that re-estimate the metric, step sizes by
/// dual averaging throughout (Nesterov's, eq. 6 of Hoffman & Gelman). An estimate from n draws counts n / (n + 5), that
/// of the window before the rest.
///
/// Chain c draws its random numbers from the stream (seed, c) and is run by one thread: results do not depend on the
/// number of threads. `starts` (chains x D) must have finite density. `covariance` (D x D), a guess at that of the
/// target, may be empty: then the identity. With a mixture as `jumps` each trajectory is followed by one Metropolis
/// step that proposes from it: a way between separate modes that no trajectory finds. Throws InputError where shapes or
/// options do not fit, NumericalError where a start has no finite density.
[[nodiscard]] Draws nuts(const Target& target, std::span<const double> starts, const NutsOptions& options = {},
                         std::span<const double> covariance = {}, const Mixture* jumps = nullptr);

}  // namespace ism::infer
