#pragma once
#include <cstddef>
#include <span>
#include <vector>

#include <ism/infer/posterior.hpp>

/// Could the data have come from the model at all?
namespace ism::infer {

/// Chance that chi-square with `freedom` > 0 degrees of freedom exceeds `chi_square` >= 0: the finite sums of
/// Abramowitz & Stegun 1964, eqs. 26.4.4 and 26.4.5. NaN for NaN.
[[nodiscard]] double chi_square_survival(double chi_square, std::size_t freedom);

/// Chi-square of the detections about fluxes (M) of a model in the unit of the data, with the covariance of Likelihood:
/// noise, floor, and the calibration error that a group shares. A line with multiplicative noise adds the square of its
/// quantile residual (line_residual), which is normal. Limits and missing bands take no part.
[[nodiscard]] double chi_square(const Observation& observation, std::span<const double> fluxes);

/// At most `most` draws (N x D) of a posterior, evenly spread over its chains.
[[nodiscard]] std::vector<double> thinned(const Posterior& posterior, std::size_t most);

/// Posterior predictive p of chi-square (Gelman, Meng & Stern 1996, Statistica Sinica 6, 733): the chance, over the
/// posterior, that a replica of the detections lies farther from the model than what was seen. Near 0 the model does
/// not describe the data, near 1 the errors are too large. fluxes (N x M) of N draws. For given fluxes chi-square of a
/// replica has the distribution of its name, so no replica is drawn. NaN without detections or draws.
[[nodiscard]] double predictive_p(const Observation& observation, std::span<const double> fluxes);

}  // namespace ism::infer
