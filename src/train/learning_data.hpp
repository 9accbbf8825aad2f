#pragma once
#include <cstddef>
#include <vector>

#include <ism/base/dataset.hpp>
#include <ism/emulate/emulator_file.hpp>
#include <ism/emulate/network.hpp>
#include <ism/train/train.hpp>

namespace ism::train {

/// How parameters and outputs are brought to order one.
struct Scaling {
    emulate::InputScaling input;
    emulate::OutputScaling output;
};

/// Models as the network sees them.
struct LearningData {
    std::size_t models = 0;
    std::vector<float> inputs;   ///< (N x P), scaled
    std::vector<float> targets;  ///< (N x M), scaled; 0 where the weight is 0
    std::vector<float> weights;  ///< (N x M), the loss is the mean of weight (prediction - target)^2
    std::vector<float> limits;   ///< (N x M), 1 where the target is a limit: what is below it costs nothing; or empty
};

/// `faint` of the configuration, or its default for this axis: 2e-5 on wavelengths, 0 (all values alike) elsewhere.
[[nodiscard]] double faint_level(const ModelInfo& info, const TrainConfig& config);

constexpr double floor_of_faint = 1e-10;  ///< see with_floor

/// The dataset with outputs fainter than 1e-10 faint of their model's peak, zeros too, raised to that level: far on the
/// Wien side the logarithm spans hundreds, and learning it would cost accuracy where there is light. Counts what it
/// raised.
[[nodiscard]] Dataset with_floor(const Dataset& dataset, double faint, std::size_t& raised);

/// Throws InputError naming the first model whose parameters are not finite, or whose used outputs are not finite, or
/// negative where a logarithm is needed.
void check_values(const Dataset& dataset);

/// True where a value takes part: not masked, and not a zero whose logarithm is needed.
[[nodiscard]] bool learnable(const Dataset& dataset, std::size_t model, std::size_t output);

/// Zeros among the used outputs of the models that did not fail, where a logarithm is needed.
[[nodiscard]] std::size_t count_zeros(const Dataset& dataset);

/// Mean and spread of each output over `rows`; middle and range of each parameter.
/// Throws InputError for an output that is never usable in `rows`.
[[nodiscard]] Scaling scaling_of(const Dataset& dataset, const std::vector<std::size_t>& rows);

/// The models `rows`, scaled, with the weights of the loss (train.hpp).
[[nodiscard]] LearningData learning_data(const Dataset& dataset, const std::vector<std::size_t>& rows,
                                         const Scaling& scaling, double faint);

/// The declared range of each parameter where the data fill it, else the range of the data.
[[nodiscard]] emulate::TrainingDomain domain_of(const Dataset& dataset, const std::vector<std::size_t>& rows);

}  // namespace ism::train
