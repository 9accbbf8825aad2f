#pragma once
#include <algorithm>
#include <span>
#include <vector>

#include <ism/emulate/emulator_file.hpp>

#include "emulate/kernels.hpp"

namespace ism::emulate {

/// Layers that are added to what they were given; a Dense by itself is a chain of one that is not.
struct Chain {
    std::vector<PackedDense> layers;
    bool residual = false;
};

/// A network in the form in which the fast path uses it: weights packed for one instruction set.
class Plan {
public:
    /// The network must have passed check().
    Plan(const Network& network, const TrainingDomain& domain, const Kernels& kernels);

    [[nodiscard]] const OutputPlan& outputs() const noexcept { return outputs_; }
    [[nodiscard]] const Kernels& kernels() const noexcept { return kernels_; }
    /// Points that are worked on together, so that a layer's values stay in the nearest caches.
    [[nodiscard]] static constexpr std::size_t points_at_once(std::size_t tangents) noexcept {
        return std::max<std::size_t>(1, 48 / (1 + tangents));
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
    std::vector<Chain> chains_;
    OutputPlan outputs_;
};

}  // namespace ism::emulate
