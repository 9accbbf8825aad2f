#pragma once
#include <functional>
#include <vector>

namespace ism::simulate::dust {

/// A grain for the reference solver: plain functions, nothing tabulated.
struct ReferenceGrain {
    std::function<double(double)> enthalpy;       ///< H(T) [erg], increasing
    std::function<double(double)> cooling;        ///< Lambda(T) [erg s-1], increasing
    std::function<double(double)> photons_above;  ///< S(E): photons absorbed per second with more energy than E [erg]
};

/// Probabilities of temperatures.
struct ReferenceDistribution {
    std::vector<double> temperatures;   ///< [K]
    std::vector<double> probabilities;  ///< sum 1
};

/// Temperature distribution by the transition matrix of Guhathakurta & Draine 1989 (doi:10.1086/167899) as it is
/// written: `levels` temperatures evenly spaced in ln T, single photons lift a grain from level i to level f or higher
/// at the rate S(H_f,edge - H_i), continuous cooling takes it down one level at the rate Lambda_i / (H_i - H_{i-1}),
/// and
///
///     X_0 = 1,   X_i = sum_{j < i} S(edge_i - H_j) X_j / (Lambda_i / (H_i - H_{i-1})),   P = X / sum X.
///
/// First order in 1/levels and slow (levels^2 / 2 calls of S): the readable truth beside DistributionSolver. Throws
/// InputError unless 0 < low < high and levels >= 10.
[[nodiscard]] ReferenceDistribution reference_distribution(const ReferenceGrain& grain, double low, double high,
                                                           std::size_t levels);

}  // namespace ism::simulate::dust
