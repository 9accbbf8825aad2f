// Lines of many clouds beside spectralradex; benchmarks/line_race.py drives it.
//
//     line_speed FILE GEOMETRY PARAMETERS REPEATS < rows > lines
//
// PARAMETERS are names as `ismulate simulate lines` takes them, separated by commas; each row of the input has their
// values. Written are "alone" and "batch" with the median time of one model [us] over REPEATS runs, then for each model
// and line T_ex, tau, T_R, the integral [K km s-1] and the population of the upper level, or "failed".
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include <ism/base/errors.hpp>
#include <ism/base/parallel.hpp>
#include <ism/base/text.hpp>
#include <ism/simulate/lines/line_model.hpp>
#include <ism/simulate/registry.hpp>

namespace {

double seconds_of(const std::function<void()>& work) {
    const auto begin = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

double median(std::vector<double> values) {
    std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
    return values[values.size() / 2];
}

/// Points in the order of the model's parameters, the others at their defaults.
std::vector<double> read_points(const ism::ModelInfo& info, const std::vector<std::string>& names) {
    std::vector<double> defaults, points;
    for (const auto& parameter : info.parameters) defaults.push_back(parameter.fallback);
    for (std::string line; std::getline(std::cin, line);) {
        const auto words = ism::words(line);
        std::vector<double> point = defaults;
        for (std::size_t k = 0; k < names.size(); ++k)
            point[ism::index_of(info.parameters, names[k], info.name)] = ism::number_from(words.at(k)).value();
        points.insert(points.end(), point.begin(), point.end());
    }
    return points;
}

/// Evaluates models that may fail.
void evaluate(const ism::Model& model, std::span<const double> points, std::span<double> outputs) {
    try {
        model.evaluate(points, outputs);
    } catch (const ism::NumericalError&) {  // reported below, model by model
    }
}

void print_times(const ism::Model& model, const std::vector<double>& points, int repeats) {
    constexpr double micro = 1e6;
    const std::size_t p = model.info().parameter_count(), n = points.size() / p, m = model.info().output_count();
    std::vector<double> outputs(n * m), alone, batch;
    for (int repeat = 0; repeat < repeats; ++repeat) {
        for (std::size_t i = 0; i < n; ++i) {
            const auto point = std::span(points).subspan(i * p, p);
            alone.push_back(micro * seconds_of([&] { evaluate(model, point, std::span(outputs).subspan(i * m, m)); }));
        }
        batch.push_back(micro * seconds_of([&] { evaluate(model, points, outputs); }) / static_cast<double>(n));
    }
    std::printf("alone %.4g\nbatch %.4g\n", median(alone), median(batch));
}

void print_lines(const ism::simulate::lines::LineModel& model, const std::vector<double>& points) {
    const std::size_t p = model.info().parameter_count();
    for (std::size_t i = 0; i < points.size() / p; ++i) {
        try {
            const auto lines = model.excitation(std::span(points).subspan(i * p, p));
            for (std::size_t j = 0; j < lines.size(); ++j)
                std::printf("%zu %zu %.9g %.9g %.9g %.9g %.9g\n", i, j, lines[j].excitation_temperature,
                            lines[j].optical_depth, lines[j].radiation_temperature, lines[j].kelvin, lines[j].upper);
        } catch (const ism::NumericalError& error) {
            std::printf("%zu failed %s\n", i, ism::words(error.what()).empty() ? "" : "to converge");
        }
    }
}

}  // namespace

int main(int count, char** arguments) try {
    if (count != 5) {
        std::fputs("line_speed FILE GEOMETRY PARAMETERS REPEATS < rows\n", stderr);
        return 2;
    }
    ism::set_thread_count(1);
    std::vector<std::string> names;
    for (const auto name : ism::split(arguments[3], ',')) names.emplace_back(name);
    const auto& simulator = ism::simulate::simulator("lines");
    const auto model = simulator.create(
        ism::simulate::complete(simulator, {{"molecule", arguments[1]}, {"geometry", arguments[2]}}), names);
    const std::vector<double> points = read_points(model->info(), names);
    print_times(*model, points, std::max(1, std::atoi(arguments[4])));
    print_lines(dynamic_cast<const ism::simulate::lines::LineModel&>(*model), points);
    return 0;
} catch (const std::exception& error) {
    std::fprintf(stderr, "line_speed: %s\n", error.what());
    return 1;
}
