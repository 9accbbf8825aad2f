// NUTS and the ensemble on densities whose moments are known.
#include <algorithm>
#include <cmath>
#include <vector>

#include <ism/base/parallel.hpp>
#include <ism/base/random.hpp>
#include <ism/infer/diagnostics.hpp>
#include <ism/infer/ensemble.hpp>
#include <ism/infer/nuts.hpp>

#include "check_relative.hpp"
#include "error_of.hpp"
#include "targets.hpp"

using namespace ism::infer;

namespace {

std::vector<double> coordinate(const Draws& draws, std::size_t d) {
    std::vector<double> values;
    for (std::size_t i = d; i < draws.positions.size(); i += draws.dimension) values.push_back(draws.positions[i]);
    return values;
}

Diagnostics diagnose(const Draws& draws, std::size_t d) {
    const auto values = coordinate(draws, d);
    return ism::infer::diagnose({values, draws.chains});
}

/// Mean and deviation within `errors` Monte Carlo standard errors.
void check_moments(const std::vector<double>& values, std::size_t chains, double mean, double deviation,
                   double errors = 4) {
    const ChainView view{values, chains};
    const Diagnostics of = ism::infer::diagnose(view);
    CAPTURE(of.mean);
    CAPTURE(of.deviation);
    CHECK(std::abs(of.mean - mean) < errors * of.mean_error);
    CHECK(std::abs(of.deviation - deviation) < errors * deviation_error(view));
}

std::vector<double> starts_around(std::vector<double> centre, const std::vector<double>& width, std::size_t count) {
    std::vector<double> starts;
    for (std::size_t i = 0; i < count; ++i) {
        ism::Random random(77, i);
        for (std::size_t d = 0; d < centre.size(); ++d) starts.push_back(centre[d] + width[d] * random.normal());
    }
    return starts;
}

std::size_t divergences(const Draws& draws) {
    return static_cast<std::size_t>(std::count_if(draws.statistics.begin(), draws.statistics.end(),
                                                  [](const DrawStatistics& s) { return s.divergent; }));
}

const std::vector<double> gauss_starts = starts_around({1, -2, 30}, {0.03, 3, 60}, 4);

/// Covariance of coordinates a and b over the product of their true deviations.
double correlation(const Draws& draws, std::size_t a, std::size_t b) {
    double sum = 0;
    for (std::size_t i = 0; i < draws.positions.size(); i += 3)
        sum += (draws.positions[i + a] - gauss_means[a]) * (draws.positions[i + b] - gauss_means[b]);
    return sum / gauss_deviations[a] / gauss_deviations[b] / static_cast<double>(draws.positions.size() / 3);
}

}  // namespace

TEST_CASE("nuts: a correlated normal of three very different widths, with either metric") {
    for (const Metric metric : {Metric::diagonal, Metric::dense}) {
        const Draws draws = nuts(correlated_gauss(), gauss_starts, {.draws = 2500, .metric = metric, .seed = 5});
        for (std::size_t d = 0; d < 3; ++d) {
            check_moments(coordinate(draws, d), 4, gauss_means[d], gauss_deviations[d]);
            CHECK(diagnose(draws, d).r_hat < 1.01);
        }
        CHECK_RELATIVE(correlation(draws, 0, 1), gauss_correlation, 0.06);
        CHECK_RELATIVE(correlation(draws, 0, 2), gauss_correlation * gauss_correlation, 0.06);
        CHECK(divergences(draws) == 0);
    }
}

TEST_CASE("nuts: the dense metric makes correlations cheap") {
    const auto leapfrogs = [](Metric metric) {
        const Draws draws = nuts(correlated_gauss(), gauss_starts, {.draws = 500, .metric = metric});
        double sum = 0;
        for (const DrawStatistics& s : draws.statistics) sum += s.leapfrogs;
        return sum / 2000;
    };
    CHECK(leapfrogs(Metric::dense) < 8);
    CHECK(leapfrogs(Metric::dense) < 0.6 * leapfrogs(Metric::diagonal));
}

TEST_CASE("nuts: acceptance follows what was asked for, a little above it as dual averaging leaves it") {
    double before = 0;
    for (const double target : {0.6, 0.8, 0.95}) {
        const Draws draws = nuts(correlated_gauss(), gauss_starts, {.target_acceptance = target});
        double sum = 0;
        for (const DrawStatistics& s : draws.statistics) sum += s.acceptance;
        CHECK(sum / 4000 > std::max(before, target - 0.03));
        CHECK(sum / 4000 < 0.99);
        before = sum / 4000;
    }
}

TEST_CASE("nuts: a banana") {
    const Draws draws = nuts(banana(), starts_around({0, 1}, {1, 1}, 4), {.draws = 10000, .target_acceptance = 0.9});
    check_moments(coordinate(draws, 0), 4, 0, 1);
    check_moments(coordinate(draws, 1), 4, 1, std::sqrt(3));
}

TEST_CASE("nuts: a funnel diverges, and the divergences are counted") {
    const Draws draws = nuts(funnel(), starts_around(std::vector<double>(9, 0.0), std::vector<double>(9, 1.0), 4));
    CHECK(divergences(draws) > 10);
}

TEST_CASE("nuts: two separate hills are told by R-hat") {
    const std::vector<double> starts{-5, -5, 5, 5};
    const Draws draws = nuts(two_hills(), starts, {.warmup = 300, .draws = 300});
    CHECK(diagnose(draws, 0).r_hat > 1.5);
    CHECK(diagnose(draws, 0).bulk_ess < 20);
}

