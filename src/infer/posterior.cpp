#include <ism/infer/posterior.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>

#include <ism/base/errors.hpp>
#include <ism/base/text.hpp>

namespace ism::infer {
namespace {

using RowMatrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

constexpr double widest_variance = 1.5;  // in unconstrained space a prior without data has 1
constexpr double narrowest_variance = 1e-12;
constexpr double first_difference =
    1e-3;                            // step for second derivatives; a network in single precision is smooth to 1e-6
constexpr double farthest = 8;       // a search goes no farther out: 6e-16 of a range from its edge, 8 widths
constexpr double start_spread = 2;   // deviations: starts should be wider than the target, or R-hat sees nothing
constexpr double modes_within = 10;  // of ln density
constexpr std::size_t draws_to_begin = 100;  // of the mixture, before a chain of NUTS starts
constexpr int start_attempts = 100;
constexpr std::uint64_t start_stream = std::uint64_t{1} << 32;  // apart from the streams of the chains

/// Hessian of -ln density at z by central differences of the gradient.
RowMatrix curvature(Target& target, std::span<const double> z, const Eigen::VectorXd& steps) {
    const auto n = static_cast<Eigen::Index>(z.size());
    RowMatrix hessian(n, n);
    std::vector<double> moved(z.begin(), z.end());
    Eigen::VectorXd up(n), down(n);
    for (Eigen::Index i = 0; i < n; ++i) {
        const auto at = static_cast<std::size_t>(i);
        moved[at] = z[at] + steps[i];
        target.log_density(moved, {up.data(), z.size()});
        moved[at] = z[at] - steps[i];
        target.log_density(moved, {down.data(), z.size()});
        moved[at] = z[at];
        hessian.row(i) = (down - up) / (2 * steps[i]);
    }
    return 0.5 * (hessian + hessian.transpose());
}

/// Inverse of the curvature, its variances kept between the narrowest and the widest.
RowMatrix inverse(const RowMatrix& hessian) {
    if (!hessian.allFinite()) return RowMatrix::Identity(hessian.rows(), hessian.cols());
    const Eigen::SelfAdjointEigenSolver<RowMatrix> axes(hessian);
    const Eigen::VectorXd variances =
        axes.eigenvalues().cwiseMax(1 / widest_variance).cwiseInverse().cwiseMax(narrowest_variance);
    return axes.eigenvectors() * variances.asDiagonal() * axes.eigenvectors().transpose();
}

/// A PosteriorTarget as something to climb.
class TargetObjective final : public Objective {
public:
    explicit TargetObjective(PosteriorTarget& target)
        : target_(target), low_(target.dimension(), -farthest), high_(target.dimension(), farthest) {}
    [[nodiscard]] std::size_t dimension() const noexcept override { return low_.size(); }
    [[nodiscard]] std::span<const double> low() const noexcept override { return low_; }
    [[nodiscard]] std::span<const double> high() const noexcept override { return high_; }
    double value(std::span<const double> z, std::span<double> gradient) override {
        return target_.log_density(z, gradient);
    }
    void draw_start(Random& random, std::span<double> z) override {
        for (std::size_t i = 0; i < z.size(); ++i) {
            const Prior& prior = target_.problem().coordinates()[i].prior;
            z[i] = std::clamp(prior.to_unconstrained(prior.sample(random)), low_[i], high_[i]);
        }
    }

private:
    PosteriorTarget& target_;
    std::vector<double> low_, high_;
};

/// Coordinate d of all draws on the scale of its prior: an effective sample size should not depend on one far tail.
std::vector<double> on_scale(const Posterior& posterior, const FitProblem& problem, std::size_t d) {
    std::vector<double> values = posterior.of(d);
    for (double& value : values) value = problem.coordinates()[d].prior.to_scale(value);
    return values;
}

std::string percent(double fraction) { return to_text(100 * fraction, 3) + " %"; }

Verdict judge(const Posterior& posterior, unsigned max_depth, const ConvergenceBars& bars) {
    Verdict verdict;
    const auto blame = [&](const std::string& reason) { verdict.reasons.push_back(reason); };
    for (std::size_t d = 0; d < posterior.dimension(); ++d) {
        const Diagnostics& of = posterior.diagnostics[d];
        const std::string& name = posterior.names[d];
        if (!(of.r_hat <= bars.r_hat))
            blame("R-hat of " + name + " is " + to_text(of.r_hat, 4) + ", more than " + to_text(bars.r_hat, 4) +
                  ": the chains do not agree");
        if (!(of.bulk_ess >= bars.bulk_ess))
            blame("bulk effective sample size of " + name + " is " + to_text(of.bulk_ess, 3) + ", less than " +
                  to_text(bars.bulk_ess, 3));
        if (!(of.tail_ess >= bars.tail_ess))
            blame("tail effective sample size of " + name + " is " + to_text(of.tail_ess, 3) + ", less than " +
                  to_text(bars.tail_ess, 3));
    }
    const auto& statistics = posterior.statistics;
    const auto fraction = [&](const auto& test) {
        return static_cast<double>(std::count_if(statistics.begin(), statistics.end(), test)) /
               static_cast<double>(statistics.size());
    };
    const double divergent = fraction([](const DrawStatistics& s) { return s.divergent; });
    if (divergent > bars.divergent_fraction)
        blame(percent(divergent) + " of the draws diverged, more than " + percent(bars.divergent_fraction) +
              ": the posterior has a place too narrow for the step");
    const double deepest = fraction([&](const DrawStatistics& s) { return max_depth > 0 && s.depth >= max_depth; });
    if (deepest > bars.deepest_fraction)
        blame(percent(deepest) + " of the trajectories were cut off at depth " + std::to_string(max_depth) +
              ", more than " + percent(bars.deepest_fraction));
    verdict.converged = verdict.reasons.empty();
    return verdict;
}

}  // namespace

std::vector<double> Posterior::of(std::size_t d) const {
    std::vector<double> values;
    values.reserve(chains * length);
    for (std::size_t i = d; i < draws.size(); i += dimension()) values.push_back(draws[i]);
    return values;
}

std::vector<double> laplace_covariance(Target& target, std::span<const double> z) {
    const auto n = static_cast<Eigen::Index>(z.size());
    const RowMatrix rough = inverse(curvature(target, z, Eigen::VectorXd::Constant(n, first_difference)));
    // again with steps of a third of a deviation, where the difference is far above the noise of single precision
    const Eigen::VectorXd steps = (0.3 * rough.diagonal().cwiseSqrt()).cwiseMin(0.1);
    const RowMatrix covariance = inverse(curvature(target, z, steps));
    return {covariance.data(), covariance.data() + covariance.size()};
}

std::vector<double> spread_starts(Target& target, const std::vector<Optimum>& modes, std::span<const double> covariance,
                                  std::size_t count, std::uint64_t seed) {
    const std::size_t d = target.dimension();
    const auto n = static_cast<Eigen::Index>(d);
    const RowMatrix factor = Eigen::LLT<RowMatrix>(Eigen::Map<const RowMatrix>(covariance.data(), n, n)).matrixL();
    const auto good = static_cast<std::size_t>(std::count_if(modes.begin(), modes.end(), [&](const Optimum& mode) {
        return mode.value > modes.front().value - modes_within;
    }));
    std::vector<double> starts(count * d), gradient(d);
    for (std::size_t i = 0; i < count; ++i) {
        Random random(seed, start_stream + i);
        const auto start = std::span(starts).subspan(i * d, d);
        const Eigen::Map<const Eigen::VectorXd> mode(modes[i % good].position.data(), n);
        Eigen::Map<Eigen::VectorXd> here(start.data(), n);
        double spread = start_spread;
        for (int attempt = 0; attempt < start_attempts; ++attempt, spread *= 0.9) {
            Eigen::VectorXd step(n);
            for (double& s : step) s = random.normal();
            here = mode + spread * (factor * step);
            if (std::isfinite(target.log_density(start, gradient))) break;
        }
    }
    return starts;
}

std::vector<Optimum> find_modes(PosteriorTarget& target, const OptimumOptions& options) {
    TargetObjective objective(target);
    return optima(objective, options);
}

Mixture mixture_at(Target& target, const std::vector<Optimum>& modes) {
    std::optional<Mixture> mixture;
    double below = 0;  // weight of the components so far
    for (const Optimum& mode : modes) {
        if (!(mode.value > modes.front().value - modes_within)) break;
        const Mixture here(mode.position, laplace_covariance(target, mode.position));
        ++below;
        if (mixture) {
            mixture->add(here, 1 / below);
        } else {
            mixture = here;
        }
    }
    return *mixture;
}

Posterior describe(const FitProblem& problem, Draws draws, unsigned max_depth, const ConvergenceBars& bars) {
    const std::size_t d = problem.dimension();
    Posterior posterior;
    for (const Coordinate& coordinate : problem.coordinates()) {
        posterior.names.push_back(coordinate.name);
        posterior.units.push_back(coordinate.unit);
    }
    posterior.chains = draws.chains;
    posterior.length = draws.length;
    posterior.draws = std::move(draws.positions);
    for (std::size_t i = 0; i < posterior.draws.size(); ++i) {
        double& value = posterior.draws[i];
        value = problem.coordinates()[i % d].prior.from_unconstrained(value).x;
    }
    posterior.log_density = std::move(draws.log_density);
    posterior.statistics = std::move(draws.statistics);
    posterior.evaluations = draws.evaluations;
    for (std::size_t i = 0; i < d; ++i)
        posterior.diagnostics.push_back(diagnose({on_scale(posterior, problem, i), posterior.chains}));
    posterior.verdict = judge(posterior, max_depth, bars);
    return posterior;
}

Posterior sample_posterior(const FitProblem& problem, const PosteriorOptions& options) {
    PosteriorTarget target(problem);
    const std::vector<Optimum> modes = find_modes(target, options.optimum);
    const std::vector<double> covariance = laplace_covariance(target, modes.front().position);
    const std::vector<double> starts = spread_starts(target, modes, covariance, options.nuts.chains, options.nuts.seed);
    Posterior posterior =
        describe(problem, nuts(target, starts, options.nuts, covariance), options.nuts.max_depth, options.bars);
    posterior.modes = modes;
    return posterior;
}

Posterior sample_posterior(const FitProblem& problem, const EnsembleOptions& ensemble_options,
                           const PosteriorOptions& options) {
    PosteriorTarget target(problem);
    const std::vector<Optimum> modes = find_modes(target, options.optimum);
    const std::vector<double> covariance = laplace_covariance(target, modes.front().position);
    const std::vector<double> starts =
        spread_starts(target, modes, covariance, ensemble_options.walkers, ensemble_options.seed);
    Posterior posterior = describe(problem, ensemble(target, starts, ensemble_options), 0, options.bars);
    posterior.modes = modes;
    return posterior;
}

Posterior sample_posterior(const FitProblem& problem, Population& population, const PosteriorOptions& options) {
    Posterior posterior;
    for (std::size_t round = 0; round < options.rounds; ++round) {
        if (round > 0) population.adapt();
        posterior =
            describe(problem, population.chains(options.nuts.chains, options.nuts.draws, std::size_t{1} << (round / 2)),
                     0, options.bars);
        if (posterior.verdict.converged) break;
    }
    posterior.log_evidence = population.log_evidence();
    posterior.log_evidence_error = population.log_evidence_error();
    posterior.evaluations = population.evaluations();
    return posterior;
}

Posterior sample_with_jumps(const FitProblem& problem, Population& population, const PosteriorOptions& options) {
    PosteriorTarget target(problem);
    const NutsOptions& nuts_options = options.nuts;
    const Draws begun = population.chains(nuts_options.chains, draws_to_begin);
    std::vector<double> starts;
    for (std::size_t c = 0; c < begun.chains; ++c) {
        const auto last = begun.position(c, begun.length - 1);
        starts.insert(starts.end(), last.begin(), last.end());
    }
    Draws draws = nuts(target, starts, nuts_options, population.mixture().mean_scale(), &population.mixture());
    Posterior posterior = describe(problem, std::move(draws), nuts_options.max_depth, options.bars);
    posterior.log_evidence = population.log_evidence();
    posterior.log_evidence_error = population.log_evidence_error();
    posterior.evaluations += population.evaluations();
    return posterior;
}

}  // namespace ism::infer
