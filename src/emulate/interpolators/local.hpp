#pragma once
#include <cmath>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <ism/base/errors.hpp>

#include "neighbours.hpp"
#include "nodes.hpp"

namespace ism::emulate {

/// Methods that ask for the nearest nodes and nothing else: nodes may lie anywhere. Common part: the k-d tree, the k
/// nodes around a point handed to the method, and the metric in which they are near.
class LocalInterpolator : public Interpolator {
public:
    /// `stretch` (P): what the unit cube is stretched by along each parameter before distances are taken.
    LocalInterpolator(ScatteredNodes nodes, const std::vector<double>& stretch, std::size_t k);

    [[nodiscard]] std::size_t memory() const noexcept override { return table_.bytes() + neighbours_.bytes(); }

    /// Mean distance on the scale of the outputs between a few nodes and what the others make of them.
    [[nodiscard]] double leave_one_out_error() const;

protected:
    /// Weights of the nodes `found` (nearest first, none at the point itself), added to `weights`.
    virtual void weigh_nodes(std::span<const double> position, const Neighbours::Found& found,
                             std::vector<Weight>& weights) const = 0;
    void weigh(std::span<const double> position, std::vector<Weight>& weights) const final;

    [[nodiscard]] std::string scattered_text() const;

    std::vector<double> stretch_;
    Neighbours neighbours_;
    std::size_t k_;
};

/// Metrics to choose from: the unit cube as it is, and, where parameters take few distinct values, the cube stretched
/// half of the way and all of the way to equal distances between neighbours along each. A metric of the cube alone would
/// take all neighbours of a point in a fine grid of coarse planes from one plane.
[[nodiscard]] std::vector<std::vector<double>> metrics_for(const ScatteredNodes& nodes);

/// The method in the metric in which its nodes know each other best.
template <class Method, class... Options>
std::unique_ptr<Interpolator> in_best_metric(const ScatteredNodes& nodes, const Options&... options) {
    std::unique_ptr<Method> best;
    double least = std::numeric_limits<double>::infinity();
    const auto metrics = metrics_for(nodes);
    for (const std::vector<double>& metric : metrics) {
        auto candidate = std::make_unique<Method>(nodes, metric, options...);
        const double error = metrics.size() == 1 ? 0.0 : candidate->leave_one_out_error();
        if (best && !(error < least)) continue;
        least = error;
        best = std::move(candidate);
    }
    return best;
}

}  // namespace ism::emulate
