// Activations on vectors of floats, compiled once per instruction set (no #pragma once: Highway's own guard).
#if defined(ISM_EMULATE_ACTIVATIONS_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef ISM_EMULATE_ACTIVATIONS_INL
#undef ISM_EMULATE_ACTIVATIONS_INL
#else
#define ISM_EMULATE_ACTIVATIONS_INL
#endif

#include <ism/emulate/activation.hpp>

#include "emulate/vector_math-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace ism::emulate::HWY_NAMESPACE {

/// Value and slope; where the slope is not used the compiler leaves it out.
struct Outcome {
    V value;
    V slope;
};

HWY_INLINE V one() { return constant(1); }

struct Identity {
    static HWY_INLINE Outcome of(V x, V, V) { return {x, one()}; }
};
struct Relu {
    static HWY_INLINE Outcome of(V x, V, V) {
        const auto above = hn::Gt(x, hn::Zero(Floats()));
        return {hn::IfThenElseZero(above, x), hn::IfThenElseZero(above, one())};
    }
};
struct LeakyRelu {
    static HWY_INLINE Outcome of(V x, V, V) {
        const V slope = hn::IfThenElse(hn::Gt(x, hn::Zero(Floats())), one(), constant(leaky_slope));
        return {hn::Mul(slope, x), slope};
    }
};
struct Elu {
    static HWY_INLINE Outcome of(V x, V, V) {
        const auto above = hn::Gt(x, hn::Zero(Floats()));
        const V m = expm1_of_negative(hn::Min(x, hn::Zero(Floats())));
        return {hn::IfThenElse(above, x, m), hn::Add(m, one())};
    }
};
struct Selu {
    static HWY_INLINE Outcome of(V x, V, V) {
        const auto above = hn::Gt(x, hn::Zero(Floats()));
        const V m = hn::Mul(constant(selu_scale * selu_alpha), expm1_of_negative(hn::Min(x, hn::Zero(Floats()))));
        return {hn::IfThenElse(above, hn::Mul(constant(selu_scale), x), m),
                hn::IfThenElse(above, constant(selu_scale), hn::Add(m, constant(selu_scale * selu_alpha)))};
    }
};
struct Softplus {
    static HWY_INLINE Outcome of(V x, V, V) { return {softplus_of(x), sigmoid_of(x)}; }
};
struct Tanh {
    static HWY_INLINE Outcome of(V x, V, V) {
        const V t = tanh_of(x);
        return {t, hn::Mul(hn::Sub(one(), t), hn::Add(one(), t))};
    }
};
struct Silu {
    static HWY_INLINE Outcome of(V x, V, V) {
        const V s = sigmoid_of(x), value = hn::Mul(x, s);
        return {value, hn::MulAdd(value, hn::Sub(one(), s), s)};
    }
};
struct Gelu {
    static HWY_INLINE Outcome of(V x, V, V) {
        const Normal normal = normal_of(x);
        return {hn::Mul(x, normal.below), hn::MulAdd(x, normal.density, normal.below)};
    }
};
struct GeluTanh {
    static HWY_INLINE Outcome of(V x, V, V) {
        constexpr double c = 1.5957691216057308, cubic = 0.044715;  // 2 sqrt(2 / pi)
        const V square = hn::Mul(x, x);
        const V s = sigmoid_of(hn::Mul(x, hn::MulAdd(square, constant(c * cubic), constant(c))));
        const V value = hn::Mul(x, s), inner = hn::MulAdd(square, constant(3 * c * cubic), constant(c));
        return {value, hn::MulAdd(hn::Mul(value, hn::Sub(one(), s)), inner, s)};
    }
};
struct AdaptiveSilu {
    static HWY_INLINE Outcome of(V x, V alpha, V beta) {
        const V s = sigmoid_of(hn::Mul(alpha, x)), part = hn::Mul(hn::Sub(one(), beta), s), gate = hn::Add(beta, part);
        return {hn::Mul(gate, x), hn::MulAdd(hn::Mul(part, hn::Sub(one(), s)), hn::Mul(alpha, x), gate)};
    }
};

/// The function of a class template argument, picked by the enumerator.
template <template <class> class Pick>
auto picked(Activation activation) {
    switch (activation) {
        case Activation::identity:
            return Pick<Identity>::function;
        case Activation::relu:
            return Pick<Relu>::function;
        case Activation::leaky_relu:
            return Pick<LeakyRelu>::function;
        case Activation::elu:
            return Pick<Elu>::function;
        case Activation::selu:
            return Pick<Selu>::function;
        case Activation::softplus:
            return Pick<Softplus>::function;
        case Activation::tanh:
            return Pick<Tanh>::function;
        case Activation::silu:
            return Pick<Silu>::function;
        case Activation::gelu:
            return Pick<Gelu>::function;
        case Activation::gelu_tanh:
            return Pick<GeluTanh>::function;
        case Activation::adaptive_silu:
            break;
    }
    return Pick<AdaptiveSilu>::function;
}

}  // namespace ism::emulate::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
