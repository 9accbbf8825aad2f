#pragma once
#include <algorithm>
#include <cmath>

#include <ism/train/train.hpp>

namespace ism::train {

/// A loss of the relative residual u = sqrt(w) (prediction - target): rho(u), which is u^2 for |u| << scale. Beyond the
/// scale it grows more slowly (Huber 1964, doi:10.1214/aoms/1177703732; Holland & Welsch 1977,
/// doi:10.1080/03610927708827533):
///
///     square       u^2
///     huber        u^2 up to the scale s, then 2 s |u| - s^2
///     log-cosh     2 s^2 ln cosh(u / s)
///     student      4 s^2 ln(1 + u^2 / (4 s^2)): four degrees of freedom
///     cauchy       s^2 ln(1 + u^2 / s^2)
struct LossFunction {
    Loss kind = Loss::square;
    double scale = 1.0;

    static constexpr double degrees = 4;  ///< of freedom, of student

    /// rho from u^2.
    [[nodiscard]] double value(double square) const noexcept {
        const double s2 = scale * scale, t = square / s2;
        switch (kind) {
            case Loss::square:
                return square;
            case Loss::huber:
                return t <= 1 ? square : s2 * (2 * std::sqrt(t) - 1);
            case Loss::log_cosh: {  // ln cosh x = x + ln(1 + exp(-2 x)) - ln 2
                const double x = std::sqrt(t);
                return x < 1e-2 ? square * (1 - t / 6)
                                : 2 * s2 * (x + std::log1p(std::exp(-2 * x)) - 0.6931471805599453);
            }
            case Loss::student:
                return degrees * s2 * std::log1p(t / degrees);
            case Loss::cauchy:
                return s2 * std::log1p(t);
        }
        return square;
    }

    /// rho'(u) / (2 u) from u^2: the weight with which a residual counts, 1 for small ones.
    [[nodiscard]] double weight(double square) const noexcept {
        const double t = square / (scale * scale);
        switch (kind) {
            case Loss::square:
                return 1;
            case Loss::huber:
                return t <= 1 ? 1 : 1 / std::sqrt(t);
            case Loss::log_cosh: {
                const double x = std::sqrt(t);
                return x < 1e-2 ? 1 - t / 3 : std::tanh(x) / x;
            }
            case Loss::student:
                return 1 / (1 + t / degrees);
            case Loss::cauchy:
                return 1 / (1 + t);
        }
        return 1;
    }
};

}  // namespace ism::train
