#pragma once
#include <span>

namespace ism::emulate {

/// Solves A x = b for a small dense A (n x n, row-major) by elimination with partial pivoting; b becomes x, A is
/// destroyed. False where A is singular to working precision.
[[nodiscard]] bool solve_in_place(std::span<double> a, std::span<double> b);

}  // namespace ism::emulate
