#include "local.hpp"

#include <algorithm>

namespace ism::emulate {
namespace {

std::vector<double> stretched(std::vector<double> positions, const std::vector<double>& stretch) {
    for (std::size_t i = 0; i < positions.size(); ++i) positions[i] *= stretch[i % stretch.size()];
    return positions;
}

}  // namespace

LocalInterpolator::LocalInterpolator(ScatteredNodes nodes, const std::vector<double>& stretch, std::size_t k)
    : Interpolator(std::move(nodes.table)),
      stretch_(stretch),
      neighbours_(stretched(std::move(nodes.positions), stretch), table_.info.parameter_count()),
      k_(std::min(k, neighbours_.size())) {}

void LocalInterpolator::weigh(std::span<const double> position, std::vector<Weight>& weights) const {
    // A node closer than this fraction of the distance to the last one is the point itself.
    constexpr double on_node = 1e-18;
    thread_local Neighbours::Found found;
    thread_local std::vector<double> place;
    place.assign(position.begin(), position.end());
    for (std::size_t k = 0; k < place.size(); ++k) place[k] *= stretch_[k];
    neighbours_.find(place, k_, found);
    weights.clear();
    if (k_ == 1 || found.square_distances.front() <= on_node * found.square_distances.back()) {
        weights.push_back({found.rows.front(), 1.0});
        return;
    }
    weigh_nodes(place, found, weights);
}

double LocalInterpolator::leave_one_out_error() const {
    constexpr std::size_t asked = 200;
    const std::size_t count = neighbours_.size(), m = table_.info.output_count();
    Neighbours::Found found;
    std::vector<Weight> weights;
    double sum = 0.0;
    std::size_t summed = 0;
    for (std::size_t i = 0; i < std::min(asked, count); ++i) {
        const std::size_t row = i * count / std::min(asked, count);
        const auto position = neighbours_.position(row);
        neighbours_.find(position, k_ + 1, found);
        const auto self = std::find(found.rows.begin(), found.rows.end(), row) - found.rows.begin();
        if (self == static_cast<std::ptrdiff_t>(found.rows.size())) continue;  // more double nodes than neighbours
        found.rows.erase(found.rows.begin() + self);
        found.square_distances.erase(found.square_distances.begin() + self);
        if (found.rows.empty() || !(found.square_distances.front() > 0.0)) continue;
        weights.clear();
        if (k_ == 1) {
            weights.push_back({found.rows.front(), 1.0});
        } else {
            weigh_nodes(position, found, weights);
        }
        for (std::size_t j = 0; j < m; ++j) {
            double value = 0.0;
            for (const Weight& weight : weights)
                value += weight.value * static_cast<double>(table_.values[weight.row * m + j]);
            sum += std::abs(value - static_cast<double>(table_.values[row * m + j]));
            ++summed;
        }
    }
    return summed == 0 ? 0.0 : sum / static_cast<double>(summed);
}

std::string LocalInterpolator::scattered_text() const {
    std::string text = std::to_string(node_count()) + " scattered nodes";
    if (std::all_of(stretch_.begin(), stretch_.end(), [](double s) { return s == 1.0; })) return text;
    text += ", the unit cube stretched by";
    for (const double s : stretch_) text += " " + std::to_string(s).substr(0, 5);
    return text;
}

std::vector<std::vector<double>> metrics_for(const ScatteredNodes& nodes) {
    const std::size_t p = nodes.table.info.parameter_count();
    std::vector<double> steps;  // between neighbouring values along each parameter
    for (std::size_t k = 0; k < p; ++k) {
        const std::size_t values = distinct_values(nodes.positions, p, k).size();
        steps.push_back(values > 1 ? 1.0 / static_cast<double>(values - 1) : 0.0);
    }
    const double finest = *std::max_element(steps.begin(), steps.end(), [](double a, double b) {
        return (a > 0.0 ? 1.0 / a : 0.0) < (b > 0.0 ? 1.0 / b : 0.0);
    });
    std::vector<std::vector<double>> metrics{std::vector<double>(p, 1.0)};
    constexpr double alike = 1.5;  // steps whose ratio is below this need no stretching
    const bool uneven = std::any_of(steps.begin(), steps.end(), [&](double step) { return step > alike * finest; });
    if (!uneven || !(finest > 0.0)) return metrics;
    for (const double power : {0.5, 1.0}) {
        std::vector<double> stretch;
        for (const double step : steps) stretch.push_back(step > 0.0 ? std::pow(finest / step, power) : 1.0);
        metrics.push_back(std::move(stretch));
    }
    return metrics;
}

}  // namespace ism::emulate
