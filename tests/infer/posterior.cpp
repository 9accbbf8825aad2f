// Whole fits: gradients, optima, and simulation-based calibration (Talts et al. 2018, arXiv:1804.06788).
#include <ism/infer/posterior.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include <rapidcheck.h>

#include <ism/base/parallel.hpp>
#include <ism/base/random.hpp>

#include "check_relative.hpp"
#include "error_of.hpp"
#include "toy_model.hpp"

using namespace ism::infer;

namespace {

using Kind = Measurement::Kind;

/// output = parameter, once, times 1: with a normal prior and normal noise the posterior is known.
class Identity final : public ism::Model {
public:
    Identity() {
        info_.name = "identity";
        info_.parameters = {{.name = "x", .unit = "", .low = -1e3, .high = 1e3, .help = "itself"}};
        info_.axis = {.name = "band", .kind = "band", .unit = "", .values = {}, .labels = {"only"}};
        info_.output_scale = ism::Scale::linear;
    }
    [[nodiscard]] const ism::ModelInfo& info() const noexcept override { return info_; }
    [[nodiscard]] bool differentiable() const noexcept override { return differentiable_; }
    void evaluate(std::span<const double> x, std::span<double> y) const override {
        std::copy(x.begin(), x.end(), y.begin());
    }
    void evaluate_with_jacobian(std::span<const double> x, std::span<double> y,
                                std::span<double> jacobian) const override {
        y[0] = x[0], jacobian[0] = 1;
    }
    bool differentiable_ = true;

private:
    ism::ModelInfo info_;
};

/// What is believed of the toy and how it is seen: two instruments, the second with limits.
struct ToySky {
    std::vector<Prior> priors{Prior::log_uniform(12, 50), Prior::normal(1.8, 0.3, 1, 3)};
    FreeScale mass{"mass", "Msun", Prior::log_normal(1, 0.7)};
    std::vector<CalibrationGroup> groups{{"PACS", 0.1}, {"SPIRE", 0.15}};
    double floor = 0.05, depth = 3;  // limits are put at 3 sigma

    /// A source drawn from the priors, (T, beta, mass), and its observation.
    Observation draw(const ToyModel& model, ism::Random& random, std::vector<double>& truth) const {
        truth = {priors[0].sample(random), priors[1].sample(random), mass.prior.sample(random)};
        std::vector<double> flux(8);
        model.evaluate(std::span(truth).first(2), flux);
        Observation seen{.bands = {}, .groups = groups, .floor = std::vector<double>(8, floor)};
        const double factor[] = {1 + groups[0].fraction * random.normal(), 1 + groups[1].fraction * random.normal()};
        for (std::size_t j = 0; j < 8; ++j) {
            const double m = truth[2] * flux[j], error = j < 3 ? 0.5 : 0.3;
            const std::size_t g = j < 3 ? 0 : 1;
            const double d = m * factor[g] + floor * m * random.normal() + error * random.normal();
            // the second instrument publishes nothing below 3 sigma but the limit
            if (j >= 3 && d < depth * error)
                seen.bands.push_back({Kind::upper_limit, depth * error, error, g});
            else
                seen.bands.push_back({Kind::detection, d, error, g});
        }
        return seen;
    }
};

/// p value of a chi^2 with an even number of degrees of freedom.
double chi2_survival(double chi2, int degrees) {
    double term = 1, sum = 1;
    for (int i = 1; i < degrees / 2; ++i) sum += term *= 0.5 * chi2 / i;
    return std::exp(-0.5 * chi2) * sum;
}

/// Are the ranks 0 .. `most` uniform? p value of chi^2 in 21 bins.
double uniformity(const std::vector<std::size_t>& ranks, std::size_t most) {
    std::vector<double> bins(21);
    for (const std::size_t rank : ranks) ++bins[rank * 21 / (most + 1)];
    const double expected = static_cast<double>(ranks.size()) / 21;
    double chi2 = 0;
    for (const double count : bins) chi2 += (count - expected) * (count - expected) / expected;
    return chi2_survival(chi2, 20);
}

/// Rank of the truth among every `thin`-th draw of coordinate d; 0 .. 104 of 104 draws.
std::size_t rank_of(double truth, const std::vector<double>& draws, std::size_t thin) {
    std::size_t rank = 0;
    for (std::size_t i = 0; i < 104; ++i) rank += draws[i * thin] < truth ? 1 : 0;
    return rank;
}

}  // namespace

