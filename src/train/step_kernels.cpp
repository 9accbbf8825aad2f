// Compiled once per instruction set: Highway includes this file again for each (foreach_target.h).
#undef HWY_TARGET_INCLUDE
// NOLINTNEXTLINE(cppcoreguidelines-macro-usage)
#define HWY_TARGET_INCLUDE "train/step_kernels.cpp"
#define HWY_COMPILE_ALL_ATTAINABLE
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#include "train/step_kernels.hpp"

#include <algorithm>
#include <cmath>

#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "emulate/activations-inl.hpp"

// NOLINTBEGIN(misc-use-internal-linkage): a namespace for each instruction set keeps them apart
HWY_BEFORE_NAMESPACE();
namespace ism::train::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
namespace functions = emulate::HWY_NAMESPACE;

using functions::Floats;
using functions::V;

/// As in emulate/kernels.cpp: a tile of so many rows by two vectors fills the registers.
constexpr std::size_t tile_rows = HWY_TARGET == HWY_AVX3 ? 12 : HWY_TARGET == HWY_NEON ? 8 : 6;
/// Terms summed at once: a panel of the right factor stays in the nearest cache.
constexpr std::size_t terms_at_once = 256;

// --- products
// ---------------------------------------------------------------------------------------------------------

/// One panel of `Count` rows of the product.
template <std::size_t Count>
HWY_INLINE void tile(LeftFactor left, Rows right, float* HWY_RESTRICT out, std::size_t out_stride, std::size_t terms,
                     bool add) {
    const Floats d;
    const std::size_t lanes = hn::Lanes(d);
    V low[Count], high[Count];
#pragma GCC unroll 12
    for (std::size_t r = 0; r < Count; ++r) {
        low[r] = add ? hn::LoadU(d, out + r * out_stride) : hn::Zero(d);
        high[r] = add ? hn::LoadU(d, out + r * out_stride + lanes) : hn::Zero(d);
    }
    const float* HWY_RESTRICT a = left.data;
    const float* HWY_RESTRICT b = right.data;
    for (std::size_t k = 0; k < terms; ++k, a += left.term, b += right.stride) {
        const V b_low = hn::LoadU(d, b), b_high = hn::LoadU(d, b + lanes);
#pragma GCC unroll 12
        for (std::size_t r = 0; r < Count; ++r) {
            const V x = hn::Set(d, a[r * left.row]);
            low[r] = hn::MulAdd(x, b_low, low[r]);
            high[r] = hn::MulAdd(x, b_high, high[r]);
        }
    }
#pragma GCC unroll 12
    for (std::size_t r = 0; r < Count; ++r) {
        hn::StoreU(low[r], d, out + r * out_stride);
        hn::StoreU(high[r], d, out + r * out_stride + lanes);
    }
}

/// The last rows, fewer than a tile.
template <std::size_t Count>
HWY_INLINE void last_tile(std::size_t rows, LeftFactor left, Rows right, Rows product, std::size_t terms, bool add) {
    if constexpr (Count > 0) {
        if (rows == Count) return tile<Count>(left, right, product.data, product.stride, terms, add);
        last_tile<Count - 1>(rows, left, right, product, terms, add);
    }
}

void multiply(LeftFactor left, Rows right, Rows product, ProductShape shape, bool add) {
    const std::size_t panel = 2 * hn::Lanes(Floats());
    for (std::size_t k = 0; k < shape.terms; k += terms_at_once) {
        const std::size_t terms = std::min(terms_at_once, shape.terms - k);
        const bool adding = add || k > 0;
        for (std::size_t c = 0; c < shape.columns; c += panel) {
            const Rows part{right.data + k * right.stride + c, right.stride};
            std::size_t r = 0;
            for (; r + tile_rows <= shape.rows; r += tile_rows) {
                tile<tile_rows>({left.data + r * left.row + k * left.term, left.row, left.term}, part,
                                product.data + r * product.stride + c, product.stride, terms, adding);
            }
            last_tile<tile_rows - 1>(shape.rows - r, {left.data + r * left.row + k * left.term, left.row, left.term},
                                     part, {product.data + r * product.stride + c, product.stride}, terms, adding);
        }
    }
}

// --- activations
// ------------------------------------------------------------------------------------------------------

template <class Function>
void activate_rows(const float* bias, Rows skip, Rows values, Rows slopes, std::size_t rows, std::size_t columns) {
    const Floats d;
    for (std::size_t r = 0; r < rows; ++r) {
        float* value = values.data + r * values.stride;
        float* slope = slopes.data + r * slopes.stride;
        for (std::size_t c = 0; c < columns; c += hn::Lanes(d)) {
            const auto f =
                Function::of(hn::Add(hn::LoadU(d, value + c), hn::LoadU(d, bias + c)), hn::Zero(d), hn::Zero(d));
            hn::StoreU(skip.data ? hn::Add(f.value, hn::LoadU(d, skip.data + r * skip.stride + c)) : f.value, d,
                       value + c);
            hn::StoreU(f.slope, d, slope + c);
        }
    }
}

