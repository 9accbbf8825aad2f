#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include <ism/infer/draws.hpp>
#include <ism/infer/target.hpp>

namespace ism::infer {

struct EnsembleOptions {
    std::size_t walkers = 32;   ///< even, more than 2 D
    std::size_t warmup = 1000;  ///< steps of every walker that are thrown away
    std::size_t draws = 1000;   ///< steps of every walker that are kept
    std::size_t thin = 1;       ///< moves for each step that is kept
    double stretch = 2;         ///< a > 1: moves stretch by 1 / a .. a
    std::uint64_t seed = 1;
};

/// The affine-invariant ensemble: each walker moves along the line to a walker of the other half, by a factor z with
/// density ~ 1 / sqrt(z), and is accepted with probability min(1, z^(D-1) p'/p) (Goodman & Weare 2010,
/// doi:10.2140/camcos.2010.5.65; halves as in Foreman-Mackey et al. 2013, doi:10.1086/670067). Needs no gradient; half
/// of the walkers are evaluated in one call. Good up to about 10 dimensions, with walkers that start spread out.
///
/// Walkers are the chains of the result. They are not independent of each other, so R-hat flatters them: look at the
/// effective sample size, or run twice. Walker w draws the numbers of move m from the stream (seed, m x walkers + w).
/// `starts` (walkers x D). Throws InputError where shapes or options do not fit, NumericalError where a start has no
/// finite density.
[[nodiscard]] Draws ensemble(Target& target, std::span<const double> starts, const EnsembleOptions& options = {});

}  // namespace ism::infer
