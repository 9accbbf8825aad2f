// Methods for a complete regular grid: products of one-dimensional weights.
#include <algorithm>

#include "bspline.hpp"
#include "methods.hpp"
#include "nodes.hpp"

namespace ism::emulate {
namespace {

/// Weights along one parameter: `values` for the nodes first, first + 1, ...
struct AxisWeights {
    std::size_t first = 0;
    std::size_t count = 1;
    std::array<double, 4> values{1.0};
};

/// Common part: the product of the weights along each parameter.
class GridInterpolator : public Interpolator {
public:
    explicit GridInterpolator(RegularNodes nodes)
        : Interpolator(std::move(nodes.table)), axes_(std::move(nodes.axes)) {}

protected:
    [[nodiscard]] virtual AxisWeights weigh_axis(std::size_t axis, double position) const = 0;

    void weigh(std::span<const double> position, std::vector<Weight>& weights) const final {
        weights.assign(1, {0, 1.0});
        thread_local std::vector<Weight> before;
        for (std::size_t k = 0; k < axes_.size(); ++k) {
            const AxisWeights along = weigh_axis(k, position[k]);
            before.swap(weights);
            weights.clear();
            for (const Weight& weight : before) {
                for (std::size_t i = 0; i < along.count; ++i) {
                    weights.push_back({weight.row * axes_[k].size() + along.first + i, weight.value * along.values[i]});
                }
            }
        }
    }

    std::vector<std::vector<double>> axes_;
};

class Multilinear final : public GridInterpolator {
public:
    using GridInterpolator::GridInterpolator;
    [[nodiscard]] std::string description() const override {
        return "multilinear in a regular grid of " + shape_text(axes_) + " nodes";
    }

private:
    [[nodiscard]] AxisWeights weigh_axis(std::size_t axis, double position) const override {
        const auto& nodes = axes_[axis];
        if (nodes.size() == 1) return {};
        const auto above = std::upper_bound(nodes.begin() + 1, nodes.end() - 1, position);
        const auto first = static_cast<std::size_t>(above - nodes.begin()) - 1;
        const double t = (position - nodes[first]) / (nodes[first + 1] - nodes[first]);
        return {first, 2, {1.0 - t, t}};
    }
};

class TensorSpline final : public GridInterpolator {
public:
    explicit TensorSpline(RegularNodes nodes) : GridInterpolator(std::move(nodes)) {
        for (const auto& axis : axes_) splines_.emplace_back(axis);
        std::size_t inner = table_.values.size();
        for (const CubicSpline& spline : splines_) {
            inner /= spline.size();
            spline.to_coefficients(table_.values, inner);
        }
    }

    [[nodiscard]] std::string description() const override {
        return "cubic tensor spline, not-a-knot, in a regular grid of " + shape_text(axes_) + " nodes";
    }

private:
    [[nodiscard]] AxisWeights weigh_axis(std::size_t axis, double position) const override {
        AxisWeights along;
        along.first = splines_[axis].basis(position, along.values);
        along.count = splines_[axis].order();
        return along;
    }

    std::vector<CubicSpline> splines_;
};

}  // namespace

std::unique_ptr<Interpolator> make_multilinear(const Dataset& dataset) {
    return std::make_unique<Multilinear>(regular_nodes(dataset));
}

std::unique_ptr<Interpolator> make_tensor_spline(const Dataset& dataset) {
    return std::make_unique<TensorSpline>(regular_nodes(dataset));
}

std::unique_ptr<Interpolator> make_linear(const Dataset& dataset) {
    return is_regular(dataset) ? make_multilinear(dataset) : make_local_linear(dataset);
}

std::unique_ptr<Interpolator> make_cubic(const Dataset& dataset) {
    return is_regular(dataset) ? make_tensor_spline(dataset) : make_local_cubic(dataset);
}

}  // namespace ism::emulate
