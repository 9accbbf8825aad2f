// Mixtures, and populations that find separate modes with the weights that they deserve.
#include <ism/infer/population.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <vector>

#include <ism/infer/normal.hpp>
#include <ism/infer/nuts.hpp>
#include <ism/infer/posterior.hpp>

#include "check_relative.hpp"
#include "error_of.hpp"
#include "targets.hpp"
#include "toy_model.hpp"

using namespace ism::infer;

namespace {

using Kind = Measurement::Kind;

/// output = x^2: what is seen of it does not tell the sign of x.
class Square final : public ism::Model {
public:
    Square() {
        info_.name = "square";
        info_.parameters = {{.name = "x", .unit = "", .low = -1e3, .high = 1e3, .help = "what is squared"},
                            {.name = "y", .unit = "", .low = 0, .high = 1, .help = "not seen"}};
        info_.axis = {.name = "band", .kind = "band", .unit = "", .values = {}, .labels = {"only"}};
        info_.output_scale = ism::Scale::linear;
    }
    [[nodiscard]] const ism::ModelInfo& info() const noexcept override { return info_; }
    [[nodiscard]] bool differentiable() const noexcept override { return true; }
    void evaluate(std::span<const double> x, std::span<double> y) const override {
        for (std::size_t i = 0; i < y.size(); ++i) y[i] = x[2 * i] * x[2 * i];
    }
    void evaluate_with_jacobian(std::span<const double> x, std::span<double> y,
                                std::span<double> jacobian) const override {
        evaluate(x, y);
        jacobian[0] = 2 * x[0], jacobian[1] = 0;
    }

private:
    ism::ModelInfo info_;
};

/// x^2 = 4 +- 0.2 with x between -5 and 3, normal around 1: two modes of unequal weight.
FitProblem two_signs(const Square& model, double error = 0.2) {
    return {model, {.bands = {{Kind::detection, 4, error}}}, {Prior::normal(1, 2, -5, 3), Prior::uniform(0, 1)}};
}

/// Integral of likelihood times prior of two_signs, over x from `low` to `high`.
double mass_between(double low, double high, double error = 0.2) {
    const Prior prior = Prior::normal(1, 2, -5, 3);
    double sum = 0;
    constexpr double step = 1e-5;
    for (double x = low; x < high; x += step)
        sum += step * std::exp(prior.log_density(x) + log_normal_density((x * x - 4) / error)) / error;
    return sum;
}

Mixture three_parts() {
    Mixture mixture(std::vector{0.0, 0.0}, std::vector{1.0, 0.0, 0.0, 1.0});
    mixture.add(Mixture(std::vector{4.0, 0.0}, std::vector{2.0, 1.2, 1.2, 1.0}), 0.4);
    mixture.add(Mixture(std::vector{-3.0, 5.0}, std::vector{0.01, 0.0, 0.0, 3.0}), 0.1);
    return mixture;
}

std::vector<double> drawn_from(const Mixture& mixture, std::size_t count, std::uint64_t seed) {
    ism::Random random(seed, 0);
    std::vector<double> z(count * mixture.dimension());
    for (std::size_t i = 0; i < count; ++i)
        mixture.draw(random, std::span(z).subspan(i * mixture.dimension(), mixture.dimension()));
    return z;
}

}  // namespace

TEST_CASE("mixture: its density has the integral 1, and draws follow it") {
    const Mixture mixture = three_parts();
    double sum = 0;
    std::vector<double> row(2 * 2000), values(2000);
    for (double y = -40; y < 40; y += 0.05) {
        for (std::size_t i = 0; i < 2000; ++i) row[2 * i] = -40 + 0.04 * static_cast<double>(i), row[2 * i + 1] = y;
        mixture.log_densities(row, values);
        for (const double value : values) sum += 0.04 * 0.05 * std::exp(value);
    }
    CHECK_RELATIVE(sum, 1, 2e-3);  // the tails of 6 degrees of freedom reach beyond 40
    // a wide density over the mixture's own, averaged over draws of the mixture, is 1
    const Mixture other(std::vector{1.0, 1.0}, std::vector{1.0, 0.3, 0.3, 0.5});
    const std::vector<double> z = drawn_from(mixture, 40000, 3);
    std::vector<double> own(40000), wanted(40000);
    mixture.log_densities(z, own);
    other.log_densities(z, wanted);
    double mean = 0, squares = 0;
    for (std::size_t i = 0; i < own.size(); ++i) {
        const double ratio = std::exp(wanted[i] - own[i]);
        mean += ratio / 40000, squares += ratio * ratio / 40000;
    }
    CHECK(std::abs(mean - 1) < 4 * std::sqrt((squares - mean * mean) / 40000));
}

TEST_CASE("mixture: learned from weighted points, it finds their parts") {
    const Mixture truth = three_parts();
    const std::vector<double> z = drawn_from(truth, 20000, 5);
    // points of the lower half plane count twice
    std::vector<double> weights(20000), own(20000), learned(20000);
    for (std::size_t i = 0; i < weights.size(); ++i) weights[i] = z[2 * i + 1] < 0 ? 2 : 1;
    const double all = std::accumulate(weights.begin(), weights.end(), 0.0);
    for (double& weight : weights) weight /= all;
    ism::Random random(6, 0);
    Mixture mixture = mixture_of(z, weights, 2, 6, random);
    for (int step = 0; step < 30; ++step) mixture = mixture.nearer_to(z, weights);
    // mean of ln(truth / learned) over the truth, where both are compared on the same weights: small, and not below 0
    truth.log_densities(z, own);
    mixture.log_densities(z, learned);
    double divergence = 0;
    for (std::size_t i = 0; i < own.size(); ++i)
        divergence += weights[i] * (own[i] + std::log(weights[i] * 20000) - learned[i]);
    CHECK(divergence > 0);
    CHECK(divergence < 0.1);
    double sum = 0;
    for (std::size_t k = 0; k < mixture.size(); ++k) sum += mixture.weight(k);
    CHECK_RELATIVE(sum, 1, 1e-12);
}

