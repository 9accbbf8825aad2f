#pragma once
#include <cstddef>
#include <span>

/// Does a set of chains describe one distribution, and how well? Definitions and notation of Vehtari, Gelman, Simpson,
/// Carpenter & Buerkner 2021 (Bayesian Analysis 16, 667, doi:10.1214/20-BA1221); the numbers are those of ArviZ.
namespace ism::infer {

/// Draws of one quantity, (chains x draws), row-major.
struct ChainView {
    std::span<const double> draws;
    std::size_t chains;
    [[nodiscard]] std::size_t length() const noexcept { return draws.size() / chains; }
};

/// Largest of the rank-normalised split R-hat of the draws and of their distance to the median. NaN where there are
/// fewer than 4 draws or 2 chains, or a draw is not finite; infinite where the halves of chains are constants that
/// differ.
[[nodiscard]] double rank_r_hat(ChainView view);

/// Effective number of independent draws for the bulk of the distribution: of the rank-normalised split chains. NaN as
/// above.
[[nodiscard]] double bulk_ess(ChainView view);
/// For its tails: the smaller one of the 5 % and the 95 % quantile.
[[nodiscard]] double tail_ess(ChainView view);
/// For the mean.
[[nodiscard]] double mean_ess(ChainView view);
/// For the quantile of probability p.
[[nodiscard]] double quantile_ess(ChainView view, double p);

/// Monte Carlo standard errors of the mean and of the standard deviation.
[[nodiscard]] double mean_error(ChainView view);
[[nodiscard]] double deviation_error(ChainView view);

/// Quantile by linear interpolation between ordered draws (type 7 of Hyndman & Fan 1996, doi:10.2307/2684934).
[[nodiscard]] double quantile(std::span<const double> draws, double p);

/// The same of draws that are sorted already.
[[nodiscard]] double sorted_quantile(std::span<const double> sorted, double p);

/// All of them for one quantity.
struct Diagnostics {
    double mean, deviation;            ///< of all draws
    double mean_error;                 ///< Monte Carlo standard error of the mean
    double r_hat, bulk_ess, tail_ess;  ///< as above
};
[[nodiscard]] Diagnostics diagnose(ChainView view);

}  // namespace ism::infer
