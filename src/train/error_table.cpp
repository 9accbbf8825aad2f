#include "train/error_table.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include <ism/base/text.hpp>

#include "train/learning_data.hpp"

namespace ism::train {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// Value below which `share` of the sorted errors lie, linear between neighbours.
double quantile(const std::vector<double>& sorted, double share) {
    const double place = share * static_cast<double>(sorted.size() - 1);
    const auto below = static_cast<std::size_t>(place);
    const std::size_t above = std::min(below + 1, sorted.size() - 1);
    return sorted[below] + (place - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

/// Which test values are compared, and their errors: per output, in the order of the models.
class Comparison {
public:
    Comparison(const Dataset& dataset, const std::vector<std::size_t>& rows, std::span<const double> predictions,
               std::span<const double> spread)
        : dataset_(dataset),
          log_(dataset.info.output_scale == Scale::log),
          faint_(dataset.info.axis.kind == "wavelength"),
          errors_(dataset.info.output_count()) {
        for (std::size_t r = 0; r < rows.size(); ++r)
            add(rows[r], predictions.subspan(r * errors_.size(), errors_.size()), spread);
    }

    [[nodiscard]] std::string quantity() const {
        if (!log_) return "error of " + dataset_.info.output_name + " in units of its spread";
        const std::string name = "relative error of " + dataset_.info.output_name;
        return faint_ ? name + " where it exceeds 1e-4 of its peak" : name;
    }
    [[nodiscard]] const std::vector<std::vector<double>>& errors() const noexcept { return errors_; }

private:
    void add(std::size_t i, std::span<const double> predicted, std::span<const double> spread) {
        const double* truth = &dataset_.outputs[i * errors_.size()];
        double peak = 0;
        for (std::size_t j = 0; j < errors_.size(); ++j) {
            if (dataset_.used(i, j)) peak = std::max(peak, truth[j]);
        }
        for (std::size_t j = 0; j < errors_.size(); ++j) {
            if (!learnable(dataset_, i, j) || (log_ && faint_ && !(truth[j] > table_faint * peak))) continue;
            errors_[j].push_back(std::abs(predicted[j] - truth[j]) / (log_ ? truth[j] : spread[j]));
        }
    }

    const Dataset& dataset_;
    bool log_, faint_;
    std::vector<std::vector<double>> errors_;
};

OutputError summary(std::vector<double> errors) {
    if (errors.empty()) return {0, nan, nan, nan};
    std::sort(errors.begin(), errors.end());
    return {errors.size(), quantile(errors, 0.5), quantile(errors, 0.99), errors.back()};
}

}  // namespace

TestErrors test_errors(const Dataset& dataset, const std::vector<std::size_t>& rows,
                       std::span<const double> predictions, std::span<const double> spread) {
    const Comparison comparison(dataset, rows, predictions, spread);
    TestErrors result;
    std::vector<double> all;
    for (const auto& errors : comparison.errors()) {
        result.per_output.push_back(summary(errors));
        all.insert(all.end(), errors.begin(), errors.end());
    }
    if (all.empty()) return result;
    const double mean = std::accumulate(all.begin(), all.end(), 0.0) / static_cast<double>(all.size());
    const OutputError total = summary(std::move(all));
    result.table.push_back({.quantity = comparison.quantity(),
                            .models = rows.size(),
                            .median = total.median,
                            .mean = mean,
                            .percentile_99 = total.percentile_99,
                            .maximum = total.maximum});
    return result;
}

}  // namespace ism::train
