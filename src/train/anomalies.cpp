#include <ism/train/anomalies.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>

#include <ism/base/errors.hpp>
#include <ism/base/parallel.hpp>

#include "emulate/interpolators/neighbours.hpp"
#include "emulate/interpolators/small_solve.hpp"
#include "train/learning_data.hpp"

namespace ism::train {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double to_sigma = 1.4826;       ///< of a normal distribution, from the median |x|
constexpr double full_grid = 4.0;         ///< combinations of values per model up to which a dataset counts as a grid
constexpr int plane_iterations = 5;       ///< of the weights of a plane
constexpr double cauchy_tuning = 2.3849;  ///< sigmas at which a Cauchy weight is 1/2: 95 % efficient on normal scatter
constexpr int passes = 2;
constexpr double rounding = 1e-12;  ///< relative difference up to which two values of a parameter are one

double median(std::vector<double>& values) {
    if (values.empty()) return nan;
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

/// What the network misses.
struct Residuals {
    std::vector<double> of;      ///< (N x M), NaN where a value takes no part
    std::vector<double> spread;  ///< (M) that they are divided by: 1 for log outputs
};

Residuals residuals_of(const Dataset& dataset, std::span<const double> predictions) {
    const std::size_t outputs = dataset.info.output_count();
    const bool log = dataset.info.output_scale == Scale::log;
    std::vector<double> residuals(dataset.outputs.size(), nan);
    std::vector<double> spread(outputs, 1.0);
    for (std::size_t i = 0; i < dataset.size(); ++i) {
        for (std::size_t j = 0; dataset.done(i) && j < outputs; ++j) {
            if (!learnable(dataset, i, j)) continue;
            const double y = dataset.outputs[i * outputs + j], f = predictions[i * outputs + j];
            residuals[i * outputs + j] = log ? std::log10(y / f) : y - f;
        }
    }
    if (log) return {residuals, spread};
    for (std::size_t j = 0; j < outputs; ++j) {
        std::vector<double> values;
        for (std::size_t i = 0; i < dataset.size(); ++i) {
            if (std::isfinite(residuals[i * outputs + j])) values.push_back(dataset.outputs[i * outputs + j]);
        }
        const double centre = median(values);
        for (double& value : values) value = std::abs(value - centre);
        if (const double width = to_sigma * median(values); width > 0) spread[j] = width;
        for (std::size_t i = 0; i < dataset.size(); ++i) residuals[i * outputs + j] /= spread[j];
    }
    return {residuals, spread};
}

/// A plane through the residuals of the neighbours, and their scatter about it.
struct Plane {
    double here = 0.0;  ///< at the model itself
    double scatter = 0.0;
};

/// `offsets` (K x P) from the model, `values` (K), NaN where one takes no part. Nothing where too few are left.
std::optional<Plane> plane_of(std::span<const double> offsets, std::span<const double> values, std::size_t dimension) {
    const std::size_t terms = dimension + 1;
    std::vector<double> used, row(terms), left, right, distance;
    for (const double value : values) {
        if (std::isfinite(value)) used.push_back(value);
    }
    if (used.size() < 2 * terms) return std::nullopt;
    std::vector<double> plane(terms, 0.0);
    plane[0] = median(used);
    double scatter = 0.0;
    for (int iteration = 0; iteration <= plane_iterations; ++iteration) {
        const auto at = [&](std::size_t k) {
            double sum = plane[0];
            for (std::size_t p = 0; p < dimension; ++p) sum += plane[p + 1] * offsets[k * dimension + p];
            return sum;
        };
        distance.clear();
        for (std::size_t k = 0; k < values.size(); ++k) {
            if (std::isfinite(values[k])) distance.push_back(std::abs(values[k] - at(k)));
        }
        scatter = to_sigma * median(distance);
        if (iteration == plane_iterations || !(scatter > 0)) break;
        left.assign(terms * terms, 0.0);
        right.assign(terms, 0.0);
        for (std::size_t k = 0; k < values.size(); ++k) {
            if (!std::isfinite(values[k])) continue;
            const double t = (values[k] - at(k)) / (cauchy_tuning * scatter), weight = 1 / (1 + t * t);
            row[0] = 1;
            std::copy_n(offsets.data() + k * dimension, dimension, row.data() + 1);
            for (std::size_t a = 0; a < terms; ++a) {
                for (std::size_t b = 0; b < terms; ++b) left[a * terms + b] += weight * row[a] * row[b];
                right[a] += weight * row[a] * values[k];
            }
        }
        // a model on an edge, neighbours that lie in a plane: directions that they do not span stay flat
        for (std::size_t a = 0; a < terms; ++a) left[a * terms + a] += 1e-6 * left[0] + 1e-300;
        if (!emulate::solve_in_place(left, right)) break;
        plane = right;
    }
    return Plane{plane[0], scatter};
}

/// Residual of each value less that of its neighbourhood, and the neighbourhood's scatter; NaN where there is none.
struct Deviations {
    std::vector<double> deviation, scatter;  ///< (N x M)
};

class Neighbourhoods {
public:
    Neighbourhoods(const Dataset& dataset, std::size_t count)
        : dataset_(dataset), places_(places_in_grid(dataset)), dimension_(dataset.info.parameter_count()) {
        std::vector<double> positions;
        for (std::size_t i = 0; i < dataset.size(); ++i) {
            if (!dataset.done(i)) continue;
            models_.push_back(i);
            const auto* const place = places_.data() + i * dimension_;
            positions.insert(positions.end(), place, place + dimension_);
        }
        if (models_.size() < 2 * (dimension_ + 1))
            throw InputError({.where = "anomalies",
                              .found = std::to_string(models_.size()) + " models",
                              .allowed = "at least " + std::to_string(2 * (dimension_ + 1)) +
                                         ": a value is compared with its neighbours"});
        count_ = std::min(count, models_.size() - 1);
        near_.resize(models_.size() * count_);
        const emulate::Neighbours tree(std::move(positions), dimension_);
        parallel_for(models_.size(), [&](std::size_t m) {
            emulate::Neighbours::Found found;
            tree.find({places_.data() + models_[m] * dimension_, dimension_}, count_ + 1, found);
            std::size_t kept = 0;
            for (const std::size_t row : found.rows) {
                if (row != m && kept < count_) near_[m * count_ + kept++] = models_[row];
            }
        });
    }

    [[nodiscard]] Deviations of(const std::vector<double>& residuals, const std::vector<bool>& suspect) const {
        const std::size_t outputs = dataset_.info.output_count();
        Deviations found{std::vector<double>(residuals.size(), nan), std::vector<double>(residuals.size(), nan)};
        parallel_for(models_.size(), [&](std::size_t m) {
            const std::size_t i = models_[m];
            std::vector<double> offsets(count_ * dimension_), values(count_);
            for (std::size_t k = 0; k < count_; ++k) {
                for (std::size_t p = 0; p < dimension_; ++p)
                    offsets[k * dimension_ + p] =
                        places_[near_[m * count_ + k] * dimension_ + p] - places_[i * dimension_ + p];
            }
            for (std::size_t j = 0; j < outputs; ++j) {
                if (!std::isfinite(residuals[i * outputs + j])) continue;
                for (std::size_t k = 0; k < count_; ++k) {
                    const std::size_t at = near_[m * count_ + k] * outputs + j;
                    values[k] = suspect[at] ? nan : residuals[at];
                }
                // where hardly any neighbour can be used there is nothing to compare with but the network
                const Plane plane = plane_of(offsets, values, dimension_).value_or(Plane{});
                found.deviation[i * outputs + j] = residuals[i * outputs + j] - plane.here;
                found.scatter[i * outputs + j] = plane.scatter;
            }
        });
        return found;
    }

private:
    const Dataset& dataset_;
    std::vector<double> places_;
    std::size_t dimension_, count_ = 0;
    std::vector<std::size_t> models_;  // that did not fail
    std::vector<std::size_t> near_;    // (models x count)
};

/// 1.4826 times the median |deviation| of each output.
std::vector<double> typical_scatter(const Deviations& found, std::size_t outputs) {
    std::vector<double> typical;
    for (std::size_t j = 0; j < outputs; ++j) {
        std::vector<double> sizes;
        for (std::size_t at = j; at < found.deviation.size(); at += outputs) {
            if (std::isfinite(found.deviation[at])) sizes.push_back(std::abs(found.deviation[at]));
        }
        typical.push_back(sizes.empty() ? 0.0 : to_sigma * median(sizes));
    }
    return typical;
}

/// Larger than any number that is written: what has no scatter at all and is off.
double score_of(double deviation, double scatter) {
    return std::min(std::abs(deviation) / std::max(scatter, 1e-12), 1e9);
}

}  // namespace

std::string to_string(Anomaly::Kind kind) {
    return kind == Anomaly::Kind::value ? "value" : kind == Anomaly::Kind::model ? "model" : "rule";
}

std::vector<double> places_in_grid(const Dataset& dataset) {
    const std::size_t models = dataset.size(), parameters = dataset.info.parameter_count();
    std::vector<double> places(models * parameters);
    std::vector<std::size_t> distinct(parameters);
    double combinations = 1;
    for (std::size_t p = 0; p < parameters; ++p) {
        std::vector<std::pair<double, std::size_t>> values;
        for (std::size_t i = 0; i < models; ++i) values.emplace_back(dataset.parameters[i * parameters + p], i);
        std::sort(values.begin(), values.end());
        for (std::size_t k = 0; k < models; ++k) {
            const double x = values[k].first, before = k > 0 ? values[k - 1].first : x;
            const bool other = k == 0 || !(x - before <= rounding * std::max(std::abs(x), std::abs(before)));
            distinct[p] += other;
            places[values[k].second * parameters + p] = static_cast<double>(distinct[p] - 1);
        }
        combinations *= static_cast<double>(distinct[p]);
    }
    if (combinations <= full_grid * static_cast<double>(models)) return places;
    const double side = std::pow(static_cast<double>(models), 1.0 / static_cast<double>(parameters));
    for (std::size_t p = 0; p < parameters; ++p) {
        const auto steps = static_cast<double>(distinct[p]);
        if (steps <= side) continue;
        for (std::size_t i = 0; i < models; ++i) places[i * parameters + p] *= side / steps;
    }
    return places;
}

std::vector<Anomaly> find_anomalies(const Dataset& dataset, std::span<const double> predictions,
                                    const AnomalyBars& bars) {
    check_shapes(dataset);
    if (predictions.size() != dataset.outputs.size()) throw Error("predictions are not one for each output");
    const std::size_t outputs = dataset.info.output_count();
    const std::size_t enough = 3 * (dataset.info.parameter_count() + 1);
    const Neighbourhoods neighbourhoods(dataset, std::max(bars.neighbours, enough));
    const auto [residuals, spread] = residuals_of(dataset, predictions);
    std::vector<bool> suspect(residuals.size(), false);
    std::vector<double> score(residuals.size(), 0.0);
    Deviations found;
    for (int pass = 0; pass < passes; ++pass) {
        found = neighbourhoods.of(residuals, suspect);
        const std::vector<double> typical = typical_scatter(found, outputs);
        for (std::size_t at = 0; at < residuals.size(); ++at) {
            if (!std::isfinite(found.deviation[at])) continue;
            score[at] = score_of(found.deviation[at], std::max(found.scatter[at], typical[at % outputs]));
            suspect[at] = score[at] >= bars.score && std::abs(found.deviation[at]) >= bars.deviation;
        }
    }
    const bool log = dataset.info.output_scale == Scale::log;
    std::vector<Anomaly> anomalies;
    for (std::size_t i = 0; i < dataset.size(); ++i) {
        std::size_t seen = 0, wrong = 0;
        for (std::size_t at = i * outputs; at < (i + 1) * outputs; ++at) {
            seen += std::isfinite(residuals[at]);
            wrong += suspect[at];
        }
        const bool whole = wrong > 1 && static_cast<double>(wrong) > bars.share_of_model * static_cast<double>(seen);
        for (std::size_t j = 0; j < outputs; ++j) {
            const std::size_t at = i * outputs + j;
            if (!suspect[at] && !(whole && std::isfinite(residuals[at]))) continue;
            const double y = dataset.outputs[at], deviation = found.deviation[at];
            anomalies.push_back({.model = i,
                                 .output = j,
                                 .kind = whole ? Anomaly::Kind::model : Anomaly::Kind::value,
                                 .value = y,
                                 .prediction = log ? y * std::pow(10.0, -deviation) : y - deviation * spread[j],
                                 .deviation = deviation,
                                 .score = score[at]});
        }
    }
    std::stable_sort(anomalies.begin(), anomalies.end(),
                     [](const Anomaly& a, const Anomaly& b) { return a.score > b.score; });
    return anomalies;
}

Dataset without(Dataset dataset, const std::vector<Anomaly>& anomalies) {
    if (dataset.mask.empty()) dataset.mask.assign(dataset.outputs.size(), 1);
    for (const Anomaly& anomaly : anomalies)
        dataset.mask[anomaly.model * dataset.info.output_count() + anomaly.output] = 0;
    return dataset;
}

}  // namespace ism::train
