#pragma once
#include <complex>

namespace ism::simulate::dust {

/// Cross-sections of a sphere in units of its geometric cross-section pi a^2, and the asymmetry of its scattering.
struct MieEfficiencies {
    double q_abs = 0.0;  ///< absorption [1]
    double q_sca = 0.0;  ///< scattering [1]
    double g = 0.0;      ///< <cos theta> of the scattered light [1], -1 .. 1

    /// Extinction: absorption + scattering [1].
    [[nodiscard]] double q_ext() const noexcept { return q_abs + q_sca; }
};

/// A plane wave on a homogeneous sphere (Mie 1908, doi:10.1002/andp.19083300302).
///
///     x = 2 pi a / lambda > 0,   m = n + i k the refractive index, n > 0, k >= 0 (k > 0 absorbs).
///
/// The series is summed as in Bohren & Huffman 1983 (doi:10.1002/9783527618156, eq. 4.56-4.62), with two changes that
/// keep full precision for every x, however small. (1) Instead of logarithmic derivatives it uses the ratios
/// R_n(z) = psi_{n+1}(z)/psi_n(z), found by downward recursion; the 1/x terms of b_n cancel on paper, not in the
/// computer. (2) Absorption is summed on its own, each term positive, from
///     Re a_n - |a_n|^2 = Im(R_n(mx)/m - (n+1)/(m^2 x)) / |psi_n f + ...|^2   (by the Wronskian of psi_n and chi_n),
/// and not as the small difference between extinction and scattering. For x -> 0 this is the Rayleigh limit, with its
/// magnetic dipole term, without a case of its own.
///
/// Relative error below 1e-8 (q_abs: the series ends where q_sca is full), 1e-10 where x < 1. Valid for 1e-10 <= x <=
/// 1e6 and |m| x <= 1e7; cost and memory grow with |m| x. Throws InputError outside, also for NaN.
[[nodiscard]] MieEfficiencies mie(double x, std::complex<double> m);

}  // namespace ism::simulate::dust
