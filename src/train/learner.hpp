#pragma once
#include <cstddef>
#include <vector>

#include <torch/types.h>

#include <ism/emulate/network.hpp>
#include <ism/train/train.hpp>

namespace ism::train {

/// The network while it learns: the layers of emulate::Network as LibTorch tensors.
class Learner {
public:
    /// A layer; those of a polynomial are not among them, they learn nothing.
    struct Step {
        std::size_t inputs, outputs;
        emulate::Activation activation;
        bool residual, growing;
        std::size_t first;  ///< index of its weight in parameters_; bias follows, then alpha and beta where learned
    };

    /// First weights drawn from `seed`: uniform in +-1/sqrt(inputs), as PyTorch's Linear. The ladder: neuron q is
    /// tanh((x_p - knot) / spacing), its knots evenly spread over the range -sqrt(3)..sqrt(3) of the scaled parameter
    /// p = q mod P, every second step downwards; not where the network begins with a polynomial or grows.
    Learner(std::size_t inputs, std::size_t outputs, const TrainConfig& config);

    /// Starts the decoder at the principal components of the targets: (N x M) standardised targets, their loss weights.
    /// The coefficients get variance 1; the component with the larger share of the loss gets the larger column.
    void start_at_components(const torch::Tensor& targets, const torch::Tensor& weights);

    /// (B x P) scaled parameters to (B x M) scaled outputs.
    [[nodiscard]] torch::Tensor forward(const torch::Tensor& inputs) const;

    /// Everything that is learned, in the order of the layers.
    [[nodiscard]] const std::vector<torch::Tensor>& parameters() const noexcept { return parameters_; }

    [[nodiscard]] const std::vector<Step>& steps() const noexcept { return steps_; }
    /// What the inputs are expanded to, of order 1 where they are taken as they are.
    [[nodiscard]] const emulate::Polynomial& polynomial() const noexcept { return polynomial_; }

    /// Moves everything to the device.
    void to(const torch::Device& device);

    /// The same network with `values` in place of its parameters.
    [[nodiscard]] Learner with(const std::vector<torch::Tensor>& values) const;

    /// The layers with `values` in place of the parameters (a running average, say).
    [[nodiscard]] std::vector<emulate::Layer> layers(const std::vector<torch::Tensor>& values) const;

    /// The inverse: takes the numbers of layers that have this learner's shape.
    void set(const std::vector<emulate::Layer>& layers);

private:
    void start_as_ladder();
    Step& add(std::size_t inputs, std::size_t outputs, emulate::Activation activation, std::uint64_t seed);
    [[nodiscard]] torch::Tensor expanded(const torch::Tensor& inputs) const;

    std::vector<Step> steps_;
    std::vector<torch::Tensor> parameters_;
    bool decoder_ = false;
    emulate::Polynomial polynomial_;
    struct Degree {
        torch::Tensor earlier, factor;  ///< columns whose products are the monomials of one degree
    };
    std::vector<Degree> degrees_;  ///< from the second on
};

}  // namespace ism::train
