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

}  // namespace ism::infer
