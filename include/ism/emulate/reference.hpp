#pragma once
#include <span>
#include <vector>

#include <ism/emulate/network.hpp>

/// The readable evaluation of a network, in double precision, one point at a time: what the fast engines are tested
/// against.
namespace ism::emulate::reference {

/// Values (M) and their derivatives along the parameters (M x P).
struct ValuesAndJacobian {
    std::vector<double> values;
    std::vector<double> jacobian;
};

/// Standardised inputs (P) of a point (P) in the units of the parameters.
[[nodiscard]] std::vector<double> standardised_inputs(const Network& network, std::span<const double> point);

/// What the last layer gives (M), before units and exponentials; derivatives are along the standardised inputs.
[[nodiscard]] ValuesAndJacobian standardised_outputs(const Network& network, std::span<const double> point);

/// Outputs (M) in their unit; derivatives are in that unit per unit of the parameter.
[[nodiscard]] ValuesAndJacobian evaluate(const Network& network, std::span<const double> point);

}  // namespace ism::emulate::reference
