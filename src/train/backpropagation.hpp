#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "emulate/kernels.hpp"
#include "train/learner.hpp"
#include "train/learning_data.hpp"
#include "train/loss.hpp"
#include "train/step_kernels.hpp"

namespace ism::train {

/// The gradient of the loss by hand, on the processor: the fast path beside LibTorch's autograd, to which it is equal
/// within rounding (tests/train/backpropagation.cpp). One pass forward keeps value and slope of every neuron; one pass
/// back makes the gradients. Threads take shares of a batch that do not depend on their number: the same rows give the
/// same bits.
class Backpropagation {
public:
    /// True where every activation is one that the kernels know (all but adaptive_silu) and the learner is on the
    /// processor.
    [[nodiscard]] static bool serves(const Learner& learner);

    /// For batches of at most `rows` models on `threads` threads. The learner must outlive it.
    Backpropagation(const Learner& learner, std::size_t rows, unsigned threads);

    /// The mean of the loss over the models `rows` and all outputs; sets the gradients of the learner's parameters.
    double run(const LearningData& data, std::span<const std::int64_t> rows, const LossFunction& loss);

private:
    using Buffer = emulate::AlignedFloats;

    /// A layer's weights in the order in which they are read.
    struct Layer {
        std::size_t inputs, outputs;
        emulate::Activation activation;
        bool residual, growing;
        std::size_t first;  // of its parameters
        Rows forward;       // (inputs x outputs)
        Rows back;          // (outputs x inputs)
        Buffer forward_data, back_data, bias;
    };
    /// What one thread keeps of its share of a batch.
    struct Share {
        std::vector<Rows> in, slopes;     // of each layer; in[layers] is the prediction
        std::vector<Rows> weight_change;  // (outputs x inputs) of each layer
        std::vector<float*> bias_change;  // (outputs)
        Rows change, other;               // of the values between two layers; of the weighted sums
        std::vector<Buffer> memory;
        double loss = 0;
    };

    [[nodiscard]] std::size_t padded(std::size_t columns) const noexcept;
    Rows rows_of(std::vector<Buffer>& memory, std::size_t rows, std::size_t columns) const;
    [[nodiscard]] Share share_for(std::size_t rows) const;
    void load_weights();
    void gather(Share& share, const LearningData& data, std::span<const std::int64_t> rows) const;
    void forward(Share& share, std::size_t rows) const;
    void lose(Share& share, const LearningData& data, std::span<const std::int64_t> rows, const LossFunction& loss,
              double values) const;
    void back(Share& share, std::size_t rows) const;
    void store_gradients();

    const StepKernels& kernels_;
    const Learner& learner_;
    std::vector<emulate::Monomial> products_;
    std::vector<Layer> layers_;
    std::size_t parameters_ = 0;  // P
    std::vector<Share> shares_;
    std::size_t threads_ = 1;
};

}  // namespace ism::train
