#include <ism/infer/optimum.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <optional>

#include <nlopt.h>

#include <ism/base/errors.hpp>

namespace ism::infer {
namespace {

constexpr double lowest = -std::numeric_limits<double>::infinity();

/// What NLopt calls back: it minimises, we maximise.
struct Search {
    Objective& objective;
    nlopt_opt optimiser = nullptr;
    std::vector<double> gradient{};
};

double negative_value(unsigned count, const double* s, double* gradient, void* data) {
    Search& search = *static_cast<Search*>(data);
    const double value = search.objective.value({s, count}, search.gradient);
    if (!std::isfinite(value)) nlopt_force_stop(search.optimiser);
    for (unsigned i = 0; gradient != nullptr && i < count; ++i) gradient[i] = -search.gradient[i];
    return -value;
}

using Optimiser = std::unique_ptr<std::remove_pointer_t<nlopt_opt>, decltype(&nlopt_destroy)>;

Optimiser make_optimiser(Search& search, const OptimumOptions& options) {
    const auto dimension = static_cast<unsigned>(search.objective.dimension());
    Optimiser optimiser(nlopt_create(NLOPT_LD_SLSQP, dimension), &nlopt_destroy);
    if (!optimiser) throw MachineError("no memory for the optimiser");
    search.optimiser = optimiser.get();
    nlopt_set_lower_bounds(optimiser.get(), search.objective.low().data());
    nlopt_set_upper_bounds(optimiser.get(), search.objective.high().data());
    nlopt_set_min_objective(optimiser.get(), negative_value, &search);
    nlopt_set_ftol_rel(optimiser.get(), options.tolerance);
    nlopt_set_ftol_abs(optimiser.get(), options.tolerance);
    nlopt_set_maxeval(optimiser.get(), static_cast<int>(options.evaluations));
    return optimiser;
}

/// The best of a few draws; none where the objective is finite at none of them. All draws are added to `drawn`.
std::optional<std::vector<double>> best_start(Objective& objective, Random& random, std::size_t candidates,
                                              std::vector<double>& drawn) {
    std::vector<double> s(objective.dimension()), gradient(s.size());
    std::optional<std::vector<double>> best;
    double best_value = lowest;
    for (std::size_t i = 0; i < candidates; ++i) {
        objective.draw_start(random, s);
        drawn.insert(drawn.end(), s.begin(), s.end());
        const double value = objective.value(s, gradient);
        if (std::isfinite(value) && value > best_value) best = s, best_value = value;
    }
    return best;
}

/// Standard deviation of the draws (N x D) along each coordinate.
std::vector<double> spread_of(std::span<const double> drawn, std::size_t dimension) {
    const std::size_t count = drawn.size() / dimension;
    const auto n = static_cast<double>(count);
    std::vector<double> spread(dimension);
    for (std::size_t d = 0; d < dimension; ++d) {
        double sum = 0, squares = 0;
        for (std::size_t i = d; i < drawn.size(); i += dimension) sum += drawn[i];
        for (std::size_t i = d; i < drawn.size(); i += dimension) squares += std::pow(drawn[i] - sum / n, 2);
        spread[d] = std::sqrt(squares / n);
    }
    return spread;
}

bool same_place(const Optimum& a, const Optimum& b, std::span<const double> unit) {
    for (std::size_t d = 0; d < unit.size(); ++d) {
        if (!(std::abs(a.position[d] - b.position[d]) <= unit[d])) return false;
    }
    return true;
}

}  // namespace

std::optional<Optimum> optimum_from(Objective& objective, std::vector<double> start, const OptimumOptions& options) {
    Search search{.objective = objective};
    search.gradient.resize(start.size());
    const Optimiser optimiser = make_optimiser(search, options);
    double value = 0;
    const nlopt_result result = nlopt_optimize(optimiser.get(), start.data(), &value);
    const bool arrived = result > 0 || result == NLOPT_ROUNDOFF_LIMITED;
    if (!arrived || !std::isfinite(value)) return std::nullopt;
    return Optimum{.position = std::move(start), .value = -value, .found = 1};
}

std::vector<Optimum> optima(Objective& objective, const OptimumOptions& options) {
    std::vector<Optimum> arrived;
    std::vector<double> drawn;
    for (std::size_t i = 0; i < options.starts; ++i) {
        Random random(options.seed, i);
        const auto start = best_start(objective, random, options.candidates, drawn);
        if (!start) continue;
        if (auto optimum = optimum_from(objective, std::move(*start), options)) arrived.push_back(std::move(*optimum));
    }
    for (const std::vector<double>& start : options.also) {
        if (auto optimum = optimum_from(objective, start, options)) arrived.push_back(std::move(*optimum));
    }
    if (arrived.empty())
        throw NumericalError({.where = "best fit",
                              .found = "none of " + std::to_string(options.starts) + " searches came to an end",
                              .next = "check the units of the data and the ranges of the priors"});
    std::stable_sort(arrived.begin(), arrived.end(),
                     [](const Optimum& a, const Optimum& b) { return a.value > b.value; });
    std::vector<double> unit = spread_of(drawn, objective.dimension());
    for (double& u : unit) u *= options.distinct;
    std::vector<Optimum> distinct;
    for (Optimum& next : arrived) {
        const auto known = std::find_if(distinct.begin(), distinct.end(),
                                        [&](const Optimum& other) { return same_place(other, next, unit); });
        if (known == distinct.end()) {
            distinct.push_back(std::move(next));
        } else {
            ++known->found;
        }
    }
    return distinct;
}

}  // namespace ism::infer
