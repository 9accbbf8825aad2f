// What bands cost: the shipped THEMIS emulator, its spectrum alone beside the same seen through every shipped band that
// lies on it; one point and a batch of 8000 on one thread. With a network of bands (`ismulate train --bands`) also one
// call of it with its Jacobian.
//
//     taskset -c 1 bands_speed [BANDS.ism] [--benchmark_repetitions=N]
//
// The repetitions of all take turns, so that they meet the same machine; medians of processor time are printed, and
// the ratios of the medians after them.
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include <ism/base/parallel.hpp>
#include <ism/emulate/emulator.hpp>
#include <ism/emulate/shipped.hpp>
#include <ism/observe/photometry.hpp>

#include "golden_points.hpp"

namespace {

using ism::Model;

constexpr std::size_t batch_size = 8000, walk = 97;

void one(benchmark::State& state, const Model& model, bool jacobian) {
    const std::size_t p = model.info().parameter_count(), m = model.info().output_count();
    const std::vector<double> points = points_in(model.info(), walk);
    std::vector<double> outputs(m), slopes(m * p);
    std::size_t i = 0;
    for (auto _ : state) {
        const std::span<const double> point(points.data() + i++ % walk * p, p);
        if (jacobian)
            model.evaluate_with_jacobian(point, outputs, slopes);
        else
            model.evaluate(point, outputs);
        benchmark::DoNotOptimize(outputs.data());
        benchmark::DoNotOptimize(slopes.data());
    }
}

void batch(benchmark::State& state, const Model& model) {
    const std::vector<double> points = points_in(model.info(), batch_size);
    std::vector<double> outputs(batch_size * model.info().output_count());
    for (auto _ : state) {
        model.evaluate(points, outputs);
        benchmark::DoNotOptimize(outputs.data());
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(batch_size));
}

/// Three timings of a model under names that end in `what`.
void add(const std::string& what, const Model& model) {
    const auto benched = [&](const std::string& name, auto work) {
        benchmark::RegisterBenchmark((name + what).c_str(), work)->Unit(benchmark::kMicrosecond);
    };
    benched("one/", [&model](benchmark::State& state) { one(state, model, false); });
    benched("one_jacobian/", [&model](benchmark::State& state) { one(state, model, true); });
    benched("batch/", [&model](benchmark::State& state) { batch(state, model); });
}

/// Keeps the medians beside printing them.
class Medians : public benchmark::ConsoleReporter {
public:
    void ReportRuns(const std::vector<Run>& runs) override {
        ConsoleReporter::ReportRuns(runs);
        for (const Run& run : runs) {
            if (run.aggregate_name == "median") medians_[run.run_name.function_name] = run.GetAdjustedCPUTime();
        }
    }
    /// "one: bands / spectrum = 1.12".
    void print_ratios() const {
        for (const char* what : {"one", "one_jacobian", "batch"}) {
            const auto bands = medians_.find(std::string(what) + "/bands"),
                       spectrum = medians_.find(std::string(what) + "/spectrum");
            if (bands != medians_.end() && spectrum != medians_.end())
                std::printf("%s: bands / spectrum = %.3f\n", what, bands->second / spectrum->second);
        }
    }

private:
    std::map<std::string, double> medians_;
};

}  // namespace

int main(int argc, char** argv) {
    std::vector<char*> arguments(argv, argv + argc);
    char interleaved[] = "--benchmark_enable_random_interleaving=true", repeated[] = "--benchmark_repetitions=9",
         short_report[] = "--benchmark_report_aggregates_only=true";
    arguments.insert(arguments.begin() + 1,
                     {interleaved, repeated, short_report});  // what is typed comes later and wins
    int count = static_cast<int>(arguments.size());
    benchmark::Initialize(&count, arguments.data());
    ism::set_thread_count(1);
    const auto spectrum = std::make_shared<ism::emulate::Emulator>(ism::emulate::find_emulator("themis"));
    const ism::observe::BandModel bands(spectrum,
                                        ism::observe::shipped_bands_on(ism::observe::wavelengths_of(spectrum->info())));
    std::printf("%zu wavelengths, %zu bands\n", spectrum->info().output_count(), bands.info().output_count());
    add("spectrum", *spectrum);
    add("bands", bands);
    std::unique_ptr<ism::emulate::Emulator> network;
    if (count > 1) {
        network = std::make_unique<ism::emulate::Emulator>(std::string(arguments[1]));
        std::printf("%s: %zu bands\n", arguments[1], network->info().output_count());
        add("network", *network);
    }
    Medians medians;
    benchmark::RunSpecifiedBenchmarks(&medians);
    medians.print_ratios();
    return 0;
}