template <class Function>
struct PickRows {
    static constexpr auto function = &activate_rows<Function>;
};

void activate(emulate::Activation activation, const float* bias, Rows skip, Rows values, Rows slopes, std::size_t rows,
              std::size_t columns) {
    functions::picked<PickRows>(activation)(bias, skip, values, slopes, rows, columns);
}

void through_slopes(Rows change, Rows slopes, Rows result, float* sums, std::size_t rows, std::size_t columns) {
    const Floats d;
    for (std::size_t c = 0; c < columns; c += hn::Lanes(d)) {
        V sum = hn::LoadU(d, sums + c);
        for (std::size_t r = 0; r < rows; ++r) {
            V x = hn::LoadU(d, change.data + r * change.stride + c);
            if (slopes.data) x = hn::Mul(x, hn::LoadU(d, slopes.data + r * slopes.stride + c));
            hn::StoreU(x, d, result.data + r * result.stride + c);
            sum = hn::Add(sum, x);
        }
        hn::StoreU(sum, d, sums + c);
    }
}

// --- the search for weights
// -------------------------------------------------------------------------------------------

/// `one(i)` for whole vectors, `rest(i)` for the numbers behind the last.
template <class Whole, class Rest>
HWY_INLINE void all_numbers(std::size_t count, Whole whole, Rest rest) {
    const std::size_t lanes = hn::Lanes(Floats());
    std::size_t i = 0;
    for (; i + lanes <= count; i += lanes) whole(i);
    for (; i < count; ++i) rest(i);
}

void adam(const AdamStep& step, const float* gradient, float* mean, float* square, float* parameter,
          std::size_t count) {
    const Floats d;
    const V mean_share = hn::Set(d, 1 - step.mean_decay), square_share = hn::Set(d, 1 - step.square_decay);
    const V scale = hn::Set(d, step.scale), epsilon = hn::Set(d, step.epsilon), rate = hn::Set(d, step.rate);
    const V keep = hn::Set(d, step.keep), square_decay = hn::Set(d, step.square_decay);
    all_numbers(
        count,
        [&](std::size_t i) HWY_ATTR {
            const V g = hn::LoadU(d, gradient + i), m = hn::LoadU(d, mean + i);
            const V first = hn::MulAdd(mean_share, hn::Sub(g, m), m);
            const V second = hn::MulAdd(hn::Mul(square_share, g), g, hn::Mul(square_decay, hn::LoadU(d, square + i)));
            const V size = hn::Add(hn::Sqrt(hn::Mul(second, scale)), epsilon);
            const V p = hn::Mul(keep, hn::LoadU(d, parameter + i));
            hn::StoreU(first, d, mean + i);
            hn::StoreU(second, d, square + i);
            hn::StoreU(hn::NegMulAdd(rate, hn::Div(first, size), p), d, parameter + i);
        },
        [&](std::size_t i) {
            mean[i] += (1 - step.mean_decay) * (gradient[i] - mean[i]);
            square[i] = step.square_decay * square[i] + (1 - step.square_decay) * gradient[i] * gradient[i];
            const float size = std::sqrt(square[i] * step.scale) + step.epsilon;
            parameter[i] = step.keep * parameter[i] - step.rate * mean[i] / size;
        });
}

void follow(float share, const float* value, float* average, std::size_t count) {
    const Floats d;
    const V part = hn::Set(d, share);
    all_numbers(
        count,
        [&](std::size_t i) HWY_ATTR {
            const V a = hn::LoadU(d, average + i);
            hn::StoreU(hn::MulAdd(part, hn::Sub(hn::LoadU(d, value + i), a), a), d, average + i);
        },
        [&](std::size_t i) { average[i] += share * (value[i] - average[i]); });
}

const StepKernels* table() {
    static const StepKernels kernels{.panel = 2 * hn::Lanes(Floats()),
                                     .multiply = &multiply,
                                     .activate = &activate,
                                     .through_slopes = &through_slopes,
                                     .adam = &adam,
                                     .follow = &follow};
    return &kernels;
}

}  // namespace ism::train::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
// NOLINTEND(misc-use-internal-linkage)

#if HWY_ONCE
#include "emulate/kernels.hpp"

namespace ism::train {
namespace {
HWY_EXPORT(table);
}  // namespace

const StepKernels& step_kernels() {
    hwy::ChosenTarget chosen;
    chosen.Update(emulate::target_of(emulate::resolved(emulate::Engine::best)));
    return *HWY_DISPATCH_TABLE(table)[chosen.GetIndex()]();
}

}  // namespace ism::train
#endif
