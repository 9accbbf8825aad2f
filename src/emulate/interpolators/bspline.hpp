#pragma once
#include <array>
#include <vector>

namespace ism::emulate {

/// Interpolating spline along one axis: cubic with not-a-knot ends for 4 nodes and more, of degree n - 1 for n < 4.
///
/// s(x) = sum_i c_i B_i(x), B-splines on the knots x_0 (four times), x_2 ... x_{n-3}, x_{n-1} (four times); de Boor,
/// A Practical Guide to Splines (1978), chapters IX, X and XIII.
class CubicSpline {
public:
    /// nodes ascending, >= 1.
    explicit CubicSpline(const std::vector<double>& nodes);

    [[nodiscard]] std::size_t size() const noexcept { return count_; }
    /// Number of basis functions that are not zero at a point: degree + 1.
    [[nodiscard]] std::size_t order() const noexcept { return order_; }

    /// The `order()` basis functions that are not zero at x; returns the index of the first.
    std::size_t basis(double x, std::array<double, 4>& values) const;

    /// Turns node values into spline coefficients along one axis of an array (outer x n x inner), in place.
    void to_coefficients(std::vector<float>& values, std::size_t inner) const;

private:
    std::size_t count_;
    std::size_t order_;
    std::vector<double> knots_;
    std::vector<double> factors_;  ///< (n x n) LU factors of the collocation matrix B_j(x_i), no pivoting
};

}  // namespace ism::emulate
