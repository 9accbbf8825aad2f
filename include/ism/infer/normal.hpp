#pragma once

/// The normal distribution of mean 0 and variance 1, safe in the far tail, where Phi itself underflows (x < -38).
namespace ism::infer {

/// f(x) and f'(x).
struct ValueAndSlope {
    double value;
    double slope;
};

/// ln Phi(x) and its derivative phi(x) / Phi(x); relative error below 1e-13 for every finite x.
///
/// Below x = -8: Phi(x) = phi(x) / (t + 1 / (t + 2 / (t + 3 / ...))), t = -x (Laplace's continued fraction,
/// Abramowitz & Stegun 1964, eq. 26.2.14).
[[nodiscard]] ValueAndSlope log_normal_cumulative(double x) noexcept;

/// ln of the normal density at x.
[[nodiscard]] double log_normal_density(double x) noexcept;

/// ln(Phi(high) - Phi(low)), low < high, either may be infinite; no cancellation in either tail.
[[nodiscard]] double log_normal_mass(double low, double high) noexcept;

/// x with ln Phi(x) = log_p, log_p < 0: by Newton's steps on ln Phi, which is concave, so they cannot diverge.
[[nodiscard]] double normal_quantile_of_log(double log_p) noexcept;

/// x with Phi(x) = p, 0 < p < 1; absolute error below 1e-13.
[[nodiscard]] double normal_quantile(double p) noexcept;

}  // namespace ism::infer
