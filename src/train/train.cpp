#include <ism/train/train.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

#include <ATen/Context.h>
#include <ATen/Functions.h>
#include <ATen/Parallel.h>
#include <torch/types.h>

#include <ism/base/errors.hpp>
#include <ism/base/parallel.hpp>
#include <ism/base/random.hpp>
#include <ism/base/text.hpp>
#include <ism/emulate/emulator.hpp>

#include "train/error_table.hpp"
#include "train/learning_data.hpp"
#include "train/session.hpp"

namespace ism::train {
namespace {

using Clock = std::chrono::steady_clock;

/// Threads that pay: a small network is slower on two threads than on one.
unsigned useful_threads(const Dataset& dataset, const TrainConfig& config) {
    constexpr double work_per_thread = 2e6;  // multiplications of one step
    const std::size_t hidden = config.width * (dataset.info.parameter_count() + config.depth * config.width);
    const std::size_t decoder = dataset.info.output_count() *
                                (config.components > 0 ? std::min(config.components, config.width) : config.width);
    const double work = static_cast<double>(config.batch) * static_cast<double>(hidden + decoder);
    const unsigned allowed = config.threads > 0 ? config.threads : thread_count();
    return std::clamp(static_cast<unsigned>(std::min(work / work_per_thread, 1e6)), 1U, allowed);
}

/// Sets LibTorch's threads for the time of a training.
class Threads {
public:
    explicit Threads(unsigned count) : before_(at::get_num_threads()) { at::set_num_threads(static_cast<int>(count)); }
    ~Threads() { at::set_num_threads(before_); }
    Threads(const Threads&) = delete;
    Threads& operator=(const Threads&) = delete;

private:
    int before_;
};

std::vector<std::size_t> done_rows(const Dataset& dataset) {
    std::vector<std::size_t> rows;
    for (std::size_t i = 0; i < dataset.size(); ++i) {
        if (dataset.done(i)) rows.push_back(i);
    }
    return rows;
}

std::vector<double> points_of(const Dataset& dataset, const std::vector<std::size_t>& rows) {
    const auto count = static_cast<std::ptrdiff_t>(dataset.info.parameter_count());
    std::vector<double> points;
    for (const std::size_t i : rows) {
        const auto first = dataset.parameters.begin() + static_cast<std::ptrdiff_t>(i) * count;
        points.insert(points.end(), first, first + count);
    }
    return points;
}

/// What the same models get from a network that has learned nothing: the mean of the models learned.
emulate::ErrorRow constant_errors(const Dataset& dataset, const std::vector<std::size_t>& rows,
                                  const emulate::OutputScaling& output) {
    std::vector<double> mean;
    for (const double centre : output.centre)
        mean.push_back(output.scale == Scale::log ? std::pow(10.0, centre) : centre);
    std::vector<double> predictions;
    for (std::size_t r = 0; r < rows.size(); ++r) predictions.insert(predictions.end(), mean.begin(), mean.end());
    emulate::ErrorRow row = test_errors(dataset, rows, predictions, output.width).table.front();
    row.quantity = std::string(emulate::yardstick) + row.quantity;
    return row;
}

/// The error table, through the same runtime that the user will call.
void measure(const Dataset& dataset, const std::vector<std::size_t>& rows, Training& training) {
    if (rows.empty()) return;
    const emulate::OutputScaling& output = training.emulator.network.output;
    const emulate::Emulator emulator(training.emulator, {.outside = emulate::Outside::nearest});
    std::vector<double> predictions(rows.size() * dataset.info.output_count());
    emulator.evaluate(points_of(dataset, rows), predictions);
    TestErrors errors = test_errors(dataset, rows, predictions, output.width);
    if (!errors.table.empty()) errors.table.push_back(constant_errors(dataset, rows, output));
    training.report.errors_per_output = std::move(errors.per_output);
    training.report.errors = errors.table;
    training.emulator.errors = std::move(errors.table);
}

void check_same_declaration(const Dataset& dataset, const Dataset& test) {
    check_shapes(test);
    check_values(test);
    bool same = dataset.info.axis == test.info.axis && dataset.info.output_unit == test.info.output_unit &&
                dataset.info.parameter_count() == test.info.parameter_count();
    for (std::size_t p = 0; same && p < dataset.info.parameter_count(); ++p)
        same = dataset.info.parameters[p].name == test.info.parameters[p].name;
    if (!same) {
        throw InputError({.where = "test data",
                          .found = "its parameters, axis or unit differ from those of the training data",
                          .allowed = "models of the same simulator with the same settings",
                          .effect = "nothing was learned"});
    }
}

Training learn(const Dataset& original, const TrainConfig& config, Progress& progress, const Dataset* test) {
    const auto start = Clock::now();
    const double faint = original.info.output_scale == Scale::log ? faint_level(original.info, config) : 0.0;
    const Threads threads(useful_threads(original, config));
    Training training;
    TrainReport& report = training.report;
    const Dataset dataset = with_floor(original, faint, report.raised);
    report.floor = floor_of_faint * faint;
    report.split = split(dataset, config.validation, test ? 0.0 : config.test, config.seed);
    report.failed_models = dataset.size() - done_rows(dataset).size();
    report.zeros_left_out = count_zeros(dataset);
    const Scaling scaling = scaling_of(dataset, report.split.training);
    Session session(dataset, config, report.split, scaling, progress);
    report.device = device_for(config.device).is_cuda() ? "cuda"
                                                        : "cpu, " + std::to_string(at::get_num_threads()) +
                                                              (at::get_num_threads() == 1 ? " thread" : " threads");
    training.emulator.info = dataset.info;
    training.emulator.network = {
        .input = scaling.input, .layers = session.run(report, start), .output = scaling.output};
    training.emulator.domain = domain_of(dataset, done_rows(dataset));
    const std::vector<std::size_t> rows = test ? done_rows(*test) : report.split.test;
    measure(test ? *test : original, rows, training);
    report.seconds = std::chrono::duration<double>(Clock::now() - start).count();
    return training;
}

}  // namespace

Training train(const Dataset& dataset, const TrainConfig& config, Progress& progress, const Dataset* test) {
    check(config);
    check_shapes(dataset);
    check_values(dataset);
    if (test) check_same_declaration(dataset, *test);
    try {
        return learn(dataset, config, progress, test);
    } catch (const c10::OutOfMemoryError& error) {
        throw MachineError({.where = "training",
                            .found = "the device has not enough memory",
                            .effect = "nothing was written",
                            .next = "a smaller --batch, or --device cpu"});
    } catch (const c10::LinAlgError& error) {
        throw NumericalError({.where = "training",
                              .found = "the gradients are no longer finite numbers",
                              .effect = "nothing was written",
                              .next = "a lower --learning-rate"});
    } catch (const c10::Error& error) {
        throw Error(std::string("LibTorch: ") + error.what_without_backtrace());
    }
}

}  // namespace ism::train
