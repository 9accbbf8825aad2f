// Compiled once per instruction set: Highway includes this file again for each (foreach_target.h).
#undef HWY_TARGET_INCLUDE
// NOLINTNEXTLINE(cppcoreguidelines-macro-usage)
#define HWY_TARGET_INCLUDE "emulate/kernels.cpp"
// All targets of the machine, the scalar one too: every engine can be forced and is tested. SSSE3 adds nothing to SSE4
// here; SVE and RISC-V vectors have no size at compile time, and the register tiles below are arrays.
#define HWY_COMPILE_ALL_ATTAINABLE
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#include "emulate/kernels.hpp"

#include <algorithm>
#include <cmath>

#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "emulate/activations-inl.hpp"

// NOLINTBEGIN(misc-use-internal-linkage): a namespace for each instruction set keeps them apart
HWY_BEFORE_NAMESPACE();
namespace ism::emulate::HWY_NAMESPACE {

/// A register tile is `tile_rows` rows by one panel of two vectors; with the panel's two vectors of weights and one
/// broadcast value it fills the registers: 12 + 3 of 16, 24 + 3 of 32.
constexpr std::size_t tile_rows = HWY_TARGET == HWY_AVX3 ? 12 : HWY_TARGET == HWY_NEON ? 8 : 6;
/// Panels that a single row works on at once: as many sums under way as the multiply-adds need to be kept busy.
constexpr std::size_t panels_at_once = 4;

/// A vector of weights, from floats or from bfloat16 numbers.
HWY_INLINE V weights_at(const float* at) { return hn::Load(Floats(), at); }
HWY_INLINE V weights_at(const Bfloat16* at) {
    const hn::Rebind<hwy::bfloat16_t, Floats> d;
    return hn::PromoteTo(Floats(), hn::Load(d, reinterpret_cast<const hwy::bfloat16_t*>(at)));
}

// --- matrix products -------------------------------------------------------------------------------------------------

/// out (Rows x one panel) = in (Rows x inputs) times the panel.
template <std::size_t Rows, class Weight>
HWY_INLINE void tile(const Weight* HWY_RESTRICT panel, std::size_t inputs, const float* HWY_RESTRICT in,
                     std::size_t in_stride, float* HWY_RESTRICT out, std::size_t out_stride) {
    const Floats d;
    const std::size_t lanes = hn::Lanes(d);
    V left[Rows], right[Rows];
#pragma GCC unroll 12
    for (std::size_t r = 0; r < Rows; ++r) left[r] = right[r] = hn::Zero(d);
    for (std::size_t k = 0; k < inputs; ++k) {
        const V w_left = weights_at(panel), w_right = weights_at(panel + lanes);
        panel += 2 * lanes;
#pragma GCC unroll 12
        for (std::size_t r = 0; r < Rows; ++r) {
            const V x = hn::Set(d, in[r * in_stride + k]);
            left[r] = hn::MulAdd(x, w_left, left[r]);
            right[r] = hn::MulAdd(x, w_right, right[r]);
        }
    }
#pragma GCC unroll 12
    for (std::size_t r = 0; r < Rows; ++r) {
        hn::StoreU(left[r], d, out + r * out_stride);
        hn::StoreU(right[r], d, out + r * out_stride + lanes);
    }
}

/// The last rows of a block, fewer than a tile.
template <std::size_t Rows, class Weight>
HWY_INLINE void last_tile(std::size_t rows, const Weight* panel, std::size_t inputs, const float* in,
                          std::size_t in_stride, float* out, std::size_t out_stride) {
    if constexpr (Rows > 0) {
        if (rows == Rows) return tile<Rows>(panel, inputs, in, in_stride, out, out_stride);
        last_tile<Rows - 1>(rows, panel, inputs, in, in_stride, out, out_stride);
    }
}

template <class Weight>
HWY_INLINE void panel_times_rows(const Weight* panel, std::size_t inputs, Block in, float* out, std::size_t out_stride,
                                 std::size_t rows) {
    std::size_t r = 0;
    for (; r + tile_rows <= rows; r += tile_rows) {
        tile<tile_rows>(panel, inputs, in.data + r * in.stride, in.stride, out + r * out_stride, out_stride);
    }
    last_tile<tile_rows - 1>(rows - r, panel, inputs, in.data + r * in.stride, in.stride, out + r * out_stride,
                             out_stride);
}

/// out (Panels panels) = in (inputs) times neighbouring panels, for one row.
template <std::size_t Panels, class Weight>
HWY_INLINE void row_times_panels(const Weight* HWY_RESTRICT panels, std::size_t inputs, const float* HWY_RESTRICT in,
                                 float* HWY_RESTRICT out) {
    const Floats d;
    const std::size_t lanes = hn::Lanes(d);
    V sum[2 * Panels];
#pragma GCC unroll 8
    for (std::size_t p = 0; p < 2 * Panels; ++p) sum[p] = hn::Zero(d);
    for (std::size_t k = 0; k < inputs; ++k) {
        const V x = hn::Set(d, in[k]);
#pragma GCC unroll 8
        for (std::size_t p = 0; p < 2 * Panels; ++p) {
            sum[p] = hn::MulAdd(x, weights_at(panels + (p / 2 * inputs + k) * 2 * lanes + p % 2 * lanes), sum[p]);
        }
    }
#pragma GCC unroll 8
    for (std::size_t p = 0; p < 2 * Panels; ++p) hn::StoreU(sum[p], d, out + p * lanes);
}

template <class Weight>
HWY_INLINE void row_times_matrix(const PackedDense& layer, const Weight* weights, const float* in, float* out) {
    const std::size_t panel = 2 * hn::Lanes(Floats());
    std::size_t c = 0;
    for (; c + panels_at_once * panel <= layer.columns; c += panels_at_once * panel) {
        row_times_panels<panels_at_once>(weights + c * layer.inputs, layer.inputs, in, out + c);
    }
    for (; c < layer.columns; c += panel) {
        row_times_panels<1>(weights + c * layer.inputs, layer.inputs, in, out + c);
    }
}

// --- activations of a block -----------------------------------------------------------------------------------------

/// Columns begin .. end of a block, from weighted sums to what the layer gives.
struct Strip {
    const PackedDense& layer;
    Block skip;
    Block out;
    Shape2 shape;
    std::size_t begin, end;
};

HWY_INLINE V skipped(const Strip& strip, std::size_t row, std::size_t column) {
    return hn::LoadU(Floats(), strip.skip.data + row * strip.skip.stride + column);
}

template <class Function>
HWY_INLINE void activate_values(const Strip& strip, std::size_t column, V bias, V alpha, V beta) {
    const Floats d;
    for (std::size_t r = 0; r < strip.shape.points; ++r) {
        float* at = strip.out.data + r * strip.out.stride + column;
        const V value = Function::of(hn::Add(hn::LoadU(d, at), bias), alpha, beta).value;
        hn::StoreU(strip.skip.data ? hn::Add(value, skipped(strip, r, column)) : value, d, at);
    }
}

template <class Function>
HWY_INLINE void activate_tangents(const Strip& strip, std::size_t column, V bias, V alpha, V beta) {
    const Floats d;
    const auto [points, tangents] = strip.shape;
    for (std::size_t r = 0; r < points; ++r) {
        float* at = strip.out.data + r * strip.out.stride + column;
        const Outcome f = Function::of(hn::Add(hn::LoadU(d, at), bias), alpha, beta);
        hn::StoreU(strip.skip.data ? hn::Add(f.value, skipped(strip, r, column)) : f.value, d, at);
        for (std::size_t row = points + r; row < strip.shape.rows(); row += points) {
            at = strip.out.data + row * strip.out.stride + column;
            const V change = hn::Mul(f.slope, hn::LoadU(d, at));
            hn::StoreU(strip.skip.data ? hn::Add(change, skipped(strip, row, column)) : change, d, at);
        }
    }
}

template <class Function>
void activate_strip(const Strip& strip) {
    const Floats d;
    for (std::size_t c = strip.begin; c < strip.end; c += hn::Lanes(d)) {
        const V bias = hn::Load(d, strip.layer.bias.data() + c);
        const V alpha = hn::Load(d, strip.layer.alpha.data() + c), beta = hn::Load(d, strip.layer.beta.data() + c);
        if (strip.shape.tangents == 0) {
            activate_values<Function>(strip, c, bias, alpha, beta);
        } else {
            activate_tangents<Function>(strip, c, bias, alpha, beta);
        }
    }
}

template <class Function>
struct PickStrip {
    static constexpr auto function = &activate_strip<Function>;
};

// --- a layer ---------------------------------------------------------------------------------------------------------

template <class Weight>
void dense_with(const PackedDense& layer, const Weight* weights, Block in, Block skip, Block out, Shape2 shape) {
    const auto activate = picked<PickStrip>(layer.activation);
    if (shape.rows() == 1) {
        row_times_matrix(layer, weights, in.data, out.data);
        return activate({layer, skip, out, shape, 0, layer.columns});
    }
    const std::size_t panel = 2 * hn::Lanes(Floats());
    for (std::size_t c = 0; c < layer.columns; c += panel) {
        panel_times_rows(weights + c * layer.inputs, layer.inputs, in, out.data + c, out.stride, shape.rows());
        activate({layer, skip, out, shape, c, c + panel});
    }
}

void dense(const PackedDense& layer, Block in, Block skip, Block out, Shape2 shape) {
    if (layer.halves.size() > 0) return dense_with(layer, layer.halves.data(), in, skip, out, shape);
    dense_with(layer, layer.weights.data(), in, skip, out, shape);
}

// --- outputs in their unit
// ---------------------------------------------------------------------------------------------

/// Largest |t| of 2^t that one float exponent holds with room for the fraction.
constexpr float largest_power = 125.0F;

template <class Real>
void one_output(const OutputPlan& plan, const float* z, std::size_t j, Real* y) {
    const double value = plan.scale == Scale::log ? plan.factor[j] * std::exp2(double{plan.rate[j]} * z[j])
                                                  : plan.offset[j] + plan.slope[j] * z[j];
    *y = static_cast<Real>(value);
}

#if HWY_TARGET == HWY_SCALAR  // one lane has no halves; Highway's vectors would only hide the plain loop

template <class Real>
void log_outputs(const OutputPlan& plan, const float* z, std::size_t j, Real* y) {
    one_output(plan, z, j, y);
}
template <class Real>
void linear_outputs(const OutputPlan& plan, const float* z, std::size_t j, Real* y) {
    one_output(plan, z, j, y);
}

#else

using Doubles = hn::ScalableTag<double>;
using VD = hn::Vec<Doubles>;

HWY_INLINE VD doubles(const std::vector<double>& from, std::size_t at) {
    return hn::LoadU(Doubles(), from.data() + at);
}
HWY_INLINE VD lower_as_doubles(V x) { return hn::PromoteTo(Doubles(), hn::LowerHalf(x)); }
HWY_INLINE VD upper_as_doubles(V x) { return hn::PromoteTo(Doubles(), hn::UpperHalf(hn::Half<Floats>(), x)); }
HWY_INLINE void store(VD y, double* to) { hn::StoreU(y, Doubles(), to); }
HWY_INLINE void store(VD y, float* to) {
    const hn::Rebind<float, Doubles> d;
    hn::StoreU(hn::DemoteTo(d, y), d, to);
}

/// Outputs j, j + 1, ... of one vector; powers that a float cannot hold are left to double precision.
template <class Real>
HWY_INLINE void log_outputs(const OutputPlan& plan, const float* z, std::size_t j, Real* y) {
    const Floats d;
    const std::size_t half = hn::Lanes(d) / 2;
    const V standard = hn::LoadU(d, z + j), rate = hn::LoadU(d, plan.rate.data() + j), power = hn::Mul(rate, standard);
    const VI whole = hn::NearestInt(power);
    const V value = exp2_of(whole, hn::MulSub(rate, standard, hn::ConvertTo(d, whole)));
    store(hn::Mul(lower_as_doubles(value), doubles(plan.factor, j)), y);
    store(hn::Mul(upper_as_doubles(value), doubles(plan.factor, j + half)), y + half);
    if (!hn::AllTrue(d, hn::Le(hn::Abs(power), hn::Set(d, largest_power)))) {
        for (std::size_t i = 0; i < hn::Lanes(d); ++i) {
            if (!(std::abs(plan.rate[j + i] * z[j + i]) <= largest_power)) one_output(plan, z, j + i, y + i);
        }
    }
}

template <class Real>
HWY_INLINE void linear_outputs(const OutputPlan& plan, const float* z, std::size_t j, Real* y) {
    const std::size_t half = hn::Lanes(Doubles());
    const V standard = hn::LoadU(Floats(), z + j);
    store(hn::MulAdd(doubles(plan.slope, j), lower_as_doubles(standard), doubles(plan.offset, j)), y);
    store(hn::MulAdd(doubles(plan.slope, j + half), upper_as_doubles(standard), doubles(plan.offset, j + half)),
          y + half);
}

#endif

/// `some_outputs(j, y)` writes one vector of outputs from j on; the last vector may reach beyond the last output.
template <class Real, class SomeOutputs>
HWY_INLINE void all_outputs(std::size_t count, Real* y, SomeOutputs some_outputs) {
    const std::size_t lanes = hn::Lanes(Floats());
    std::size_t j = 0;
    for (; j + lanes <= count; j += lanes) some_outputs(j, y + j);
    if (j < count) {
        Real last[hn::MaxLanes(Floats())];
        some_outputs(j, last);
        std::copy_n(last, count - j, y + j);
    }
}

template <class Real>
void outputs(const OutputPlan& plan, const float* z, Real* y) {
    if (plan.scale == Scale::log) {
        all_outputs(plan.count, y, [&](std::size_t j, Real* to) HWY_ATTR { log_outputs(plan, z, j, to); });
    } else {
        all_outputs(plan.count, y, [&](std::size_t j, Real* to) HWY_ATTR { linear_outputs(plan, z, j, to); });
    }
}

// --- one function by itself, for the tests
// -----------------------------------------------------------------------------

template <class Function>
void activate_array(float alpha, float beta, const float* x, float* value, float* slope, std::size_t count) {
    const Floats d;
    for (std::size_t i = 0; i < count; i += hn::Lanes(d)) {
        const Outcome f = Function::of(hn::LoadU(d, x + i), hn::Set(d, alpha), hn::Set(d, beta));
        hn::StoreU(f.value, d, value + i);
        hn::StoreU(f.slope, d, slope + i);
    }
}
template <class Function>
struct PickArray {
    static constexpr auto function = &activate_array<Function>;
};
void activate(Activation activation, float alpha, float beta, const float* x, float* value, float* slope,
              std::size_t count) {
    picked<PickArray>(activation)(alpha, beta, x, value, slope, count);
}

const Kernels* table() {
    static const Kernels kernels{.panel = 2 * hn::Lanes(Floats()),
                                 .dense = &dense,
                                 .outputs = &outputs<double>,
                                 .outputs_float = &outputs<float>,
                                 .activate = &activate};
    return &kernels;
}

}  // namespace ism::emulate::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
// NOLINTEND(misc-use-internal-linkage)