TEST_CASE("fit: gradients of the posterior, with limits, calibration and floors, in both spaces") {
    const ToyModel model;
    const ToySky sky;
    ism::Random random(31, 0);
    std::vector<double> truth;
    Observation seen = sky.draw(model, random, truth);
    seen.bands[7] = {Kind::upper_limit, 0.9, 0.3, 1};
    const FitProblem problem(model, seen, sky.priors, sky.mass);
    REQUIRE(problem.dimension() == 3);
    CHECK(problem.coordinates()[2].name == "mass");
    CHECK(rc::check([&] {
        PosteriorTarget target(problem);
        PosteriorObjective objective(problem);
        std::vector<double> z(3), gradient(3), unused(3), x(3), s(3);
        for (double& value : z) value = 0.001 * *rc::gen::inRange(-2000, 2000);
        target.constrain(z, x);
        for (std::size_t i = 0; i < 3; ++i) s[i] = problem.coordinates()[i].prior.to_scale(x[i]);
        const auto check = [&](std::vector<double>& at, const auto& value_of) {
            const double value = value_of(at, gradient);
            for (std::size_t i = 0; i < 3; ++i) {
                const double before = at[i], h = 2e-4;
                const auto shifted = [&](double t) { return at[i] = before + t, value_of(at, unused); };
                const double numeric = (8 * (shifted(h) - shifted(-h)) - (shifted(2 * h) - shifted(-2 * h))) / (12 * h);
                at[i] = before;
                RC_ASSERT(std::abs(gradient[i] - numeric) <= 1e-6 * (1 + std::abs(numeric) + std::abs(value)));
            }
        };
        check(z, [&](auto& at, auto& g) { return target.log_density(at, g); });
        check(s, [&](auto& at, auto& g) { return objective.value(at, g); });
        std::vector<double> batch = z, values(2);
        batch.insert(batch.end(), z.begin(), z.end());
        target.log_densities(batch, values);
        RC_ASSERT(std::abs(values[1] - target.log_density(z, gradient)) <= 1e-12 * std::abs(values[1]));
    }));
}

TEST_CASE("fit: the best fit of noiseless data is the truth, found from every side") {
    const ToyModel model;
    const ToySky sky;
    std::vector<double> flux(8);
    model.evaluate(std::vector{23.0, 1.7}, flux);
    Observation seen;
    for (const double m : flux) seen.bands.push_back({Kind::detection, 2 * m, 0.1 * m});
    PosteriorObjective objective({model,
                                  seen,
                                  {Prior::log_uniform(12, 50), Prior::uniform(1, 3)},
                                  FreeScale{"mass", "", Prior::log_uniform(1e-3, 1e3)}});
    const auto found = optima(objective);
    REQUIRE(found.size() == 1);
    CHECK(found[0].found == 16);
    std::vector<double> x(3);
    objective.constrain(found[0].position, x);
    CHECK_RELATIVE(x[0], 23, 1e-4);
    CHECK_RELATIVE(x[1], 1.7, 1e-4);
    CHECK_RELATIVE(x[2], 2, 1e-4);
}

TEST_CASE("optimum: every hill is found, the best one first, and edges count") {
    /// -(x^2 - 1)^2 + 0.1 x: hills near -1 and 1; in y the edge is best.
    class Hills final : public Objective {
    public:
        [[nodiscard]] std::size_t dimension() const noexcept override { return 2; }
        [[nodiscard]] std::span<const double> low() const noexcept override { return low_; }
        [[nodiscard]] std::span<const double> high() const noexcept override { return high_; }
        double value(std::span<const double> s, std::span<double> gradient) override {
            const double u = s[0] * s[0] - 1;
            gradient[0] = -4 * u * s[0] + 0.1, gradient[1] = 1;
            return -u * u + 0.1 * s[0] + s[1];
        }
        void draw_start(ism::Random& random, std::span<double> s) override {
            for (double& x : s) x = 4 * random.uniform() - 2;
        }

    private:
        std::vector<double> low_{-2, -2}, high_{2, 3};
    } hills;
    const auto found = optima(hills, {.candidates = 1});
    REQUIRE(found.size() == 2);
    CHECK_RELATIVE(found[0].position[0], 1.0122, 1e-3);
    CHECK_RELATIVE(found[1].position[0], -0.9873, 1e-3);
    CHECK_RELATIVE(found[0].position[1], 3, 1e-12);
    CHECK(found[0].value > found[1].value);
    CHECK(found[0].found + found[1].found == 16);
}

