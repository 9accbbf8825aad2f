// Time of one THEMIS spectrum on one core: a new radiation field, and a change of the smallest grain or of
// a slope of the size distributions only.
//
//     ISMULATE_DUSTEM=DIR taskset -c 0 dust_model
//
// Beside it: DustEM 4.2 with 25 sizes and 200 temperatures takes 0.69 s of processor time for a new field.
#include <cmath>
#include <cstdlib>
#include <memory>
#include <vector>

#include <benchmark/benchmark.h>

#include <ism/base/parallel.hpp>
#include <ism/simulate/registry.hpp>

namespace {

std::unique_ptr<ism::Model> themis() {
    const auto& dust = ism::simulate::simulator("dust");
    ism::simulate::Settings settings{{"field", "bpass"}};
    if (const char* folder = std::getenv("ISMULATE_DUSTEM")) {
        settings["dustem"] = folder;
        settings["grains"] = "GRAIN_J13.DAT";
    }
    return dust.create(ism::simulate::complete(dust, settings), std::vector<std::string>{"U", "age"});
}

std::vector<double> defaults(const ism::Model& model) {
    std::vector<double> point;
    for (const auto& parameter : model.info().parameters) point.push_back(parameter.fallback);
    return point;
}

/// Walks `name` through `low` .. `high` (logarithmically, 97 steps) and U along with it.
void walk(benchmark::State& state, const char* name, double low, double high, bool strength) {
    ism::set_thread_count(1);
    const auto model = themis();
    std::vector<double> point = defaults(*model), out(model->info().output_count());
    const auto index = ism::index_of(model->info().parameters, name, "dust"),
               u = ism::index_of(model->info().parameters, "U", "dust");
    int step = 0;
    for (auto _ : state) {
        const double position = (step++ % 97) / 96.0;
        point[index] = low * std::pow(high / low, position);
        if (strength) point[u] = 0.1 * std::pow(1e7, std::fmod(position * 31.0, 1.0));
        model->evaluate(point, out);
        benchmark::DoNotOptimize(out.data());
    }
}

void new_field(benchmark::State& state) { walk(state, "age", 1e6, 1e10, true); }
void smallest_grain_only(benchmark::State& state) { walk(state, "amin", 0.35, 2.0, false); }
void slope_only(benchmark::State& state) {
    walk(state, std::getenv("ISMULATE_DUSTEM") ? "alpha_CM20_1" : "alpha_graphite", -5.0, -2.0, false);
}

}  // namespace

BENCHMARK(new_field)->Unit(benchmark::kMillisecond);
BENCHMARK(smallest_grain_only)->Unit(benchmark::kMicrosecond);
BENCHMARK(slope_only)->Unit(benchmark::kMicrosecond);
BENCHMARK_MAIN();
