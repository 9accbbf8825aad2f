// Elementary functions on vectors of floats, compiled once per instruction set (no #pragma once: Highway's own guard).
#if defined(ISM_EMULATE_VECTOR_MATH_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef ISM_EMULATE_VECTOR_MATH_INL
#undef ISM_EMULATE_VECTOR_MATH_INL
#else
#define ISM_EMULATE_VECTOR_MATH_INL
#endif

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace ism::emulate::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Floats = hn::ScalableTag<float>;
using Ints = hn::RebindToSigned<Floats>;
using V = hn::Vec<Floats>;
using VI = hn::Vec<Ints>;

HWY_INLINE V constant(double x) { return hn::Set(Floats(), static_cast<float>(x)); }

/// c_0 + x (c_1 + x (c_2 + ...))
template <class... Rest>
HWY_INLINE V polynomial(V x, double first, Rest... rest) {
    if constexpr (sizeof...(rest) == 0) {
        return constant(first);
    } else {
        return hn::MulAdd(x, polynomial(x, rest...), constant(first));
    }
}

/// x = n log(2) + r with |r| <= log(2) / 2, for |x| <= 88.
struct Reduced {
    VI n;
    V r;
};
HWY_INLINE Reduced reduce(V x) {
    const VI n = hn::NearestInt(hn::Mul(x, constant(1.4426950408889634)));
    const V whole = hn::ConvertTo(Floats(), n);
    // log(2) in two parts (Cody & Waite): the first has trailing zeros, so that n times it is exact.
    const V r = hn::NegMulAdd(whole, constant(0.693145751953125), x);
    return {n, hn::NegMulAdd(whole, constant(1.4286068202862268e-6), r)};
}

/// 2^n for -126 <= n <= 127.
HWY_INLINE V two_to(VI n) { return hn::BitCast(Floats(), hn::ShiftLeft<23>(hn::Add(n, hn::Set(Ints(), 127)))); }

// Coefficients below: minimax in the relative error of the result (Remez by Lawson's weights), own fit.

/// exp(x), relative error <= 2e-7; beyond +-87 its value there.
HWY_INLINE V exp_of(V x) {
    const auto [n, r] = reduce(hn::Min(hn::Max(x, constant(-87)), constant(87)));
    const V q = polynomial(r, 0.9999997, 0.49999145, 0.1666764, 0.04189839, 0.008290229);
    return hn::Mul(hn::MulAdd(r, q, constant(1)), two_to(n));
}

/// exp(x) - 1 for x <= 0, relative error <= 3e-7 also near 0.
HWY_INLINE V expm1_of_negative(V x) {
    const auto [n, r] = reduce(hn::Max(x, constant(-87)));
    const V q = polynomial(r, 1.0, 0.49999997, 0.16666506, 0.041667137, 0.00836914, 0.0013888873);
    const V scale = two_to(n);
    return hn::MulAdd(scale, hn::Mul(r, q), hn::Sub(scale, constant(1)));
}

/// 2^t for |t| <= 126, t = whole + fraction with |fraction| <= 1/2.
HWY_INLINE V exp2_of(VI whole, V fraction) {
    const V q = polynomial(fraction, 0.693147, 0.24022242, 0.055507336, 0.009671513, 0.0013264727);
    return hn::Mul(hn::MulAdd(fraction, q, constant(1)), two_to(whole));
}

/// Phi(x), the normal distribution function, and its derivative. The lower tail is exp(-x^2 / 2) times a function of
/// u = 1 / (1 + 0.3 |x|) that is good to 2e-7; the argument of the exponential is rounded: 1e-6 at |x| = 5, 6e-6 at 13.
struct Normal {
    V below;
    V density;
};
HWY_INLINE Normal normal_of(V x) {
    const V t = hn::Abs(x), u = hn::Div(constant(1), hn::MulAdd(constant(0.3), t, constant(1)));
    const V e = exp_of(hn::Mul(constant(-0.5), hn::Mul(t, t)));
    const V q = polynomial(u, 0.1196293, 0.120753933, 0.0999136285, 0.1285612, -0.0536828886, 0.206352746, -0.15720268,
                           0.0356746878);
    const V tail = hn::Mul(hn::Mul(e, u), q);
    const V below = hn::IfThenElse(hn::Gt(x, hn::Zero(Floats())), hn::Sub(constant(1), tail), tail);
    return {below, hn::Mul(e, constant(0.3989422804014327))};
}

/// 1 / (1 + exp(-x)), relative error <= 4e-7 for x > -87.
HWY_INLINE V sigmoid_of(V x) { return hn::Div(constant(1), hn::Add(constant(1), exp_of(hn::Neg(x)))); }

/// tanh(x) = -m / (2 + m), m = exp(-2 |x|) - 1; relative error <= 5e-7.
HWY_INLINE V tanh_of(V x) {
    const V m = expm1_of_negative(hn::Mul(constant(-2), hn::Abs(x)));
    return hn::CopySign(hn::Div(m, hn::Add(constant(2), m)), x);
}

/// log(1 + exp(x)) = max(x, 0) + log1p(exp(-|x|)), relative error <= 6e-7.
HWY_INLINE V softplus_of(V x) {
    const V u = exp_of(hn::Neg(hn::Abs(x)));
    const V q = polynomial(u, 0.99999994, -0.49999493, 0.33319098, -0.24842982, 0.19106007, -0.13663244, 0.07822594,
                           -0.029505232, 0.0052326927);
    return hn::MulAdd(u, q, hn::Max(x, hn::Zero(Floats())));
}

}  // namespace ism::emulate::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
