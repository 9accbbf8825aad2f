#pragma once
#include <algorithm>
#include <span>
#include <vector>

#include <ism/emulate/emulator_file.hpp>

#include "emulate/kernels.hpp"

namespace ism::emulate {

/// Layers one after another. A Dense by itself is a chain of one.
struct Chain {
    std::vector<PackedDense> layers{};
    bool residual = false;                 ///< they are added to what the chain was given
    bool growing = false;                  ///< what they make follows what the chain was given, in the same row
    std::size_t inputs = 0;                ///< values that the chain is given
    std::vector<Monomial> products{};      ///< of a polynomial, which has no layers
};

/// A network in the form in which the fast path uses it: weights packed for one instruction set.
class Plan {
public:
    /// The network must have passed check().
    Plan(const Network& network, const TrainingDomain& domain, const Kernels& kernels);

    [[nodiscard]] const OutputPlan& outputs() const noexcept { return outputs_; }
    [[nodiscard]] const Kernels& kernels() const noexcept { return kernels_; }
    /// Points that are worked on together, so that a layer's values stay in the nearest caches; more where the weights
    /// do not fit there and have to be read anew for each block.
    [[nodiscard]] std::size_t points_at_once(std::size_t tangents) const noexcept {
        return std::max<std::size_t>(1, rows_at_once_ / (1 + tangents));
    }

    /// Standardised outputs of at most points_at_once points (points x P), with their derivatives along the
    /// standardised inputs. Points outside the domain are moved to its edge; NaN gives anything. The block lives in
    /// this thread's scratch memory until the next call.
    [[nodiscard]] Block run(std::span<const double> points, Shape2 shape) const;

private:
    void fill(Block block, std::span<const double> points, Shape2 shape) const;

    const Kernels& kernels_;
    InputScaling input_;
    TrainingDomain domain_;
    std::size_t widest_ = 0;  // values in the longest row
    std::size_t rows_at_once_ = 48;
    std::vector<Chain> chains_;
    OutputPlan outputs_;
};

}  // namespace ism::emulate
