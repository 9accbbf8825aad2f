#pragma once
#include <cstddef>
#include <span>
#include <vector>

#include <ism/base/dataset.hpp>
#include <ism/base/model.hpp>

/// How far predicted outputs are from true ones.
namespace ism::explain {

/// How far apart two positive numbers are as a factor, in per cent: 100 (10^|log10 y' - log10 y| - 1), of Palud et al.
/// 2023, doi:10.1051/0004-6361/202347074. For small errors that is |y' - y| / y; half of a value is as wrong as twice
/// it.
struct ErrorFactor {
    double median = 0.0, mean = 0.0, percentile_99 = 0.0, maximum = 0.0;
};

/// Errors e = |y' - y| / y of predictions y' where the truth y exceeds `faint` of the largest output of its own model.
struct Accuracy {
    std::size_t models = 0;                                               ///< with at least one value that counts
    std::size_t values = 0;                                               ///< that count
    double median = 0.0, mean = 0.0, percentile_99 = 0.0, maximum = 0.0;  ///< of e, over all values
    /// 100/N sum |log10 y' - log10 y| / |log10 y|, in per cent, over the same values. Depends on the unit of y: a
    /// brightness in another unit has another logarithm and the same error another percentage.
    double log_error = 0.0;
    ErrorFactor factor{};                                                     ///< over the same values
    std::vector<double> axis_median{}, axis_percentile_99{}, axis_maximum{};  ///< (M); NaN where no value counts
    std::vector<ErrorFactor> axis_factor{};                                   ///< (M); NaN where no value counts
    std::vector<double> worst_of_model{};        ///< (N), largest e; NaN where no value counts
    std::vector<double> exceeded{};              ///< the e that is exceeded by each share of exceedance_shares(values)
    std::vector<double> factor_exceeded{};       ///< the same of the error factor
    std::vector<double> factor_of_model{};       ///< (N), largest error factor; NaN where no value counts
    std::vector<std::size_t> output_of_model{};  ///< (N), the output that it is of
};

/// Shares 1, 10^-0.1, 10^-0.2 ... down to one of `values`: where the distribution of errors is kept.
[[nodiscard]] std::vector<double> exceedance_shares(std::size_t values);

/// Compares predicted (N x M) with the outputs of `truth`. Failed models and masked values do not count; a prediction
/// that is not a number counts as an infinite error. Throws InputError where the sizes differ or no value counts.
[[nodiscard]] Accuracy measure(const Dataset& truth, std::span<const double> predicted, double faint);

/// The value below which the share q of `values` lies, linear between neighbours (NumPy's default). Reorders `values`;
/// NaN where there is none.
[[nodiscard]] double quantile(std::vector<double>& values, double q);

/// The parameters (N x P) of `data` in the order of `model`. Throws InputError where `data` has no such parameter.
[[nodiscard]] std::vector<double> parameters_for(const ModelInfo& model, const Dataset& data);

}  // namespace ism::explain
