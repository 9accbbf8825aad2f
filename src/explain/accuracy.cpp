#include <ism/explain/accuracy.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>

#include <ism/base/errors.hpp>
#include <ism/base/text.hpp>

namespace ism::explain {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

/// Largest output of model i that counts; 0 where there is none.
double peak_of(const Dataset& truth, std::size_t i) {
    const std::size_t m = truth.info.output_count();
    double peak = 0.0;
    for (std::size_t j = 0; j < m; ++j) {
        if (truth.used(i, j)) peak = std::max(peak, truth.outputs[i * m + j]);
    }
    return peak;
}

double relative_error(double predicted, double value) {
    return std::isfinite(predicted) ? std::abs(predicted - value) / value : infinity;
}

/// |log10 y' - log10 y| / |log10 y|; a prediction that has no logarithm counts as infinite.
double log_error(double predicted, double value) {
    const double logarithm = std::log10(value);
    if (logarithm == 0.0) return 0.0;
    const bool positive = predicted > 0.0 && std::isfinite(predicted);
    return positive ? std::abs((std::log10(predicted) - logarithm) / logarithm) : infinity;
}

/// In per cent; infinite where the prediction is not positive.
double error_factor(double predicted, double value) {
    if (!(predicted > 0.0) || !std::isfinite(predicted)) return infinity;
    return 100.0 * (std::max(predicted, value) / std::min(predicted, value) - 1.0);
}

struct Errors {
    std::vector<std::vector<double>> by_axis, factors_by_axis;
    double sum_of_logs = 0.0;
};

void collect(const Dataset& truth, std::span<const double> predicted, double faint, Errors& errors,
             Accuracy& accuracy) {
    const std::size_t m = truth.info.output_count();
    for (std::size_t i = 0; i < truth.size(); ++i) {
        accuracy.worst_of_model.push_back(nan);
        accuracy.factor_of_model.push_back(nan);
        accuracy.output_of_model.push_back(0);
        if (!truth.done(i)) continue;
        const double least = faint * peak_of(truth, i);
        double worst = -1.0;
        for (std::size_t j = 0; j < m; ++j) {
            const double value = truth.outputs[i * m + j];
            if (!truth.used(i, j) || !(value > least)) continue;
            errors.by_axis[j].push_back(relative_error(predicted[i * m + j], value));
            const double factor = error_factor(predicted[i * m + j], value);
            errors.factors_by_axis[j].push_back(factor);
            if (!(factor <= accuracy.factor_of_model.back())) {
                accuracy.factor_of_model.back() = factor;
                accuracy.output_of_model.back() = j;
            }
            errors.sum_of_logs += log_error(predicted[i * m + j], value);
            worst = std::max(worst, errors.by_axis[j].back());
        }
        if (worst < 0.0) continue;
        accuracy.worst_of_model.back() = worst;
        ++accuracy.models;
    }
}

void summarise_axis(Errors& errors, Accuracy& accuracy) {
    for (auto& column : errors.by_axis) {
        accuracy.axis_median.push_back(quantile(column, 0.5));
        accuracy.axis_percentile_99.push_back(quantile(column, 0.99));
        accuracy.axis_maximum.push_back(quantile(column, 1.0));
    }
}

/// `quantile` of values in rising order.
double sorted_quantile(const std::vector<double>& values, double q) {
    const double place = q * static_cast<double>(values.size() - 1);
    const auto below = static_cast<std::size_t>(std::floor(place));
    const double share = place - static_cast<double>(below);
    if (share <= 0.0 || values[below + 1] == values[below]) return values[below];
    return values[below] + share * (values[below + 1] - values[below]);
}

void summarise(std::vector<double>& all, Accuracy& accuracy) {
    const auto count = static_cast<double>(all.size());
    accuracy.values = all.size();
    accuracy.mean = std::accumulate(all.begin(), all.end(), 0.0) / count;
    std::sort(all.begin(), all.end());
    accuracy.median = sorted_quantile(all, 0.5);
    accuracy.percentile_99 = sorted_quantile(all, 0.99);
    accuracy.maximum = all.back();
    for (const double share : exceedance_shares(all.size()))
        accuracy.exceeded.push_back(sorted_quantile(all, 1.0 - share));
}

ErrorFactor summary_of(std::vector<double>& factors) {
    if (factors.empty()) return {nan, nan, nan, nan};
    ErrorFactor summary;
    summary.mean = std::accumulate(factors.begin(), factors.end(), 0.0) / static_cast<double>(factors.size());
    std::sort(factors.begin(), factors.end());
    summary.median = sorted_quantile(factors, 0.5);
    summary.percentile_99 = sorted_quantile(factors, 0.99);
    summary.maximum = factors.back();
    return summary;
}

void summarise_factors(Errors& errors, Accuracy& accuracy) {
    std::vector<double> all;
    for (auto& column : errors.factors_by_axis) {
        all.insert(all.end(), column.begin(), column.end());
        accuracy.axis_factor.push_back(summary_of(column));
    }
    accuracy.factor = summary_of(all);
    for (const double share : exceedance_shares(all.size()))
        accuracy.factor_exceeded.push_back(sorted_quantile(all, 1.0 - share));
}

void check_counts(const Dataset& truth, std::size_t predicted) {
    if (predicted == truth.outputs.size()) return;
    throw InputError({.where = "predictions of model '" + truth.info.name + "'",
                      .found = std::to_string(predicted) + " values",
                      .allowed = std::to_string(truth.outputs.size()) + ", as many as there are true ones",
                      .effect = {},
                      .next = {}});
}

}  // namespace

