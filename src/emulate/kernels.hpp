#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include <hwy/aligned_allocator.h>

#include <ism/emulate/engine.hpp>
#include <ism/emulate/network.hpp>

#include "emulate/bfloat16.hpp"

/// The arithmetic of the fast path, compiled once for every instruction set and chosen at run time.
namespace ism::emulate {

/// Numbers on a cache line's boundary, zero where nothing was written.
template <class Number>
class Aligned {
public:
    Aligned() = default;
    explicit Aligned(std::size_t count) : size_(count) {
        if (count > 0) values_ = hwy::MakeUniqueAlignedArray<Number>(count);
    }
    [[nodiscard]] Number* data() noexcept { return values_.get(); }
    [[nodiscard]] const Number* data() const noexcept { return values_.get(); }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    Number& operator[](std::size_t i) noexcept { return values_[i]; }

private:
    hwy::AlignedUniquePtr<Number[]> values_;
    std::size_t size_ = 0;
};
using AlignedFloats = Aligned<float>;

/// A Dense whose weights lie in the order in which they are used: panels of neighbouring outputs, input by input.
struct PackedDense {
    std::size_t inputs = 0;
    std::size_t columns = 0;  ///< outputs, rounded up to whole panels; those beyond the last output have weight 0
    Activation activation = Activation::identity;
    AlignedFloats weights;       ///< (columns / panel x inputs x panel); empty where they are halves
    Aligned<Bfloat16> halves{};  ///< the same as bfloat16
    AlignedFloats bias;          ///< (columns)
    AlignedFloats alpha;         ///< (columns), of adaptive_silu
    AlignedFloats beta;          ///< (columns), of adaptive_silu
};

/// Rows of values in standardised space; a row holds as many as the widest layer has columns.
///
/// Row r < points is the value of point r; row points (1 + p) + r its derivative along parameter p.
struct Block {
    float* data = nullptr;
    std::size_t stride = 0;
};
struct Shape2 {
    std::size_t points = 0;
    std::size_t tangents = 0;  ///< parameters along which derivatives are carried; 0 for values only
    [[nodiscard]] std::size_t rows() const noexcept { return points * (1 + tangents); }
};

/// y_j = factor_j 2^(rate_j z_j) for outputs on a log scale, offset_j + slope_j z_j for those on a linear one.
/// The arrays reach to the end of the last panel.
struct OutputPlan {
    Scale scale = Scale::linear;
    std::size_t count = 0;       ///< M
    std::vector<float> rate;     ///< width log2(10)
    std::vector<double> factor;  ///< 10^centre
    std::vector<double> offset;  ///< centre
    std::vector<double> slope;   ///< width
};

/// One instruction set's functions.
struct Kernels {
    std::size_t panel;  ///< outputs of a panel
    /// out = f(W in + b) and, along each parameter, f'(W in + b) W in; `skip`, where it has data, is added.
    void (*dense)(const PackedDense& layer, Block in, Block skip, Block out, Shape2 shape);
    /// Outputs in their unit from standardised ones, (M) each.
    void (*outputs)(const OutputPlan& plan, const float* z, double* y);
    void (*outputs_float)(const OutputPlan& plan, const float* z, float* y);
    /// f and f' of `count` numbers, for the tests.
    void (*activate)(Activation activation, float alpha, float beta, const float* x, float* value, float* slope,
                     std::size_t count);
};

/// Highway's bit of an engine; 0 for those that are none of its targets.
[[nodiscard]] std::int64_t target_of(Engine engine);

/// The functions of an engine other than `reference`; throws InputError where this machine cannot run it.
[[nodiscard]] const Kernels& kernels_of(Engine engine);

}  // namespace ism::emulate