TEST_CASE("fit: Laplace's covariance of a normal posterior is exact") {
    const Identity model;
    PosteriorTarget target({model, {.bands = {{Kind::detection, 3, 2}}}, {Prior::normal(1, 1.5, -1e3, 1e3)}});
    const auto modes = find_modes(target, {.starts = 4});
    std::vector<double> x(1), edge{modes[0].position[0] + 1e-6}, above(1);
    target.constrain(modes[0].position, x);
    target.constrain(edge, above);
    const double slope = (above[0] - x[0]) / 1e-6;
    const double deviation = std::sqrt(laplace_covariance(target, modes[0].position)[0]) * slope;
    CHECK_RELATIVE(deviation, 1 / std::sqrt(1 / 4.0 + 1 / 2.25), 0.01);
}

TEST_CASE("fit: simulation-based calibration where the posterior is known") {
    const Identity model;
    const Prior prior = Prior::normal(1, 1.5, -1e3, 1e3);
    std::vector<std::size_t> ranks(630);
    std::vector<double> pulls(ranks.size());
    ism::parallel_for(ranks.size(), [&](std::size_t i) {
        ism::Random random(41, i);
        const double truth = prior.sample(random), seen = truth + 2 * random.normal();
        const FitProblem problem(model, {.bands = {{Kind::detection, seen, 2}}}, {prior});
        const Posterior posterior =
            sample_posterior(problem, {.nuts = {.warmup = 150, .draws = 208, .seed = i}, .optimum = {.starts = 1}});
        ranks[i] = rank_of(truth, posterior.of(0), 8);
        const double precision = 1 / 4.0 + 1 / 2.25, mean = (seen / 4 + 1 / 2.25) / precision;
        pulls[i] = (posterior.diagnostics[0].mean - mean) / posterior.diagnostics[0].mean_error;
    });
    CHECK(uniformity(ranks, 104) > 0.01);
    double squares = 0;  // means of the draws against the known means, in standard errors
    for (const double pull : pulls) squares += pull * pull / static_cast<double>(pulls.size());
    CHECK(squares > 0.7);
    CHECK(squares < 1.4);
}

/// Sources of the toy sky, each sampled by `sample(problem, seed)` with 624 draws: are the ranks of the truths uniform?
template <class Sample>
void check_calibration(Sample sample) {
    const ToyModel model;
    const ToySky sky;
    std::vector<std::vector<std::size_t>> ranks(3, std::vector<std::size_t>(630));
    std::vector<std::size_t> limits(630), divergent(630);
    ism::parallel_for(limits.size(), [&](std::size_t i) {
        ism::Random random(52, i);
        std::vector<double> truth;
        const Observation seen = sky.draw(model, random, truth);
        const Posterior posterior = sample({model, seen, sky.priors, sky.mass}, i);
        for (std::size_t d = 0; d < 3; ++d) ranks[d][i] = rank_of(truth[d], posterior.of(d), 6);
        limits[i] = static_cast<std::size_t>(std::count_if(
            seen.bands.begin(), seen.bands.end(), [](const auto& band) { return band.kind == Kind::upper_limit; }));
        divergent[i] = static_cast<std::size_t>(std::count_if(posterior.statistics.begin(), posterior.statistics.end(),
                                                              [](const auto& s) { return s.divergent; }));
    });
    CHECK(uniformity(ranks[0], 104) > 0.01);
    CHECK(uniformity(ranks[1], 104) > 0.01);
    CHECK(uniformity(ranks[2], 104) > 0.01);
    CHECK(std::count(limits.begin(), limits.end(), 0U) < 500);  // most sources have some
    CHECK(std::count_if(divergent.begin(), divergent.end(), [](std::size_t n) { return n > 12; }) < 13);
}

