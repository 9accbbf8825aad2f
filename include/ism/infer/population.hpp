#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>

#include <ism/infer/draws.hpp>
#include <ism/infer/fit_problem.hpp>
#include <ism/infer/mixture.hpp>

namespace ism::infer {

struct PopulationOptions {
    std::size_t size = 1000;       ///< points of a generation while data are let in, >= 100
    std::size_t components = 12;   ///< most of the mixture
    double effective = 0.2;        ///< fraction of a generation that must still count when more of the data are let in
    std::size_t generations = 60;  ///< most, until all the data are in
    std::uint64_t seed = 1;
};

/// A posterior as a Mixture that was adapted to it, and chains that propose from it.
///
/// The mixture starts from the prior and a guess, as from the curvature at the modes, by population Monte Carlo (Cappe
/// et al. 2008, doi:10.1007/s11222-008-9059-x) with the likelihood raised to a power that grows from 0 to 1, each time
/// so far that `effective` of a generation still counts (Del Moral et al. 2006, doi:10.1111/j.1467-9868.2006.00553.x).
/// Separate modes keep the weights that they deserve. Everything is evaluated in batches, without gradients.
class Population {
public:
    /// Throws InputError where options do not fit, NumericalError where the likelihood is finite nowhere in the prior
    /// or its power does not reach 1. The target must outlive the object.
    Population(PosteriorTarget& target, const Mixture& guess, const PopulationOptions& options = {});
    ~Population();

    [[nodiscard]] const Mixture& mixture() const noexcept { return mixture_; }
    /// ln of the integral of likelihood times prior, from the last large generation of points.
    [[nodiscard]] double log_evidence() const noexcept { return log_evidence_; }
    /// Its standard error, from the scatter of their weights; a mode that was never met is not in it.
    [[nodiscard]] double log_evidence_error() const noexcept { return log_evidence_error_; }
    [[nodiscard]] std::size_t evaluations() const noexcept { return evaluations_; }

    /// Metropolis chains that propose from the mixture, whatever the place they are at (the independence sampler of
    /// Tierney 1994, doi:10.1214/aos/1176325750); their first tenth, beside `draws`, is thrown away, and of the rest
    /// one in `thin` is a draw. What was proposed is kept for adapt().
    [[nodiscard]] Draws chains(std::size_t chains, std::size_t draws, std::size_t thin = 1);
    /// Makes the mixture anew from the last points.
    void adapt();

private:
    struct Generation;
    void let_the_data_in(const Mixture& guess);
    [[nodiscard]] Generation draw(std::size_t size);
    void keep(Generation points);

    PosteriorTarget& target_;
    PopulationOptions options_;
    Random random_;
    Mixture mixture_;
    std::unique_ptr<Generation> last_;
    double log_evidence_ = 0, log_evidence_error_ = 0;
    std::size_t evidence_points_ = 0;
    std::size_t evaluations_ = 0;
};

}  // namespace ism::infer
