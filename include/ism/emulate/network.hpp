#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include <ism/base/parameter.hpp>
#include <ism/emulate/activation.hpp>

/// A trained network as plain data: what the trainer hands over, what an .ism file holds, what the engines evaluate.
///
///     parameters -> input -> layers -> output -> outputs in their unit
///
/// Everything between `input` and `output` lives in standardised space, where values are of order one.
namespace ism::emulate {

/// z_i = (s_i(x_i) - centre_i) / width_i, with s_i = log10 or identity.
struct InputScaling {
    std::vector<Scale> scales;   ///< (P)
    std::vector<double> centre;  ///< (P), of s(x)
    std::vector<double> width;   ///< (P), > 0
};

/// y_j = s^-1(centre_j + width_j z_j), with s^-1 = 10^ or identity for all outputs alike.
struct OutputScaling {
    Scale scale = Scale::linear;
    std::vector<double> centre;  ///< (M), of s(y)
    std::vector<double> width;   ///< (M), > 0
};

/// y = f(W x + b). A decoder of principal components is a Dense with the identity: rows of W = outputs, b = mean.
struct Dense {
    std::size_t inputs = 0;
    std::size_t outputs = 0;
    std::vector<float> weights{};  ///< (outputs x inputs), row-major, as PyTorch's Linear.weight
    std::vector<float> bias{};     ///< (outputs)
    Activation activation = Activation::identity;
    std::vector<float> alpha{};  ///< (outputs) for adaptive_silu, else empty
    std::vector<float> beta{};   ///< (outputs) for adaptive_silu, else empty
    bool half = false;  ///< the weights are bfloat16 numbers: kept and read in half the memory, summed in float
};

/// y = x + g(x), g the layers one after another; the last must have as many outputs as the first has inputs.
struct Residual {
    std::vector<Dense> layers;
};

/// y = (x, f(W x + b)): what the layer is given is handed on before what it makes, so that every later layer sees all
/// of it (Huang et al. 2017, arXiv:1608.06993; for line emulators Palud et al. 2023, doi:10.1051/0004-6361/202347074).
struct Growing {
    Dense added;
};

/// All monomials of degree 1 .. order of what the layer is given: x1, x2 | x1 x1, x1 x2, x2 x2 | ..., by degree, and
/// within one in rising order of their factors. Without a constant: 4 inputs and order 3 give 34.
struct Polynomial {
    std::size_t inputs = 0;
    std::size_t order = 1;
};

/// A monomial of degree 2 and more is an earlier one times an input.
struct Monomial {
    std::size_t earlier, input;
};
/// The monomials of degree 2 and more, in order; the inputs themselves stand before them.
[[nodiscard]] std::vector<Monomial> monomials(const Polynomial& polynomial);

using Layer = std::variant<Dense, Residual, Growing, Polynomial>;

struct Network {
    InputScaling input;
    std::vector<Layer> layers;
    OutputScaling output;

    [[nodiscard]] std::size_t input_count() const noexcept { return input.scales.size(); }
    [[nodiscard]] std::size_t output_count() const noexcept { return output.centre.size(); }
};

/// Values a layer takes and gives.
[[nodiscard]] std::size_t input_count(const Layer& layer);
[[nodiscard]] std::size_t output_count(const Layer& layer);

/// Number of weights, biases and learned shapes.
[[nodiscard]] std::size_t weight_count(const Network& network);

/// "3 -> 128 silu -> 128 silu -> 481", for people.
[[nodiscard]] std::string describe(const Network& network);

/// The network with all weights, but no bias, rounded to bfloat16: 8 significant bits, half the memory. Sums are taken
/// in float as before.
[[nodiscard]] Network with_half_weights(const Network& network);

/// Throws InputError, naming the layer, where sizes do not fit together or a number is not finite or a width not > 0.
void check(const Network& network);

/// The network that gives only the outputs `indices`, in that order; only their part of the last layer is computed.
/// Throws InputError where an index is out of range or there is none.
[[nodiscard]] Network with_outputs(const Network& network, std::span<const std::size_t> indices);

}  // namespace ism::emulate
