#pragma once
#include <chrono>
#include <cstddef>
#include <limits>
#include <memory>
#include <vector>

#include <torch/types.h>

#include <ism/base/progress.hpp>
#include <ism/train/train.hpp>

#include "train/backpropagation.hpp"
#include "train/learner.hpp"
#include "train/learning_data.hpp"
#include "train/loss.hpp"
#include "train/optimizer.hpp"
#include "train/schedule.hpp"
#include "train/step_kernels.hpp"

namespace ism::train {

/// The device that a training runs on; throws InputError where CUDA is wanted and there is none.
[[nodiscard]] torch::Device device_for(Device wanted);

/// Models on the device.
struct Batch {
    torch::Tensor inputs, targets, weights, limits;  ///< limits may be undefined: there are none

    Batch(const LearningData& data, const torch::Device& device);
    Batch(const Batch& all, const torch::Tensor& rows);
    /// Prediction less target; 0 where it is below a limit. `first` is the row of the first prediction.
    [[nodiscard]] torch::Tensor difference(const torch::Tensor& predicted, long first = 0) const;
    [[nodiscard]] std::size_t size() const { return static_cast<std::size_t>(inputs.size(0)); }
};

/// One training from the first weights to the best ones.
class Session {
public:
    using Clock = std::chrono::steady_clock;

    Session(const Dataset& dataset, const TrainConfig& config, const Split& parts, const Scaling& scaling,
            Progress& progress);

    /// Fills the report's curve, best epoch and end; returns the best layers.
    std::vector<emulate::Layer> run(TrainReport& report, Clock::time_point start);

private:
    [[nodiscard]] double seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }
    [[nodiscard]] std::size_t steps_per_epoch() const {
        return std::max<std::size_t>(1, training_.models / config_.batch);
    }
    [[nodiscard]] std::size_t judging_interval() const;
    double epoch(Optimizer& optimizer, const Schedule& schedule, std::size_t epoch);
    double gradient(std::span<const std::int64_t> rows);
    double gradient_by_autograd(std::span<const std::int64_t> rows);
    void average();
    [[nodiscard]] torch::Tensor judged_squares();
    [[nodiscard]] double validation_loss();
    bool judge(TrainReport& report, std::size_t epoch, double training_loss, double rate);
    void show(const Schedule& schedule, std::size_t epoch, double loss);

    const TrainConfig& config_;
    bool log_;
    torch::Device device_;
    Progress& progress_;
    LearningData training_;
    Batch judged_;  // of validation; where there is none, of the models learned
    bool validates_;
    Learner learner_;
    LossFunction loss_;
    const StepKernels& kernels_ = step_kernels();
    std::unique_ptr<Backpropagation> fast_;  // where it serves
    std::unique_ptr<Batch> on_device_;       // elsewhere: the models learned
    Clock::time_point start_;
    std::vector<torch::Tensor> averaged_, best_;
    double best_loss_ = std::numeric_limits<double>::infinity();
    std::size_t step_ = 0, shown_ = 0;
};

}  // namespace ism::train
