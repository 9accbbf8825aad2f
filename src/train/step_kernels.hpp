#pragma once
#include <cstddef>

#include <ism/emulate/activation.hpp>

/// The arithmetic of a step of training on the processor, compiled once for every instruction set.
namespace ism::train {

/// Rows of floats. Where a kernel writes whole panels, the rows have room for the last one.
struct Rows {
    float* data = nullptr;
    std::size_t stride = 0;
};

/// What the left factor of a product is: its number (row i, term k) is data[i * row + k * term].
struct LeftFactor {
    const float* data = nullptr;
    std::size_t row = 0, term = 0;
};

struct ProductShape {
    std::size_t rows = 0, terms = 0, columns = 0;  ///< of the product; what is summed over; of the product
};

/// Constants of one step of Adam: parameter -= rate mean / (sqrt(square scale) + epsilon), after parameter *= keep.
struct AdamStep {
    float mean_decay, square_decay, scale, rate, keep, epsilon;
};

/// One instruction set's functions.
struct StepKernels {
    std::size_t panel;  ///< columns of a panel
    /// product (+)= left right; `columns` is rounded up to whole panels: right and product have room for them.
    void (*multiply)(LeftFactor left, Rows right, Rows product, ProductShape shape, bool add);
    /// values = f(values + bias) (+ skip, where it has data), slopes = f'(values + bias); whole panels.
    /// Not adaptive_silu.
    void (*activate)(emulate::Activation activation, const float* bias, Rows skip, Rows values, Rows slopes,
                     std::size_t rows, std::size_t columns);
    /// result = change x slopes (slopes without data: 1), sums (columns) += their sum over the rows; whole panels.
    void (*through_slopes)(Rows change, Rows slopes, Rows result, float* sums, std::size_t rows, std::size_t columns);
    /// Adam on `count` numbers.
    void (*adam)(const AdamStep& step, const float* gradient, float* mean, float* square, float* parameter,
                 std::size_t count);
    /// average += share (value - average)
    void (*follow)(float share, const float* value, float* average, std::size_t count);
};

/// Those of the best instruction set of this machine (or of ISMULATE_SIMD, as emulate::resolved has it). Keep it: to
/// ask the machine takes a tenth of a millisecond.
[[nodiscard]] const StepKernels& step_kernels();

}  // namespace ism::train
