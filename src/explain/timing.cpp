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

}  // namespace ism::explain
