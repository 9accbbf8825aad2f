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
#include "train/learner.hpp"
#include "train/learning_data.hpp"
#include "train/optimizer.hpp"
#include "train/schedule.hpp"

namespace ism::train {
namespace {

using torch::Tensor;
using Clock = std::chrono::steady_clock;

constexpr std::uint64_t batch_stream = 0x6261746368;  // "batch"; the epoch is added
constexpr double validation_cost = 0.02;              ///< share of the time that judging progress may take
constexpr std::size_t shares = 1000;                  ///< of a training whose length the clock decides
constexpr std::size_t judged_at_once = 8192;          ///< models per forward pass without gradients

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

torch::Device device_for(Device wanted) {
    if (wanted == Device::cpu) return torch::kCPU;
    if (at::globalContext().hasCUDA()) return torch::kCUDA;
    if (wanted == Device::cuda) {
        throw InputError({.where = "--device cuda",
                          .found = "LibTorch finds no CUDA device here",
                          .allowed = "--device cpu or auto",
                          .effect = "nothing was learned"});
    }
    return torch::kCPU;
}

Tensor tensor_of(const std::vector<float>& values, std::size_t rows, const torch::Device& device) {
    const auto n = static_cast<long>(rows), m = static_cast<long>(rows == 0 ? 0 : values.size() / rows);
    return torch::from_blob(const_cast<float*>(values.data()), {n, m}, torch::kFloat32)
        .clone()
        .to(device);  // read only
}

/// Models on the device.
struct Batch {
    Tensor inputs, targets, weights, limits;  // limits may be undefined: there are none

    Batch(const LearningData& data, const torch::Device& device)
        : inputs(tensor_of(data.inputs, data.models, device)),
          targets(tensor_of(data.targets, data.models, device)),
          weights(tensor_of(data.weights, data.models, device)) {
        if (!data.limits.empty()) limits = tensor_of(data.limits, data.models, device) > 0;
    }
    Batch(const Batch& all, const Tensor& rows)
        : inputs(all.inputs.index_select(0, rows)),
          targets(all.targets.index_select(0, rows)),
          weights(all.weights.index_select(0, rows)) {
        if (all.limits.defined()) limits = all.limits.index_select(0, rows);
    }
    /// Prediction less target; 0 where it is below a limit. `first` is the row of the first prediction.
    [[nodiscard]] Tensor difference(const Tensor& predicted, long first = 0) const {
        const long last = first + predicted.size(0);
        const Tensor plain = predicted - targets.slice(0, first, last);
        if (!limits.defined()) return plain;
        return at::where(limits.slice(0, first, last), plain.clamp_min(0), plain);
    }
    [[nodiscard]] std::size_t size() const { return static_cast<std::size_t>(inputs.size(0)); }
};

std::vector<Tensor> copies(const std::vector<Tensor>& tensors) {
    std::vector<Tensor> result;
    for (const Tensor& tensor : tensors) result.push_back(tensor.detach().clone());
    return result;
}

std::string loss_note(double loss, bool log) {
    return log ? "error " + to_text(100 * std::sqrt(loss), 3) + " %" : "loss " + to_text(loss, 3);
}

/// One training from the first weights to the best ones.
class Session {
public:
    Session(const Dataset& dataset, const TrainConfig& config, const Split& parts, const Scaling& scaling,
            Progress& progress)
        : config_(config),
          log_(dataset.info.output_scale == Scale::log),
          device_(device_for(config.device)),
          progress_(progress),
          training_(learning_data(dataset, parts.training, scaling, faint_level(dataset.info, config)), device_),
          validation_(learning_data(dataset, parts.validation, scaling, faint_level(dataset.info, config)), device_),
          learner_(dataset.info.parameter_count(), dataset.info.output_count(), config) {
        learner_.to(device_);
        learner_.start_at_components(training_.targets, training_.weights);
    }