double quantile(std::vector<double>& values, double q) {
    if (values.empty()) return nan;
    const double place = q * static_cast<double>(values.size() - 1);
    const auto below = static_cast<std::ptrdiff_t>(std::floor(place));
    std::nth_element(values.begin(), values.begin() + below, values.end());
    const double low = values[static_cast<std::size_t>(below)];
    const double share = place - static_cast<double>(below);
    if (share <= 0.0) return low;
    return low + share * (*std::min_element(values.begin() + below + 1, values.end()) - low);
}

std::vector<double> exceedance_shares(std::size_t values) {
    std::vector<double> shares;
    const double steps = 10.0 * std::log10(static_cast<double>(std::max<std::size_t>(values, 1)));
    for (int i = 0; i <= static_cast<int>(steps); ++i) shares.push_back(std::pow(10.0, -0.1 * i));
    return shares;
}

Accuracy measure(const Dataset& truth, std::span<const double> predicted, double faint) {
    check_shapes(truth);
    check_counts(truth, predicted.size());
    Accuracy accuracy;
    const std::vector<std::vector<double>> none(truth.info.output_count());
    Errors errors{none, none};
    collect(truth, predicted, faint, errors, accuracy);
    std::vector<double> all;
    for (const auto& column : errors.by_axis) all.insert(all.end(), column.begin(), column.end());
    if (all.empty()) {
        throw InputError({.where = "test data of model '" + truth.info.name + "'",
                          .found = "no value counts: every model failed, or no output is positive",
                          .allowed = "outputs above " + to_text(faint, 3) + " of the peak of their model",
                          .effect = {},
                          .next = {}});
    }
    accuracy.log_error = 100.0 * errors.sum_of_logs / static_cast<double>(all.size());
    summarise_factors(errors, accuracy);
    summarise(all, accuracy);
    summarise_axis(errors, accuracy);
    return accuracy;
}

std::vector<double> parameters_for(const ModelInfo& model, const Dataset& data) {
    std::vector<std::size_t> columns;
    for (const Parameter& parameter : model.parameters) {
        columns.push_back(index_of(data.info.parameters, parameter.name, data.info.name));
    }
    std::vector<double> parameters;
    parameters.reserve(data.size() * columns.size());
    for (std::size_t i = 0; i < data.size(); ++i) {
        for (const std::size_t column : columns) {
            parameters.push_back(data.parameters[i * data.info.parameter_count() + column]);
        }
    }
    return parameters;
}

}  // namespace ism::explain
