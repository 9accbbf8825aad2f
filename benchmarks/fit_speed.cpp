// Times a fit on one thread: best fit, what comes before the draws, and the draws, on one synthetic source.
//
//     fit_speed SAMPLER NETWORK.ism SOURCE.csv SEED DRAWS [WARMUP] [CHAINS] [DRAWS_FILE]
//
// SAMPLER: mixture (the default of `ismulate fit`) or nuts. SOURCE.csv: one line "value,error" for each output of the
// network. Parameters have their ranges as priors, flat on their scales, and a factor in 1e-2 .. 1e2, log-uniform,
// stands before all fluxes. Prints one JSON object; DRAWS_FILE takes the draws (chains x draws x parameters, raw
// doubles, on the scales of the priors), so that fit_race.py can see that what was timed is right and judge all
// samplers by the same effective sample size.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <string>

#include <ism/base/parallel.hpp>
#include <ism/base/text.hpp>
#include <ism/emulate/emulator.hpp>
#include <ism/infer/posterior.hpp>

namespace {

using namespace ism::infer;

Observation read_source(const char* path) {
    std::ifstream file(path);
    Observation observation;
    for (std::string line; std::getline(file, line);) {
        const auto cells = ism::split(line, ',');
        observation.bands.push_back({.kind = Measurement::Kind::detection,
                                     .value = ism::number_from(cells.at(0)).value(),
                                     .error = ism::number_from(cells.at(1)).value()});
    }
    return observation;
}

FitProblem problem_of(const ism::Model& model, Observation observation) {
    std::vector<Prior> priors;
    for (const ism::Parameter& parameter : model.info().parameters) priors.push_back(Prior::over(parameter));
    return {model, std::move(observation), priors, FreeScale{"mass", "", Prior::log_uniform(1e-2, 1e2)}};
}

double seconds() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

void write_draws(const char* path, const Posterior& posterior, const FitProblem& problem) {
    std::vector<double> values = posterior.draws;
    for (std::size_t i = 0; i < values.size(); ++i)
        values[i] = problem.coordinates()[i % posterior.dimension()].prior.to_scale(values[i]);
    std::ofstream file(path, std::ios::binary);
    file.write(reinterpret_cast<const char*>(values.data()),
               static_cast<std::streamsize>(values.size() * sizeof(double)));
}

/// A fit, and when its modes were found.
struct Timed {
    Posterior posterior;
    double best_fit, all;
};

Timed sample(const std::string& sampler, const FitProblem& problem, const PosteriorOptions& options) {
    const double start = seconds();
    PosteriorTarget target(problem);
    const auto modes = find_modes(target, options.optimum);
    if (sampler == "mixture") {
        const Mixture guess = mixture_at(target, modes);
        const double best_fit = seconds() - start;
        Population population(target, guess, {.seed = options.nuts.seed});
        Posterior posterior = sample_posterior(problem, population, options);
        return {std::move(posterior), best_fit, seconds() - start};
    }
    const auto covariance = laplace_covariance(target, modes.front().position);
    const auto starts = spread_starts(target, modes, covariance, options.nuts.chains, options.nuts.seed);
    const double best_fit = seconds() - start;
    Posterior posterior = describe(problem, nuts(target, starts, options.nuts, covariance), options.nuts.max_depth);
    return {std::move(posterior), best_fit, seconds() - start};
}

int run(int count, char** arguments) {
    ism::set_thread_count(1);
    const ism::emulate::Emulator emulator(arguments[2]);
    const FitProblem problem = problem_of(emulator, read_source(arguments[3]));
    PosteriorOptions options;
    options.nuts.seed = std::strtoull(arguments[4], nullptr, 10);
    options.nuts.draws = std::strtoull(arguments[5], nullptr, 10);
    if (count > 6) options.nuts.warmup = std::strtoull(arguments[6], nullptr, 10);
    if (count > 7) options.nuts.chains = std::strtoull(arguments[7], nullptr, 10);

    const auto [posterior, best_fit, all] = sample(arguments[1], problem, options);
    if (count > 8) write_draws(arguments[8], posterior, problem);
    double least = Prior::infinity, worst = 0, leapfrogs = 0, divergent = 0;
    for (const Diagnostics& of : posterior.diagnostics) {
        least = std::min(least, of.bulk_ess);
        worst = std::max(worst, of.r_hat);
    }
    for (const DrawStatistics& of : posterior.statistics) leapfrogs += of.leapfrogs, divergent += of.divergent ? 1 : 0;
    std::printf(
        "{\"seconds\": %.6f, \"seconds_best_fit\": %.6f, \"min_bulk_ess\": %.1f, \"worst_r_hat\": %.5f, "
        "\"evaluations\": %zu, \"leapfrogs_per_draw\": %.2f, \"divergent\": %.0f, \"converged\": %s}\n",
        all, best_fit, least, worst, posterior.evaluations,
        leapfrogs / static_cast<double>(posterior.statistics.size()), divergent,
        posterior.verdict.converged ? "true" : "false");
    return 0;
}

}  // namespace

int main(int count, char** arguments) {
    if (count < 6) {
        std::fprintf(stderr,
                     "usage: fit_speed SAMPLER NETWORK.ism SOURCE.csv SEED DRAWS [WARMUP] [CHAINS] [DRAWS_FILE]\n");
        return 2;
    }
    try {
        return run(count, arguments);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "error: %s\n", error.what());
        return 1;
    }
}