TEST_CASE("nuts: the same bits on any number of threads, others for another seed or chain") {
    const auto sample = [](unsigned threads, std::uint64_t seed) {
        ism::set_thread_count(threads);
        const Draws draws = nuts(banana(), std::vector<double>(8, 0.5), {.warmup = 200, .draws = 50, .seed = seed});
        ism::set_thread_count(0);
        return draws.positions;
    };
    const auto one = sample(1, 3);
    CHECK(one == sample(3, 3));
    CHECK(one != sample(1, 4));
    CHECK(std::vector<double>(one.begin(), one.begin() + 100) !=
          std::vector<double>(one.begin() + 100, one.begin() + 200));
}

TEST_CASE("nuts: a good guess at the covariance makes a short warm-up enough") {
    std::vector<double> covariance(9);
    for (int i = 0; i < 3; ++i) {
        for (int k = 0; k < 3; ++k)
            covariance[static_cast<std::size_t>(3 * i + k)] =
                gauss_deviations[i] * gauss_deviations[k] * std::pow(gauss_correlation, std::abs(i - k));
    }
    const Draws draws = nuts(correlated_gauss(), gauss_starts, {.warmup = 100, .draws = 400}, covariance);
    for (std::size_t d = 0; d < 3; ++d) {
        check_moments(coordinate(draws, d), 4, gauss_means[d], gauss_deviations[d]);
        CHECK(diagnose(draws, d).bulk_ess > 700);
    }
}

TEST_CASE("nuts: what it cannot use is refused with a sentence") {
    const auto error_with = [](const NutsOptions& options, std::size_t numbers) {
        return error_of([&] { (void)nuts(banana(), std::vector<double>(numbers, 0.0), options); });
    };
    CHECK(has(error_with({}, 7), "7 numbers as starts"));
    CHECK(has(error_with({.chains = 0}, 0), "no chains"));
    CHECK(has(error_with({.warmup = 5}, 8), "warm-up of 5"));
    CHECK(has(error_with({.target_acceptance = 1}, 8), "target acceptance"));
    CHECK(has(error_with({.max_depth = 0}, 8), "depth 0"));
    const std::vector<double> nowhere(8, std::nan(""));
    CHECK(has(error_of<ism::NumericalError>([&] { (void)nuts(banana(), nowhere); }), "not finite"));
}

TEST_CASE("ensemble: a correlated normal, a banana") {
    auto gauss = correlated_gauss();
    const Draws draws = ensemble(gauss, starts_around({1, -2, 30}, {0.01, 1, 20}, 32), {.draws = 5000});
    for (std::size_t d = 0; d < 3; ++d) check_moments(coordinate(draws, d), 32, gauss_means[d], gauss_deviations[d]);
    CHECK_RELATIVE(correlation(draws, 0, 1), gauss_correlation, 0.05);
    auto bent = banana();
    const Draws curved = ensemble(bent, starts_around({0, 1}, {1, 1}, 32), {.draws = 10000});
    check_moments(coordinate(curved, 0), 32, 0, 1);
    check_moments(coordinate(curved, 1), 32, 1, std::sqrt(3));
}

TEST_CASE("ensemble: walkers that start from the target stay distributed as it") {
    // many small ensembles, each begun with exact draws: after 5 moves their squares still average to 1
    auto gauss = FunctionTarget(2, [](std::span<const double> z, std::span<double> g) {
        g[0] = -z[0], g[1] = -z[1];
        return -0.5 * (z[0] * z[0] + z[1] * z[1]);
    });
    double sum = 0, moved = 0;
    const int ensembles = 3000;
    for (int e = 0; e < ensembles; ++e) {
        std::vector<double> starts;
        ism::Random random(900, static_cast<std::uint64_t>(e));
        for (int i = 0; i < 12; ++i) starts.push_back(random.normal());
        const Draws draws =
            ensemble(gauss, starts, {.walkers = 6, .warmup = 4, .draws = 1, .seed = static_cast<std::uint64_t>(e)});
        for (std::size_t i = 0; i < 12; ++i) {
            sum += draws.positions[i] * draws.positions[i];
            moved += draws.positions[i] != starts[i] ? 1 : 0;
        }
    }
    const double count = 12.0 * ensembles;
    CHECK(std::abs(sum / count - 1) < 4 * std::sqrt(2 / count));  // draws of different ensembles are independent
    CHECK(moved / count > 0.9);
}

TEST_CASE("ensemble: the same for the same seed; what it cannot use is refused") {
    auto bent = banana();
    const auto starts = starts_around({0, 1}, {1, 1}, 6);
    const EnsembleOptions options{.walkers = 6, .warmup = 10, .draws = 10, .seed = 2};
    CHECK(ensemble(bent, starts, options).positions == ensemble(bent, starts, options).positions);
    const auto error_with = [&](const EnsembleOptions& wrong) {
        return error_of([&] { (void)ensemble(bent, starts, wrong); });
    };
    CHECK(has(error_with({.walkers = 4}), "4 walkers"));
    CHECK(has(error_with({.walkers = 7}), "an even number"));
    CHECK(has(error_with({.walkers = 6, .stretch = 1}), "stretch"));
    CHECK(has(error_with({.walkers = 8}), "numbers as starts"));
    CHECK(has(error_with({.walkers = 6, .thin = 0}), "thin"));
}
