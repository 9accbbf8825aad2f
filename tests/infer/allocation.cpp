// Samplers allocate nothing while they draw. A program by itself: it counts every allocation of the process.
#include <array>

#include <ism/base/parallel.hpp>
#include <ism/infer/ensemble.hpp>
#include <ism/infer/fit_problem.hpp>
#include <ism/infer/nuts.hpp>

#include "check_relative.hpp"
#include "count_allocations.hpp"
#include "toy_model.hpp"

using namespace ism::infer;

namespace {

FitProblem problem_of(const ToyModel& model) {
    std::vector<double> flux(8);
    model.evaluate(std::array{23.0, 1.7}, flux);
    Observation seen{.bands = {}, .groups = {{"SPIRE", 0.1}}, .floor = std::vector<double>(8, 0.02)};
    for (const double m : flux) seen.bands.push_back({Measurement::Kind::detection, m, 0.1 * m});
    seen.bands[7] = {Measurement::Kind::upper_limit, 3 * seen.bands[7].error, seen.bands[7].error, 0};
    return {model,
            seen,
            {Prior::log_uniform(12, 50), Prior::uniform(1, 3)},
            FreeScale{"mass", "", Prior::log_uniform(1e-3, 1e3)}};
}

template <class Work>
std::size_t allocations_of(const Work& work) {
    const std::size_t before = allocations;
    work();
    return allocations - before;
}

}  // namespace

TEST_CASE("infer: ten times the draws take no more allocations") {
    ism::set_thread_count(1);
    const ToyModel model;
    PosteriorTarget target(problem_of(model));
    const std::vector<double> start(3, 0.1);
    const auto with_nuts = [&](std::size_t draws) {
        return allocations_of([&] { (void)nuts(target, start, {.chains = 1, .warmup = 100, .draws = draws}); });
    };
    CHECK(with_nuts(100) == with_nuts(1000));
    std::vector<double> walkers;
    for (int i = 0; i < 30; ++i) walkers.push_back(0.01 * i);
    const auto with_ensemble = [&](std::size_t draws) {
        return allocations_of([&] { (void)ensemble(target, walkers, {.walkers = 10, .warmup = 5, .draws = draws}); });
    };
    (void)with_ensemble(1);  // the target makes room for its first batch
    CHECK(with_ensemble(100) == with_ensemble(1000));
    CHECK(allocations_of([] { delete new int(0); }) > 0);  // the counter counts
}
