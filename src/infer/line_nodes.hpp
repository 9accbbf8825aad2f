#pragma once
#include <cstddef>

namespace ism::infer {

/// Sums over the nodes of the trapezoidal rule of log_line_density (line_noise.hpp), in units of the additive noise.
struct LineSums {
    double log_integral;  ///< ln of the sum of exp(-e^2 / 2 - (eta - q)^2 / 2) de/dt
    double mean_q;        ///< means of q and of (eta - q) q over that integrand
    double mean_product;
};

/// Where the nodes of one line are.
struct LineNodes {
    double eta;          ///< y / additive
    double s;            ///< multiplicative
    double c;            ///< where s q is about 1
    double first, step;  ///< t - c of the first node, and from node to node
    std::size_t count;
};

/// On the best instruction set of the machine.
[[nodiscard]] LineSums line_sums(const LineNodes& nodes) noexcept;

/// Which form of the chance to lie below eta is summed.
enum class ChanceForm {
    direct,    ///< phi(e) Phi(eta - q) de
    by_parts,  ///< Phi(e) phi(eta - q) dq
};

/// The sum over the nodes, not its ln: underflows where the chance is below 1e-300 or so. The first factor phi counts
/// without 1 / sqrt(2 pi).
[[nodiscard]] double line_chance(const LineNodes& nodes, ChanceForm form) noexcept;

}  // namespace ism::infer
