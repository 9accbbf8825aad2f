#pragma once
#include <cmath>
#include <vector>

#include <ism/infer/target.hpp>

/// Densities whose moments are known.
namespace ism::infer {

/// Makes a Target of a function (z, gradient) -> ln density.
template <class Function>
class FunctionTarget final : public Target {
public:
    FunctionTarget(std::size_t dimension, Function function)
        : dimension_(dimension), function_(std::move(function)), unused_(dimension) {}
    [[nodiscard]] std::size_t dimension() const noexcept override { return dimension_; }
    double log_density(std::span<const double> z, std::span<double> gradient) override {
        return function_(z, gradient);
    }
    void log_densities(std::span<const double> z, std::span<double> values) override {
        for (std::size_t i = 0; i < values.size(); ++i)
            values[i] = function_(z.subspan(i * dimension_, dimension_), std::span(unused_));
    }
    [[nodiscard]] std::unique_ptr<Target> clone() const override { return std::make_unique<FunctionTarget>(*this); }

private:
    std::size_t dimension_;
    Function function_;
    std::vector<double> unused_;
};

/// Normal in 3 dimensions with means 1, -2, 30, deviations 0.01, 1, 20 and correlations of 0.95 between neighbours.
inline constexpr double gauss_means[] = {1, -2, 30};
inline constexpr double gauss_deviations[] = {0.01, 1, 20};
inline constexpr double gauss_correlation = 0.95;

inline auto correlated_gauss() {
    return FunctionTarget(3, [](std::span<const double> z, std::span<double> g) {
        // a chain of conditionals: u0 normal, u1 given u0, u2 given u1
        const double r = gauss_correlation, w = 1 - r * r;
        double u[3];
        for (int i = 0; i < 3; ++i) u[i] = (z[i] - gauss_means[i]) / gauss_deviations[i];
        const double a = u[1] - r * u[0], b = u[2] - r * u[1];
        g[0] = (-u[0] + r * a / w) / gauss_deviations[0];
        g[1] = (-a / w + r * b / w) / gauss_deviations[1];
        g[2] = -b / w / gauss_deviations[2];
        return -0.5 * (u[0] * u[0] + (a * a + b * b) / w);
    });
}

/// x normal (0, 1), y normal around x^2 with deviation 1: mean of y 1, its variance 3.
inline auto banana() {
    return FunctionTarget(2, [](std::span<const double> z, std::span<double> g) {
        const double off = z[1] - z[0] * z[0];
        g[0] = -z[0] + 2 * z[0] * off;
        g[1] = -off;
        return -0.5 * (z[0] * z[0] + off * off);
    });
}

/// Neal's funnel, centred: v normal (0, 3), eight x normal with variance exp(v).
inline auto funnel() {
    return FunctionTarget(9, [](std::span<const double> z, std::span<double> g) {
        const double v = z[0], precision = std::exp(-v);
        double sum = 0;
        for (std::size_t i = 1; i < 9; ++i) sum += z[i] * z[i], g[i] = -z[i] * precision;
        g[0] = -v / 9 + 0.5 * sum * precision - 4;
        return -v * v / 18 - 0.5 * sum * precision - 4 * v;
    });
}

/// Two normal distributions with deviation 0.5 at -5 and +5.
inline auto two_hills() {
    return FunctionTarget(1, [](std::span<const double> z, std::span<double> g) {
        const double a = -2 * (z[0] + 5) * (z[0] + 5), b = -2 * (z[0] - 5) * (z[0] - 5), top = std::max(a, b);
        const double pa = std::exp(a - top), pb = std::exp(b - top);
        g[0] = (-4 * (z[0] + 5) * pa - 4 * (z[0] - 5) * pb) / (pa + pb);
        return top + std::log(pa + pb);
    });
}

}  // namespace ism::infer