    /// Fills the report's curve, best epoch and end; returns the best layers.
    std::vector<emulate::Layer> run(TrainReport& report, Clock::time_point start);

private:
    [[nodiscard]] double seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }
    [[nodiscard]] std::size_t steps_per_epoch() const {
        return std::max<std::size_t>(1, training_.size() / config_.batch);
    }
    [[nodiscard]] std::size_t judging_interval() const;
    double epoch(Optimizer& optimizer, const Schedule& schedule, std::size_t epoch);
    double step(Optimizer& optimizer, const Batch& batch, double rate);
    void average();
    [[nodiscard]] double validation_loss();
    bool judge(TrainReport& report, std::size_t epoch, double training_loss, double rate);
    void show(const Schedule& schedule, std::size_t epoch, double loss);

    const TrainConfig& config_;
    bool log_;
    torch::Device device_;
    Progress& progress_;
    Batch training_, validation_;
    Learner learner_;
    Clock::time_point start_;
    std::vector<Tensor> averaged_, best_;
    double best_loss_ = std::numeric_limits<double>::infinity();
    std::size_t step_ = 0, shown_ = 0;
};

/// Epochs between two looks at the validation data (a forward pass costs a third of a step).
std::size_t Session::judging_interval() const {
    const double cost = static_cast<double>(validation_.size()) / (3.0 * static_cast<double>(training_.size()));
    return std::max<std::size_t>(1, static_cast<std::size_t>(std::ceil(cost / validation_cost)));
}

double Session::step(Optimizer& optimizer, const Batch& batch, double rate) {
    for (const Tensor& parameter : learner_.parameters()) parameter.mutable_grad().reset();
    const Tensor predicted = learner_.forward(batch.inputs);
    const auto values = static_cast<double>(predicted.numel());
    Tensor weighted, difference;
    {  // the loss is simple enough to be differentiated by hand: fewer passes over (batch x outputs)
        const at::NoGradGuard no_gradients;
        difference = batch.difference(predicted.detach());
        weighted = difference * batch.weights;
    }
    const double loss = at::dot(weighted.view(-1), difference.view(-1)).item<double>() / values;
    if (!std::isfinite(loss)) {
        throw NumericalError(
            {.where = "training, step " + std::to_string(step_ + 1),
             .found = "the loss is " + to_text(loss),
             .effect = "nothing was written",
             .next = "a lower --learning-rate (now " + to_text(config_.learning_rate) + ") or a longer --warm-up"});
    }
    predicted.backward(weighted.mul_(2 / values));
    optimizer.step(rate);
    return loss;
}

/// Running average of the weights; young averages follow faster.
void Session::average() {
    const at::NoGradGuard no_gradients;
    const double decay = std::min(config_.averaging, static_cast<double>(1 + step_) / static_cast<double>(10 + step_));
    for (std::size_t i = 0; i < averaged_.size(); ++i) averaged_[i].lerp_(learner_.parameters()[i], 1 - decay);
}

double Session::epoch(Optimizer& optimizer, const Schedule& schedule, std::size_t epoch) {
    std::vector<std::int64_t> order(training_.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::int64_t>(i);
    Random random(config_.seed, (batch_stream << 20) + epoch);
    shuffle(order, random);
    const Tensor rows = torch::from_blob(order.data(), {static_cast<long>(order.size())}, torch::kInt64).to(device_);
    const std::size_t size = std::min(config_.batch, training_.size());
    double sum = 0;
    for (std::size_t b = 0; b < steps_per_epoch(); ++b, ++step_) {
        const auto first = static_cast<long>(b * size);
        sum += step(optimizer, Batch(training_, rows.slice(0, first, first + static_cast<long>(size))),
                    schedule.rate(step_, seconds()));
        if (config_.averaging > 0) average();
        if (stop_requested()) return sum / static_cast<double>(b + 1);
    }
    return sum / static_cast<double>(steps_per_epoch());
}

/// Loss of the averaged weights on the validation data.
double Session::validation_loss() {
    const at::NoGradGuard no_gradients;
    const Learner judged = config_.averaging > 0 ? learner_.with(averaged_) : learner_;
    double sum = 0;
    const auto count = static_cast<long>(validation_.size()), part = static_cast<long>(judged_at_once);
    for (long first = 0; first < count; first += part) {
        const long last = std::min(count, first + part);
        const Tensor difference =
            validation_.difference(judged.forward(validation_.inputs.slice(0, first, last)), first);
        sum +=
            (difference * difference * validation_.weights.slice(0, first, last)).sum(torch::kFloat64).item<double>();
    }
    return sum / static_cast<double>(validation_.targets.numel());
}

/// Records the epoch, keeps the weights where they are the best so far; false where patience is at its end.
bool Session::judge(TrainReport& report, std::size_t epoch, double training_loss, double rate) {
    const double loss = validation_.size() > 0 ? validation_loss() : training_loss;
    report.curve.push_back({.epoch = epoch,
                            .seconds = seconds(),
                            .learning_rate = rate,
                            .training_loss = training_loss,
                            .validation_loss = loss});
    if (loss < best_loss_) {
        best_loss_ = loss;
        report.best_epoch = epoch;
        best_ = copies(config_.averaging > 0 ? averaged_ : learner_.parameters());
    }
    return config_.patience == 0 || epoch < report.best_epoch + config_.patience;
}

/// "3:10", "1:03:10".
std::string clock_text(double seconds) {
    const auto whole = static_cast<long>(seconds);
    const auto two = [](long number) { return (number < 10 ? "0" : "") + std::to_string(number); };
    const std::string tail = two(whole % 60);
    if (whole < 3600) return std::to_string(whole / 60) + ":" + tail;
    return std::to_string(whole / 3600) + ":" + two(whole / 60 % 60) + ":" + tail;
}

/// Where a budget limits the time, the bar is a share of the training and the note says epoch and clock; else the bar
/// counts epochs.
void Session::show(const Schedule& schedule, std::size_t epoch, double loss) {
    std::size_t now = epoch;
    std::string note = loss_note(loss, log_);
    if (config_.budget > 0) {
        now = static_cast<std::size_t>(schedule.progress(step_, seconds()) * static_cast<double>(shares));
        note = "epoch " + std::to_string(epoch) + ", " + clock_text(seconds()) + " of " + clock_text(config_.budget) +
               ", " + note;
    }
    progress_.advance(now - std::min(now, shown_), note);
    shown_ = std::max(now, shown_);
}

std::vector<emulate::Layer> Session::run(TrainReport& report, Clock::time_point start) {
    start_ = start;
    Optimizer optimizer(learner_.parameters(), config_.method, config_.weight_decay);
    const Schedule schedule(config_.learning_rate, config_.warm_up, config_.epochs * steps_per_epoch(), config_.budget);
    averaged_ = copies(learner_.parameters());
    best_ = copies(learner_.parameters());
    report.ended_by = "epochs";
    if (config_.budget > 0)
        progress_.begin_shares("training", shares);
    else
        progress_.begin("training", config_.epochs);
    for (std::size_t epoch = 1; epoch <= config_.epochs; ++epoch) {
        const double rate = schedule.rate(step_, seconds());
        const double loss = this->epoch(optimizer, schedule, epoch);
        const bool over = schedule.progress(step_, seconds()) >= 1, stopped = stop_requested();
        if (over && schedule.hurried(step_, seconds())) report.ended_by = "budget";
        const bool judged = epoch == 1 || epoch % judging_interval() == 0 || over || stopped;
        const bool patient = !judged || judge(report, epoch, loss, rate);
        show(schedule, epoch, judged ? report.curve.back().validation_loss : loss);
        if (stopped)
            report.ended_by = "interrupt";
        else if (!over && !patient)
            report.ended_by = "patience";
        if (over || stopped || !patient) break;
    }
    progress_.end();
    return learner_.layers(best_);
}

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