#if HWY_ONCE
#include <cstdlib>

#include <ism/base/errors.hpp>

namespace ism::emulate {
namespace {

HWY_EXPORT(table);

constexpr std::array engine_names{"best", "reference", "scalar", "sse4", "avx2", "avx512", "neon"};

bool runs_here(Engine engine) {
    const std::int64_t runnable = (hwy::SupportedTargets() | HWY_BASELINE_SCALAR) & HWY_TARGETS;
    return engine == Engine::reference || (target_of(engine) & runnable) != 0;
}

}  // namespace

std::int64_t target_of(Engine engine) {
    switch (engine) {
        case Engine::scalar:
            return HWY_BASELINE_SCALAR;
        case Engine::sse4:
            return HWY_SSE4;
        case Engine::avx2:
            return HWY_AVX2;
        case Engine::avx512:
            return HWY_AVX3;
        case Engine::neon:
            return HWY_NEON;
        case Engine::best:
        case Engine::reference:
            break;
    }
    return 0;
}

std::string to_string(Engine engine) { return engine_names[static_cast<std::size_t>(engine)]; }

Engine engine_from_string(std::string_view name) {
    for (std::size_t i = 0; i < engine_names.size(); ++i) {
        if (name == engine_names[i]) return static_cast<Engine>(i);
    }
    refuse_name(std::string(name), {engine_names.begin(), engine_names.end()},
                {.found = "unknown engine '" + std::string(name) + "'"});
}

std::vector<Engine> available_engines() {
    std::vector<Engine> engines;
    for (const Engine engine :
         {Engine::reference, Engine::scalar, Engine::neon, Engine::sse4, Engine::avx2, Engine::avx512}) {
        if (runs_here(engine)) engines.push_back(engine);
    }
    return engines;
}

Engine resolved(Engine engine) {
    const char* forced = engine == Engine::best ? std::getenv("ISMULATE_SIMD") : nullptr;
    if (forced != nullptr) engine = engine_from_string(forced);
    if (engine == Engine::best) return available_engines().back();
    if (runs_here(engine)) return engine;
    std::string known;
    for (const Engine candidate : available_engines()) known += (known.empty() ? "" : ", ") + to_string(candidate);
    throw InputError({.where = forced == nullptr ? "" : "ISMULATE_SIMD",
                      .found = "this machine cannot run the engine '" + to_string(engine) + "'",
                      .allowed = known});
}

const Kernels& kernels_of(Engine engine) {
    hwy::ChosenTarget chosen;
    chosen.Update(target_of(resolved(engine)));
    return *HWY_DISPATCH_TABLE(table)[chosen.GetIndex()]();
}

}  // namespace ism::emulate
#endif
