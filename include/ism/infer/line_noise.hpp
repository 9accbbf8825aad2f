#pragma once

#include <ism/infer/normal.hpp>

/// Additive and multiplicative noise together, as lines have them: the model of Beetroots (Palud et al. 2023,
/// doi:10.1051/0004-6361/202345965).
namespace ism::infer {

/// A line of intensity f is measured as
///
///     y = eps_m f + eps_a,    eps_a normal (0, additive^2),    ln eps_m normal (-s^2 / 2, s^2),  s = multiplicative
///
/// eps_m has mean 1. Of a censored line it is known only that y came out below (above) a limit.
struct LineNoise {
    double additive = 0;        ///< standard deviation of the thermal noise, > 0, in the unit of f
    double multiplicative = 0;  ///< standard deviation of the ln of the calibration factor, see least_multiplicative
};

/// Smaller ones are lost in rounding (take 0 and normal noise), larger ones in the quadrature.
inline constexpr double least_multiplicative = 1e-4, most_multiplicative = 2.0;

/// ln p(y | f) and its derivative along f.
///
/// The density has no closed form. With e the normal variable behind eps_m and q = eps_m f / additive, it is the
/// integral over e of phi(e) phi(y / additive - q), taken by the trapezoidal rule in a variable t with de/dt + dq/dt
/// about 1: there both factors are as wide as a normal density or wider, wherever they lie, and steps of half a width
/// leave 1e-7 (a rule of an analytic function converges exponentially: Trefethen & Weideman 2014,
/// doi:10.1137/130932132). The variable is
///
///     q = ln(1 + exp(s (t - c))) / s,    e = c + ln(s q) / s,    c = -ln(s f exp(-s^2 / 2) / additive) / s
///
/// Error of ln p: below 1e-6, or 1e-9 |ln p| where that is more, for f from 0 to 1e6 additive and s within the range
/// above (tests/infer/line_noise.cpp: dense integration). NaN where f is not finite.
[[nodiscard]] ValueAndSlope log_line_density(double f, double y, const LineNoise& noise) noexcept;

/// ln of the chance that y comes out below `limit`, and its derivative along f (0 where not `sloped`: it costs as much
/// again); same accuracy.
[[nodiscard]] ValueAndSlope log_line_below(double f, double limit, const LineNoise& noise, bool sloped = true) noexcept;
/// ln of the chance that it comes out above.
[[nodiscard]] ValueAndSlope log_line_above(double f, double limit, const LineNoise& noise, bool sloped = true) noexcept;

/// z with Phi(z) = the chance to be below y: normal (0, 1) for replicas of the measurement, whatever f is (the quantile
/// residual of Dunn & Smyth 1996, doi:10.1080/10618600.1996.10474708).
[[nodiscard]] double line_residual(double f, double y, const LineNoise& noise) noexcept;

}  // namespace ism::infer
