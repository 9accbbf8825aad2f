#pragma once
#include <limits>
#include <string>
#include <vector>

#include <ism/infer/diagnostics.hpp>
#include <ism/infer/draws.hpp>
#include <ism/infer/ensemble.hpp>
#include <ism/infer/fit_problem.hpp>
#include <ism/infer/nuts.hpp>
#include <ism/infer/optimum.hpp>
#include <ism/infer/population.hpp>

namespace ism::infer {

/// What a set of chains must reach to be believed (Vehtari et al. 2021, sections 3.2 and 4).
struct ConvergenceBars {
    double r_hat = 1.01;               ///< most
    double bulk_ess = 400;             ///< least
    double tail_ess = 100;             ///< least: a 5 % quantile good to a fifth of the distance to its neighbours
    double divergent_fraction = 1e-3;  ///< most, of the draws
    double deepest_fraction = 0.05;    ///< most draws whose trajectory was cut off at the greatest depth
};

/// Did the chains converge, and if not, why.
struct Verdict {
    bool converged = false;
    std::vector<std::string> reasons;  ///< one sentence each: "R-hat of U is 1.31, more than 1.01"
};

/// What the data say of the coordinates of a FitProblem.
struct Posterior {
    std::vector<std::string> names, units;  ///< (D)
    std::size_t chains = 0, length = 0;
    std::vector<double> draws;               ///< (chains x length x D), in the units of the parameters
    std::vector<double> log_density;         ///< (chains x length), in unconstrained space
    std::vector<DrawStatistics> statistics;  ///< (chains x length)
    std::vector<Diagnostics> diagnostics;    ///< (D); of the coordinates on the scale of their priors
    std::vector<Optimum> modes;  ///< places of largest density in unconstrained space, where the chains began
    double log_evidence = std::numeric_limits<double>::quiet_NaN();        ///< where a Population knows it
    double log_evidence_error = std::numeric_limits<double>::quiet_NaN();  ///< 1 sigma
    std::size_t evaluations = 0;
    Verdict verdict;

    [[nodiscard]] std::size_t dimension() const noexcept { return names.size(); }
    /// Draws of coordinate d, (chains x length).
    [[nodiscard]] std::vector<double> of(std::size_t d) const;
};

struct PosteriorOptions {
    NutsOptions nuts{.warmup = 400};  ///< the curvature at the best mode is a metric from which little is left to learn
    OptimumOptions optimum{.starts = 8};
    std::size_t rounds = 6;  ///< of a Population, the chains of every other one twice as long
    ConvergenceBars bars{};
};

/// Covariance (D x D) of the normal distribution that has the curvature of the target at z, from differences of its
/// gradient; variances of more than 1.5, and of directions that do not curve down, are taken as 1.5.
[[nodiscard]] std::vector<double> laplace_covariance(Target& target, std::span<const double> z);

/// A Mixture with the curvature of the target at each mode within 10 of the best in ln density, in equal parts.
[[nodiscard]] Mixture mixture_at(Target& target, const std::vector<Optimum>& modes);

/// Starts (count x D) around the modes, dealt out in turn to those within 10 of the best in ln density: normal with
/// twice the deviations of `covariance`, drawn again where the density is not finite. Item i draws from the stream
/// (seed, i).
[[nodiscard]] std::vector<double> spread_starts(Target& target, const std::vector<Optimum>& modes,
                                                std::span<const double> covariance, std::size_t count,
                                                std::uint64_t seed);

/// Modes in unconstrained space, best first; starts from the prior.
[[nodiscard]] std::vector<Optimum> find_modes(PosteriorTarget& target, const OptimumOptions& options);

/// Modes, starts, NUTS, diagnostics, verdict.
[[nodiscard]] Posterior sample_posterior(const FitProblem& problem, const PosteriorOptions& options = {});
/// The same with the affine-invariant ensemble.
[[nodiscard]] Posterior sample_posterior(const FitProblem& problem, const EnsembleOptions& ensemble,
                                         const PosteriorOptions& options = {});

/// Chains that propose from a Population alone, as many as `nuts` says; where they do not converge the mixture adapts
/// to what was proposed, for `rounds`.
[[nodiscard]] Posterior sample_posterior(const FitProblem& problem, Population& population,
                                         const PosteriorOptions& options = {});
/// NUTS that may jump by the mixture of a Population; its chains begin at draws of it.
[[nodiscard]] Posterior sample_with_jumps(const FitProblem& problem, Population& population,
                                          const PosteriorOptions& options = {});

/// A Posterior from draws of any sampler.
[[nodiscard]] Posterior describe(const FitProblem& problem, Draws draws, unsigned max_depth,
                                 const ConvergenceBars& bars = {});

}  // namespace ism::infer
