#pragma once
#include <optional>
#include <string>
#include <vector>

#include <ism/base/random.hpp>
#include <ism/infer/likelihood.hpp>
#include <ism/infer/optimum.hpp>
#include <ism/infer/prior.hpp>
#include <ism/infer/target.hpp>

namespace ism::infer {

/// One free number of a fit.
struct Coordinate {
    std::string name;
    std::string unit;  ///< FITS unit string, "" for a pure number
    Prior prior;
};

/// A factor between the model's output and the data: dust mass over distance squared, number of hydrogen atoms ...
struct FreeScale {
    std::string name;  ///< "mass"
    std::string unit;
    Prior prior;  ///< log-uniform, as a rule; must not reach below 0
};

/// A Model, what was seen, and what is believed: the likelihood of D free coordinates and their priors.
///
/// The coordinates are, in this order, the parameters of the model whose prior is not fixed, and the scale where there
/// is one that is not fixed. The model may be physics or a network; it must be differentiable and must outlive the
/// problem. An object owns the room it works in: one thread at a time; copies are cheap.
class FitProblem {
public:
    /// One prior for each parameter of the model. Throws InputError where the model is not differentiable, the numbers
    /// of priors or bands do not fit, a prior reaches outside the range of its parameter (see Prior::within), nothing
    /// is free, or the observation is refused.
    FitProblem(const Model& model, Observation observation, std::vector<Prior> priors,
               std::optional<FreeScale> scale = std::nullopt);

    [[nodiscard]] const Model& model() const noexcept { return *model_; }
    [[nodiscard]] const Likelihood& likelihood() const noexcept { return likelihood_; }
    [[nodiscard]] const std::vector<Coordinate>& coordinates() const noexcept { return coordinates_; }
    [[nodiscard]] std::size_t dimension() const noexcept { return coordinates_.size(); }

    /// ln p(observation | x) at x (D), and its gradient (D); NaN where the model fails. No allocation.
    double log_likelihood(std::span<const double> x, std::span<double> gradient);
    /// The same without gradient for N points: x (N x D), values (N). Allocates where N is larger than before.
    void log_likelihoods(std::span<const double> x, std::span<double> values);
    /// Fluxes of the model (N x M) at N points (N x D), in the unit of the data, before calibration factors. Throws
    /// what the model throws.
    void fluxes(std::span<const double> x, std::span<double> out);

private:
    void fill_point(std::span<const double> x, std::span<double> point) const noexcept;
    [[nodiscard]] double scale_of(std::span<const double> x) const noexcept {
        return scale_at_ ? x[*scale_at_] : fixed_scale_;
    }

    const Model* model_;
    Likelihood likelihood_;
    std::vector<Coordinate> coordinates_;
    std::vector<std::size_t> free_;        // (F) parameter of the model behind coordinate i < F
    std::optional<std::size_t> scale_at_;  // coordinate of the scale
    double fixed_scale_ = 1;
    std::vector<double> point_;                 // (P)
    std::vector<double> outputs_, slopes_;      // (M)
    std::vector<double> jacobian_;              // (M x P)
    std::vector<double> points_, all_outputs_;  // of log_likelihoods
};

/// The posterior density over unconstrained space (see Prior), for samplers.
class PosteriorTarget final : public Target {
public:
    explicit PosteriorTarget(FitProblem problem);

    [[nodiscard]] std::size_t dimension() const noexcept override { return problem_.dimension(); }
    double log_density(std::span<const double> z, std::span<double> gradient) override;
    void log_densities(std::span<const double> z, std::span<double> values) override;
    [[nodiscard]] std::unique_ptr<Target> clone() const override { return std::make_unique<PosteriorTarget>(*this); }

    [[nodiscard]] FitProblem& problem() noexcept { return problem_; }
    /// The two factors of the density apart, for N points: z (N x D), ln of the likelihood and of the prior per unit of
    /// z (N).
    void log_likelihoods_and_priors(std::span<const double> z, std::span<double> log_likelihood,
                                    std::span<double> log_prior);
    /// One draw of the prior (D).
    void draw_prior(Random& random, std::span<double> z) const;
    /// The coordinates x (D) at z (D).
    void constrain(std::span<const double> z, std::span<double> x) const noexcept;

private:
    FitProblem problem_;
    std::vector<double> x_;               // (D)
    std::vector<Prior::Mapped> mapped_;   // (D)
    std::vector<double> all_x_, priors_;  // of log_densities
};

/// The posterior density on the scales of the priors (ln x where the prior is logarithmic), for the best fit. With flat
/// priors its optimum is that of the likelihood.
class PosteriorObjective final : public Objective {
public:
    explicit PosteriorObjective(FitProblem problem);

    [[nodiscard]] std::size_t dimension() const noexcept override { return problem_.dimension(); }
    [[nodiscard]] std::span<const double> low() const noexcept override { return low_; }
    [[nodiscard]] std::span<const double> high() const noexcept override { return high_; }
    double value(std::span<const double> s, std::span<double> gradient) override;
    /// Draws from the prior.
    void draw_start(Random& random, std::span<double> s) override;

    /// The coordinates x (D) at s (D).
    void constrain(std::span<const double> s, std::span<double> x) const noexcept;

private:
    FitProblem problem_;
    std::vector<double> low_, high_, x_;  // (D)
};

}  // namespace ism::infer
