#pragma once
#include <optional>
#include <span>
#include <vector>

#include <ism/emulate/interpolator.hpp>
#include <ism/emulate/scattered.hpp>

namespace ism::emulate {

/// The distinct values of column k of positions (N x P), ascending; closer than 1e-9 are one.
[[nodiscard]] std::vector<double> distinct_values(const std::vector<double>& positions, std::size_t p, std::size_t k);

/// Nodes on every crossing of a regular grid, in row-major order (last parameter fastest).
struct RegularNodes {
    NodeTable table;
    std::vector<std::vector<double>> axes;  ///< (P) ascending node positions in the unit cube, >= 1 each
};

/// True where the parameters form a complete regular grid with at least 2 nodes along each parameter that varies.
[[nodiscard]] bool is_regular(const Dataset& dataset);

/// Throws InputError where the dataset is not a regular grid or where a node failed or is masked.
[[nodiscard]] RegularNodes regular_nodes(const Dataset& dataset);

/// "27 x 27 x 27".
[[nodiscard]] std::string shape_text(const std::vector<std::vector<double>>& axes);

}  // namespace ism::emulate