TEST_CASE("fit: simulation-based calibration with limits, calibration groups, a floor and a free mass: NUTS") {
    check_calibration([](const FitProblem& problem, std::size_t seed) {
        return sample_posterior(
            problem, {.nuts = {.chains = 2, .warmup = 200, .draws = 312, .seed = seed}, .optimum = {.starts = 3}});
    });
}

TEST_CASE("fit: simulation-based calibration with limits, calibration groups, a floor and a free mass: mixture") {
    check_calibration([](const FitProblem& problem, std::size_t seed) {
        PosteriorTarget target(problem);
        Population population(target, mixture_at(target, find_modes(target, {.starts = 3})), {.seed = seed});
        return sample_posterior(problem, population, {.nuts = {.chains = 2, .draws = 312}});
    });
}

TEST_CASE("uniformity: ranks that lean are told") {
    std::vector<std::size_t> even, leaning;
    for (std::size_t i = 0; i < 630; ++i) {
        even.push_back(i % 105);
        leaning.push_back(std::min<std::size_t>(104, i % 105 + i % 20));
    }
    CHECK(uniformity(even, 104) > 0.99);
    CHECK(uniformity(leaning, 104) < 0.01);
}

TEST_CASE("fit: both samplers agree, and say that they converged") {
    const ToyModel model;
    const ToySky sky;
    ism::Random random(52, 3);
    std::vector<double> truth;
    const FitProblem problem(model, sky.draw(model, random, truth), sky.priors, sky.mass);
    const Posterior nuts = sample_posterior(problem);
    const Posterior walkers = sample_posterior(problem, EnsembleOptions{.walkers = 32, .draws = 4000});
    CAPTURE(nuts.verdict.reasons.size());
    CHECK(nuts.verdict.converged);
    CHECK(nuts.names.size() == problem.dimension());
    for (std::size_t d = 0; d < problem.dimension(); ++d) {
        const double error = std::hypot(nuts.diagnostics[d].mean_error, walkers.diagnostics[d].mean_error);
        CHECK(std::abs(nuts.diagnostics[d].mean - walkers.diagnostics[d].mean) < 4 * error);
        CHECK_RELATIVE(nuts.diagnostics[d].deviation, walkers.diagnostics[d].deviation, 0.1);
    }
}

TEST_CASE("fit: too few draws did not converge, and the reason names the parameter") {
    const ToyModel model;
    const ToySky sky;
    ism::Random random(52, 3);
    std::vector<double> truth;
    const FitProblem problem(model, sky.draw(model, random, truth), sky.priors, sky.mass);
    const Posterior posterior = sample_posterior(problem, {.nuts = {.warmup = 50, .draws = 20}});
    CHECK(!posterior.verdict.converged);
    REQUIRE(!posterior.verdict.reasons.empty());
    CHECK(has(posterior.verdict.reasons[0], " of T is "));
}

TEST_CASE("fit: what cannot be fitted is refused with a sentence") {
    const ToyModel model;
    Observation seen;
    seen.bands.assign(8, {Kind::detection, 1, 0.1});
    const auto error_with = [&](const std::vector<Prior>& priors, std::optional<FreeScale> scale = {}) {
        return error_of([&] { (void)FitProblem(model, seen, priors, scale); });
    };
    const Prior wide = Prior::log_uniform(1, 100), good = Prior::log_uniform(12, 50), beta = Prior::uniform(1, 3);
    CHECK(has(error_with({wide, beta}), "outside the range of model 'toy'"));
    CHECK(has(error_with({good}), "got 1 priors"));
    CHECK(has(error_with({Prior::fixed(20), Prior::fixed(2)}), "every parameter is fixed"));
    CHECK(has(error_with({good, beta}, FreeScale{"mass", "", Prior::normal(0, 1)}), "reaches below 0"));
    Identity without;
    without.differentiable_ = false;
    CHECK(
        has(error_of([&] { (void)FitProblem(without, {.bands = {{Kind::detection, 1, 1}}}, {Prior::uniform(0, 1)}); }),
            "no derivatives"));
}
