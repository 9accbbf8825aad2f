#include "train/session.hpp"

#include <algorithm>
#include <cmath>

#include <ATen/Context.h>
#include <ATen/Functions.h>
#include <ATen/Parallel.h>

#include <ism/base/errors.hpp>
#include <ism/base/parallel.hpp>
#include <ism/base/random.hpp>
#include <ism/base/text.hpp>

namespace ism::train {
namespace {

using torch::Tensor;

constexpr std::uint64_t batch_stream = 0x6261746368;  // "batch"; the epoch is added
constexpr double validation_cost = 0.02;              ///< share of the time that judging progress may take
constexpr std::size_t shares = 1000;                  ///< of a training whose length the clock decides
constexpr std::size_t judged_at_once = 8192;          ///< models per forward pass without gradients
constexpr double kept_of_robust = 0.9;    ///< share of the values, the nearest, that judge a training with outliers
constexpr double scale_in_medians = 3.0;  ///< of |u|, where the scale of a robust loss follows the network's error
constexpr double smallest_scale = 1e-4;

Tensor tensor_of(const std::vector<float>& values, std::size_t rows, const torch::Device& device) {
    const auto n = static_cast<long>(rows), m = static_cast<long>(rows == 0 ? 0 : values.size() / rows);
    return torch::from_blob(const_cast<float*>(values.data()), {n, m}, torch::kFloat32)
        .clone()
        .to(device);  // read only
}

std::vector<Tensor> copies(const std::vector<Tensor>& tensors) {
    std::vector<Tensor> result;
    for (const Tensor& tensor : tensors) result.push_back(tensor.detach().clone());
    return result;
}

std::string loss_note(double loss, bool log) {
    return log ? "error " + to_text(100 * std::sqrt(loss), 3) + " %" : "loss " + to_text(loss, 3);
}

/// rho'(u) / (2 u) of every u^2.
Tensor robust_weights(const LossFunction& loss, const Tensor& squares) {
    const Tensor t = squares / (loss.scale * loss.scale);
    switch (loss.kind) {
        case Loss::square:
            break;
        case Loss::huber:
            return t.clamp_min(1).rsqrt();
        case Loss::log_cosh: {
            const Tensor x = t.clamp_min(1e-8).sqrt();
            return at::tanh(x) / x;
        }
        case Loss::student:
            return 1 / (1 + t / LossFunction::degrees);
        case Loss::cauchy:
            return 1 / (1 + t);
    }
    return at::ones_like(t);
}

/// The sum of rho over all u^2.
double sum_of(const LossFunction& loss, const Tensor& squares) {
    if (loss.kind == Loss::square) return squares.sum(torch::kFloat64).item<double>();
    const Tensor plain = squares.to(torch::kCPU).contiguous();
    double sum = 0;
    for (long k = 0; k < plain.numel(); ++k) sum += loss.value(double{plain.data_ptr<float>()[k]});
    return sum;
}

/// "3:10", "1:03:10".
std::string clock_text(double seconds) {
    const auto whole = static_cast<long>(seconds);
    const auto two = [](long number) { return (number < 10 ? "0" : "") + std::to_string(number); };
    const std::string tail = two(whole % 60);
    if (whole < 3600) return std::to_string(whole / 60) + ":" + tail;
    return std::to_string(whole / 3600) + ":" + two(whole / 60 % 60) + ":" + tail;
}

}  // namespace

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

Batch::Batch(const LearningData& data, const torch::Device& device)
    : inputs(tensor_of(data.inputs, data.models, device)),
      targets(tensor_of(data.targets, data.models, device)),
      weights(tensor_of(data.weights, data.models, device)) {
    if (!data.limits.empty()) limits = tensor_of(data.limits, data.models, device) > 0;
}

Batch::Batch(const Batch& all, const Tensor& rows)
    : inputs(all.inputs.index_select(0, rows)),
      targets(all.targets.index_select(0, rows)),
      weights(all.weights.index_select(0, rows)) {
    if (all.limits.defined()) limits = all.limits.index_select(0, rows);
}

Tensor Batch::difference(const Tensor& predicted, long first) const {
    const long last = first + predicted.size(0);
    const Tensor plain = predicted - targets.slice(0, first, last);
    if (!limits.defined()) return plain;
    return at::where(limits.slice(0, first, last), plain.clamp_min(0), plain);
}

Session::Session(const Dataset& dataset, const TrainConfig& config, const Split& parts, const Scaling& scaling,
                 Progress& progress)
    : config_(config),
      log_(dataset.info.output_scale == Scale::log),
      device_(device_for(config.device)),
      progress_(progress),
      training_(learning_data(dataset, parts.training, scaling, faint_level(dataset.info, config))),
      judged_(parts.validation.empty()
                  ? training_
                  : learning_data(dataset, parts.validation, scaling, faint_level(dataset.info, config)),
              device_),
      validates_(!parts.validation.empty()),
      learner_(dataset.info.parameter_count(), dataset.info.output_count(), config),
      loss_{config.loss, config.loss_scale > 0 ? config.loss_scale : 1.0} {
    if (!(judged_.weights.sum().item<double>() > 0))
        throw InputError({.where = "dataset",
                          .found = "none of the " + std::to_string(judged_.size()) +
                                   " models that would judge the training has a value that can be used",
                          .allowed = "values in most models",
                          .effect = "nothing was learned",
                          .next = "a larger --validation, or fewer values left out"});
    learner_.to(device_);
    const Batch all(training_, device_);
    learner_.start_at_components(all.targets, all.weights);
    if (Backpropagation::serves(learner_)) {
        const auto threads = static_cast<unsigned>(at::get_num_threads());
        fast_ = std::make_unique<Backpropagation>(learner_, std::min(config.batch, training_.models), threads);
    } else {
        on_device_ = std::make_unique<Batch>(all);
    }
}

/// Epochs between two looks at the validation data (a forward pass costs a third of a step).
std::size_t Session::judging_interval() const {
    const double cost = static_cast<double>(judged_.size()) / (3.0 * static_cast<double>(training_.models));
    return std::max<std::size_t>(1, static_cast<std::size_t>(std::ceil(cost / validation_cost)));
}

/// The loss of a batch; sets the gradients. LibTorch's way, for every activation and device.
double Session::gradient_by_autograd(std::span<const std::int64_t> rows) {
    const Tensor chosen = torch::from_blob(const_cast<std::int64_t*>(rows.data()), {static_cast<long>(rows.size())},
                                           torch::kInt64)  // read only
                              .to(device_);
    const Batch batch(*on_device_, chosen);
    for (const Tensor& parameter : learner_.parameters()) parameter.mutable_grad().reset();
    const Tensor predicted = learner_.forward(batch.inputs);
    const auto values = static_cast<double>(predicted.numel());
    Tensor weighted;
    double loss = 0;
    {  // the loss is simple enough to be differentiated by hand: fewer passes over (batch x outputs)
        const at::NoGradGuard no_gradients;
        const Tensor difference = batch.difference(predicted.detach());
        weighted = difference * batch.weights;
        const Tensor squares = weighted * difference;
        loss = sum_of(loss_, squares) / values;
        if (loss_.kind != Loss::square) weighted *= robust_weights(loss_, squares);
    }
    predicted.backward(weighted.mul_(2 / values));
    return loss;
}

double Session::gradient(std::span<const std::int64_t> rows) {
    const double loss = fast_ ? fast_->run(training_, rows, loss_) : gradient_by_autograd(rows);
    if (!std::isfinite(loss)) {
        throw NumericalError(
            {.where = "training, step " + std::to_string(step_ + 1),
             .found = "the loss is " + to_text(loss),
             .effect = "nothing was written",
             .next = "a lower --learning-rate (now " + to_text(config_.learning_rate) + ") or a longer --warm-up"});
    }
    return loss;
}

/// Running average of the weights; young averages follow faster.
void Session::average() {
    const at::NoGradGuard no_gradients;
    const double decay = std::min(config_.averaging, static_cast<double>(1 + step_) / static_cast<double>(10 + step_));
    for (std::size_t i = 0; i < averaged_.size(); ++i) {
        const Tensor& value = learner_.parameters()[i];
        if (fast_) {
            kernels_.follow(static_cast<float>(1 - decay), value.data_ptr<float>(), averaged_[i].data_ptr<float>(),
                            static_cast<std::size_t>(value.numel()));
        } else {
            averaged_[i].lerp_(value, 1 - decay);
        }
    }
}

double Session::epoch(Optimizer& optimizer, const Schedule& schedule, std::size_t epoch) {
    std::vector<std::int64_t> order(training_.models);
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::int64_t>(i);
    Random random(config_.seed, (batch_stream << 20) + epoch);
    shuffle(order, random);
    const std::size_t size = std::min(config_.batch, order.size());
    double sum = 0;
    for (std::size_t b = 0; b < steps_per_epoch(); ++b, ++step_) {
        const double rate = schedule.rate(step_, seconds());
        sum += gradient(std::span<const std::int64_t>(order).subspan(b * size, size));
        optimizer.step(rate);
        if (config_.averaging > 0) average();
        if (stop_requested()) return sum / static_cast<double>(b + 1);
    }
    return sum / static_cast<double>(steps_per_epoch());
}

/// w (prediction - target)^2 of the averaged weights on the models that judge, value by value.
Tensor Session::judged_squares() {
    const at::NoGradGuard no_gradients;
    const Learner learner = config_.averaging > 0 ? learner_.with(averaged_) : learner_;
    std::vector<Tensor> parts;
    const auto count = static_cast<long>(judged_.size()), part = static_cast<long>(judged_at_once);
    for (long first = 0; first < count; first += part) {
        const long last = std::min(count, first + part);
        const Tensor difference = judged_.difference(learner.forward(judged_.inputs.slice(0, first, last)), first);
        parts.push_back(difference * difference * judged_.weights.slice(0, first, last));
    }
    return at::cat(parts);
}

/// The mean square; where the loss is robust that of the nearest 90 % of the values, and the scale follows the median.
double Session::validation_loss() {
    const Tensor squares = judged_squares();
    if (loss_.kind == Loss::square)
        return squares.sum(torch::kFloat64).item<double>() / static_cast<double>(squares.numel());
    const Tensor counted = squares.masked_select(judged_.weights > 0).to(torch::kFloat64);
    const Tensor sorted = std::get<0>(at::sort(counted));
    const long kept = std::max(1L, static_cast<long>(kept_of_robust * static_cast<double>(sorted.numel())));
    if (config_.loss_scale == 0) {
        const double median = std::sqrt(sorted[sorted.numel() / 2].item<double>());
        loss_.scale = std::clamp(scale_in_medians * median, smallest_scale, 1.0);
    }
    return sorted.slice(0, 0, kept).mean().item<double>();
}

/// Records the epoch, keeps the weights where they are the best so far; false where patience is at its end.
bool Session::judge(TrainReport& report, std::size_t epoch, double training_loss, double rate) {
    const double loss = validates_ || loss_.kind != Loss::square ? validation_loss() : training_loss;
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

}  // namespace ism::train