TEST_CASE("population: two modes have their weights, and the evidence is the integral") {
    const Square model;
    const FitProblem problem = two_signs(model);
    PosteriorTarget target(problem);
    Population population(target, mixture_at(target, find_modes(target, {.starts = 4})), {.seed = 9});
    const Posterior posterior = sample_posterior(problem, population, {.nuts = {.draws = 2000}});
    CAPTURE(posterior.verdict.reasons.size());
    CHECK(posterior.verdict.converged);
    const double below = mass_between(-5, 0), above = mass_between(0, 3);
    const std::vector<double> x = posterior.of(0);
    std::vector<double> negative(x.size());
    std::transform(x.begin(), x.end(), negative.begin(), [](double value) { return value < 0 ? 1.0 : 0.0; });
    const Diagnostics sign = diagnose({negative, posterior.chains});
    CHECK(std::abs(sign.mean - below / (below + above)) < 4 * sign.mean_error);
    CHECK(sign.mean_error < 0.02);
    CHECK(posterior.log_evidence_error < 0.05);
    CHECK(std::abs(posterior.log_evidence - std::log(below + above)) < 4 * posterior.log_evidence_error);
}

TEST_CASE("population: modes so narrow that no draw of the prior hits them are found") {
    const Square model;
    const FitProblem problem = two_signs(model, 1e-4);
    PosteriorTarget target(problem);
    Population population(target, Mixture(std::vector{0.0, 0.0}, std::vector{1.0, 0.0, 0.0, 1.0}), {.seed = 2});
    const Posterior posterior = sample_posterior(problem, population, {.nuts = {.draws = 2000}});
    CHECK(posterior.verdict.converged);
    const double both = 0.25 * (std::exp(Prior::normal(1, 2, -5, 3).log_density(2)) +
                                std::exp(Prior::normal(1, 2, -5, 3).log_density(-2)));
    CHECK(posterior.log_evidence_error < 0.05);
    CHECK(std::abs(posterior.log_evidence - std::log(both)) < 4 * posterior.log_evidence_error);
}

TEST_CASE("NUTS: with jumps by a mixture chains pass between modes; without they do not agree") {
    const Square model;
    const FitProblem problem = two_signs(model, 0.05);
    PosteriorTarget target(problem);
    Population population(target, mixture_at(target, find_modes(target, {.starts = 4})), {.seed = 9});
    const PosteriorOptions options{.nuts = {.warmup = 300, .draws = 1000, .seed = 4}};
    CHECK(!sample_posterior(problem, options).verdict.converged);
    const Posterior posterior = sample_with_jumps(problem, population, options);
    CHECK(posterior.verdict.converged);
    const std::vector<double> x = posterior.of(0);
    const double below = mass_between(-5, 0, 0.05), above = mass_between(0, 3, 0.05);
    std::vector<double> negative(x.size());
    std::transform(x.begin(), x.end(), negative.begin(), [](double value) { return value < 0 ? 1.0 : 0.0; });
    const Diagnostics sign = diagnose({negative, posterior.chains});
    CHECK(std::abs(sign.mean - below / (below + above)) < 4 * sign.mean_error);
}

TEST_CASE("population: agrees with NUTS on the toy, and is the same when run again") {
    const ToyModel model;
    Observation seen;
    std::vector<double> flux(8);
    model.evaluate(std::vector{23.0, 1.7}, flux);
    for (const double m : flux) seen.bands.push_back({Kind::detection, 1.05 * m, 0.1 * m});
    const FitProblem problem(model, seen, {Prior::log_uniform(12, 50), Prior::uniform(1, 3)},
                             FreeScale{"mass", "", Prior::log_uniform(1e-3, 1e3)});
    const auto sampled = [&] {
        PosteriorTarget target(problem);
        Population population(target, mixture_at(target, find_modes(target, {.starts = 4})), {.seed = 9});
        return sample_posterior(problem, population);
    };
    const Posterior mixture = sampled(), nuts = sample_posterior(problem);
    CHECK(mixture.verdict.converged);
    for (std::size_t d = 0; d < 3; ++d) {
        const double error = std::hypot(nuts.diagnostics[d].mean_error, mixture.diagnostics[d].mean_error);
        CHECK(std::abs(nuts.diagnostics[d].mean - mixture.diagnostics[d].mean) < 4 * error);
        CHECK_RELATIVE(nuts.diagnostics[d].deviation, mixture.diagnostics[d].deviation, 0.1);
    }
    CHECK(sampled().draws == mixture.draws);
}

TEST_CASE("population: what cannot be sampled is refused with a sentence") {
    const Square model;
    const FitProblem problem = two_signs(model);
    PosteriorTarget target(problem);
    const Mixture guess(std::vector{0.0, 0.0}, std::vector{1.0, 0.0, 0.0, 1.0});
    CHECK(has(error_of([&] { (void)Population(target, guess, {.size = 10}); }), "at least 100 points"));
    CHECK(has(error_of<ism::NumericalError>([&] { (void)Mixture(std::vector{0.0}, std::vector{-1.0}); }),
              "not positive definite"));
}
