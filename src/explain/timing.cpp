#include <algorithm>
#include <ctime>

#include <ism/base/parallel.hpp>
#include <ism/base/random.hpp>
#include <ism/explain/compare.hpp>

namespace ism::explain {
namespace {

double process_seconds() {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

std::vector<double> random_points(const ModelInfo& info, const CompareOptions& options) {
    std::vector<double> points;
    for (std::size_t i = 0; i < options.spectra; ++i) {
        Random random(options.seed, i);
        for (const Parameter& parameter : info.parameters) {
            points.push_back(parameter.high > parameter.low ? parameter.from_unit_interval(random.uniform())
                                                            : parameter.low);
        }
    }
    return points;
}

/// Evaluates the first `count` points in batches that fit the cache of a processor, as a caller with many points would.
double seconds_for(const Model& model, const std::vector<double>& points, std::size_t count,
                   std::vector<double>& outputs) {
    constexpr std::size_t batch = 500;
    const std::size_t p = model.info().parameter_count();
    const std::size_t m = model.info().output_count();
    outputs.resize(std::min(batch, count) * m);
    const double start = process_seconds();
    for (std::size_t first = 0; first < count; first += batch) {
        throw_if_stopped();
        const std::size_t size = std::min(batch, count - first);
        model.evaluate(std::span(points).subspan(first * p, size * p), std::span(outputs).first(size * m));
    }
    return process_seconds() - start;
}

}  // namespace

Timing time_model(const Model& model, const CompareOptions& options) {
    const auto points = random_points(model.info(), options);
    std::vector<double> outputs;
    const std::size_t trial = std::min<std::size_t>(options.spectra, 8);
    seconds_for(model, points, trial, outputs);  // tables loaded, memory at hand
    const double each = seconds_for(model, points, trial, outputs) / static_cast<double>(trial);
    const double affordable =
        options.seconds_per_timing / (static_cast<double>(options.repetitions) * std::max(each, 1e-9));
    const auto timed = static_cast<std::size_t>(
        std::clamp(affordable, static_cast<double>(trial), static_cast<double>(options.spectra)));
    std::vector<double> seconds;
    for (std::size_t i = 0; i < std::max<std::size_t>(options.repetitions, 1); ++i) {
        seconds.push_back(seconds_for(model, points, timed, outputs));
    }
    return {quantile(seconds, 0.5) * static_cast<double>(options.spectra) / static_cast<double>(timed), timed};
}

double time_one_point(const Model& model, const CompareOptions& options) {
    constexpr std::size_t walk = 97;       // points that are taken in turn
    constexpr double enough = 0.02;        // seconds of one timing
    CompareOptions few = options;
    few.spectra = walk;
    const auto points = random_points(model.info(), few);
    const std::size_t p = model.info().parameter_count();
    std::vector<double> outputs(model.info().output_count());
    const auto seconds_for_calls = [&](std::size_t calls) {
        const double start = process_seconds();
        for (std::size_t i = 0; i < calls; ++i)
            model.evaluate(std::span(points).subspan(i % walk * p, p), outputs);
        return process_seconds() - start;
    };
    std::size_t calls = 4;
    double taken = seconds_for_calls(calls);
    while (taken < enough && calls < 1000000) taken = seconds_for_calls(calls *= 2);
    std::vector<double> each;
    for (std::size_t i = 0; i < std::max<std::size_t>(options.repetitions, 1); ++i)
        each.push_back(seconds_for_calls(calls) / static_cast<double>(calls));
    return quantile(each, 0.5);
}

}  // namespace ism::explain
