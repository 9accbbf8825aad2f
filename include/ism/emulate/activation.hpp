#pragma once
#include <array>
#include <cmath>
#include <string>
#include <string_view>

namespace ism::emulate {

/// What a neuron does to its weighted sum. Definitions are those of PyTorch with its default constants.
enum class Activation {
    identity,       ///< x
    relu,           ///< max(x, 0)
    leaky_relu,     ///< x for x > 0, else 0.01 x
    elu,            ///< x for x > 0, else exp(x) - 1
    selu,           ///< 1.0507 x for x > 0, else 1.7581 (exp(x) - 1)
    softplus,       ///< log(1 + exp(x))
    tanh,           ///< tanh(x)
    silu,           ///< x / (1 + exp(-x)), also called swish
    gelu,           ///< x Phi(x), Phi the normal distribution function: PyTorch's GELU()
    gelu_tanh,      ///< x / (1 + exp(-2 u)), u = sqrt(2 / pi) (x + 0.044715 x^3): PyTorch's GELU(approximate="tanh")
    adaptive_silu,  ///< (beta + (1 - beta) / (1 + exp(-alpha x))) x, alpha and beta learned for each unit
                    ///< (Alsing et al. 2020, ApJS 249, 5, doi:10.3847/1538-4365/ab917f); alpha = 1, beta = 0 is silu
};

/// Every activation, in the order of the enumeration.
inline constexpr std::array all_activations{
    Activation::identity, Activation::relu, Activation::leaky_relu, Activation::elu,       Activation::selu,
    Activation::softplus, Activation::tanh, Activation::silu,       Activation::gelu,      Activation::gelu_tanh,
    Activation::adaptive_silu};

/// The name used in files: the enumerator's.
[[nodiscard]] std::string to_string(Activation activation);
/// Throws InputError naming the nearest known activation.
[[nodiscard]] Activation activation_from_string(std::string_view name);

/// f(x) and f'(x).
template <class Real>
struct ValueAndSlope {
    Real value;
    Real slope;
};

/// Constants of SELU (Klambauer et al. 2017, arXiv:1706.02515): mean 0 and variance 1 are a fixed point of a layer.
inline constexpr double selu_scale = 1.0507009873554805;
inline constexpr double selu_alpha = 1.6732632423543772;
/// Slope of leaky ReLU below zero.
inline constexpr double leaky_slope = 0.01;

/// The readable definition of every activation and its exact derivative; the SIMD engine is tested against it.
/// `alpha` and `beta` are read by adaptive_silu only. The slope at a kink is the one on its left, as in PyTorch.
template <class Real>
[[nodiscard]] ValueAndSlope<Real> activate(Activation activation, Real x, Real alpha = 1, Real beta = 0) {
    using std::exp, std::expm1, std::erfc, std::log1p, std::tanh;
    const auto sigmoid = [](Real t) { return t < 0 ? exp(t) / (1 + exp(t)) : 1 / (1 + exp(-t)); };
    switch (activation) {
        case Activation::identity:
            return {x, 1};
        case Activation::relu:
            return x > 0 ? ValueAndSlope<Real>{x, 1} : ValueAndSlope<Real>{0 * x, 0};
        case Activation::leaky_relu: {
            const Real slope = x > 0 ? Real(1) : Real(leaky_slope);
            return {slope * x, slope};
        }
        case Activation::elu:
            return x > 0 ? ValueAndSlope<Real>{x, 1} : ValueAndSlope<Real>{expm1(x), exp(x)};
        case Activation::selu: {
            const Real above = Real(selu_scale), below = Real(selu_scale * selu_alpha);
            return x > 0 ? ValueAndSlope<Real>{above * x, above}
                         : ValueAndSlope<Real>{below * expm1(x), below * exp(x)};
        }
        case Activation::softplus:
            return {(x > 0 ? x : Real(0)) + log1p(exp(-std::abs(x))), sigmoid(x)};
        case Activation::tanh: {
            const Real t = tanh(x);
            return {t, (1 - t) * (1 + t)};
        }
        case Activation::silu: {
            const Real s = sigmoid(x);
            return {x * s, s * (1 + x * (1 - s))};
        }
        case Activation::gelu: {
            const Real phi = Real(0.5) * erfc(-x * Real(0.7071067811865476));
            return {x * phi, phi + x * exp(-x * x / 2) * Real(0.3989422804014327)};
        }
        case Activation::gelu_tanh: {
            const Real c = Real(1.5957691216057308), cubic = Real(0.044715);  // 2 sqrt(2 / pi)
            const Real s = sigmoid(c * (x + cubic * x * x * x));
            return {x * s, s + x * s * (1 - s) * c * (1 + 3 * cubic * x * x)};
        }
        case Activation::adaptive_silu: {
            const Real s = sigmoid(alpha * x), gate = beta + (1 - beta) * s;
            return {gate * x, gate + (1 - beta) * s * (1 - s) * alpha * x};
        }
    }
    return {x, 1};
}

}  // namespace ism::emulate
