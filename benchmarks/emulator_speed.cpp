// Times an emulator file on one thread: a batch, one point, one point with its Jacobian.
//
//     emulator_speed FILE.ism [POINTS] [SECONDS] [VALUES]
//
// Prints one JSON object. Times are CPU seconds, the median of as many repetitions as fit into SECONDS for each;
// emulator_race.py calls it in turns with other programs, so that all meet the same machine. VALUES is a file for the
// points and their outputs (raw doubles), so that the caller can see that what was timed is right.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include <ism/base/parallel.hpp>
#include <ism/emulate/emulator.hpp>

#include "golden_points.hpp"

namespace {

double cpu_seconds() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// Median seconds of one call; `calls` calls make a repetition.
double median_seconds(double budget, int calls, const std::function<void()>& work) {
    work();
    std::vector<double> times;
    for (const double start = cpu_seconds(); times.size() < 5 || cpu_seconds() - start < budget;) {
        const double before = cpu_seconds();
        for (int i = 0; i < calls; ++i) work();
        times.push_back((cpu_seconds() - before) / calls);
    }
    const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
    std::nth_element(times.begin(), middle, times.end());
    return *middle;
}

void write(const char* path, const std::vector<double>& points, const std::vector<double>& outputs) {
    std::ofstream file(path, std::ios::binary);
    for (const auto* values : {&points, &outputs}) {
        file.write(reinterpret_cast<const char*>(values->data()),
                   static_cast<std::streamsize>(values->size() * sizeof(double)));
    }
}

int run(const ism::emulate::Emulator& emulator, std::size_t count, double budget, const char* values) {
    ism::set_thread_count(1);
    const std::size_t inputs = emulator.info().parameter_count(), outputs = emulator.info().output_count();
    const std::vector<double> points = points_in(emulator.info(), count), point = points_in(emulator.info(), 1);
    std::vector<double> many(count * outputs), one(outputs), jacobian(outputs * inputs);
    std::vector<float> many_float(count * outputs);
    const double batch = median_seconds(budget, 1, [&] { emulator.evaluate(points, std::span<double>(many)); });
    const double batch_float =
        median_seconds(budget, 1, [&] { emulator.evaluate(points, std::span<float>(many_float)); });
    const double layers = median_seconds(budget, 1, [&] { emulator.evaluate_standardised(points, many_float); });
    const double value = median_seconds(budget, 200, [&] { emulator.evaluate(point, std::span<double>(one)); });
    const double with_jacobian =
        median_seconds(budget, 100, [&] { emulator.evaluate_with_jacobian(point, one, jacobian); });
    if (values != nullptr) write(values, points, many);
    std::printf(
        "{\"engine\": \"%s\", \"points\": %zu, \"batch\": %.6e, \"batch_float\": %.6e, \"batch_layers\": %.6e, "
        "\"one\": %.6e, \"one_jacobian\": %.6e}\n",
        to_string(emulator.engine()).c_str(), count, batch, batch_float, layers, value, with_jacobian);
    return 0;
}

}  // namespace

int main(int argc, char** argv) try {
    if (argc < 2) {
        std::fprintf(stderr, "usage: emulator_speed FILE.ism [POINTS] [SECONDS] [VALUES]\n");
        return 2;
    }
    const ism::emulate::Emulator emulator{std::string(argv[1])};
    return run(emulator, argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 8000,
               argc > 3 ? std::strtod(argv[3], nullptr) : 0.5, argc > 4 ? argv[4] : nullptr);
} catch (const std::exception& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return 1;
}
