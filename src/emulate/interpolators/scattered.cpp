// Methods that ask for the nearest nodes and nothing else: nodes may lie anywhere.
#include <cmath>

#include <ism/base/errors.hpp>

#include "local.hpp"
#include "methods.hpp"
#include "small_solve.hpp"

namespace ism::emulate {
namespace {

class Nearest final : public LocalInterpolator {
public:
    Nearest(ScatteredNodes nodes, const std::vector<double>& stretch)
        : LocalInterpolator(std::move(nodes), stretch, 1) {}
    [[nodiscard]] std::string description() const override {
        return "nearest of " + std::to_string(node_count()) + " nodes";
    }

private:
    void weigh_nodes(std::span<const double>, const Neighbours::Found&, std::vector<Weight>&) const override {}
};

class InverseDistance final : public LocalInterpolator {
public:
    using LocalInterpolator::LocalInterpolator;
    [[nodiscard]] std::string description() const override {
        return "inverse squared distance, " + std::to_string(k_) + " nearest of " + std::to_string(node_count()) +
               " nodes";
    }

private:
    void weigh_nodes(std::span<const double>, const Neighbours::Found& found,
                     std::vector<Weight>& weights) const override {
        double sum = 0.0;
        for (std::size_t i = 0; i < found.rows.size(); ++i) {
            weights.push_back({found.rows[i], 1.0 / found.square_distances[i]});
            sum += weights.back().value;
        }
        for (Weight& weight : weights) weight.value /= sum;
    }
};

/// Moving least squares, f(x) = a(x) with sum_i w_i(x) (a + b.(x_i - x) - f_i)^2 least,
/// w_i = ((R - d_i) / (R d_i))^2, R = distance of the furthest node (Franke & Nielson 1980,
/// doi:10.1002/nme.1620151110).
class LocalLinear final : public LocalInterpolator {
public:
    using LocalInterpolator::LocalInterpolator;
    [[nodiscard]] std::string description() const override {
        return "local linear (moving least squares), " + std::to_string(k_) + " nearest of " + scattered_text();
    }

private:
    void weigh_nodes(std::span<const double> position, const Neighbours::Found& found,
                     std::vector<Weight>& weights) const override {
        const std::size_t k = found.rows.size();
        const std::size_t n = position.size() + 1;
        const double radius = std::sqrt(found.square_distances.back());
        const double nearest = std::sqrt(found.square_distances.front());
        thread_local std::vector<double> design, matrix, right;
        design.assign(k * n, 0.0);  // (k x n): 1, (x_i - x) / R
        matrix.assign(n * n, 0.0);
        right.assign(n, 0.0);
        right[0] = 1.0;
        for (std::size_t i = 0; i < k; ++i) {
            const auto node = neighbours_.position(found.rows[i]);
            const double distance = std::sqrt(found.square_distances[i]);
            const double root = (radius - distance) / radius * (nearest / distance);  // scaled: the nearest has <= 1
            weights.push_back({found.rows[i], root * root});
            design[i * n] = 1.0;
            for (std::size_t a = 1; a < n; ++a) design[i * n + a] = (node[a - 1] - position[a - 1]) / radius;
            for (std::size_t a = 0; a < n; ++a) {
                for (std::size_t b = 0; b < n; ++b) {
                    matrix[a * n + b] += weights[i].value * design[i * n + a] * design[i * n + b];
                }
            }
        }
        // Slopes that the nodes do not determine (a parameter that does not vary) are pulled to zero.
        for (std::size_t a = 1; a < n; ++a) matrix[a * n + a] += 1e-12 * matrix[0];
        if (!solve_in_place(matrix, right)) throw NumericalError("local linear interpolation: singular system");
        for (std::size_t i = 0; i < k; ++i) {
            double value = 0.0;
            for (std::size_t a = 0; a < n; ++a) value += right[a] * design[i * n + a];
            weights[i].value *= value;
        }
    }
};

}  // namespace

std::unique_ptr<Interpolator> make_nearest(const Dataset& dataset) {
    return in_best_metric<Nearest>(scattered_nodes(dataset, 1));
}

std::unique_ptr<Interpolator> make_inverse_distance(const Dataset& dataset) {
    const std::size_t k = 2 * (dataset.info.parameter_count() + 1);
    return in_best_metric<InverseDistance>(scattered_nodes(dataset, 2), k);
}

std::unique_ptr<Interpolator> make_local_linear(const Dataset& dataset) {
    const std::size_t least = dataset.info.parameter_count() + 2;
    return in_best_metric<LocalLinear>(scattered_nodes(dataset, least), 4 * (least - 1));
}

}  // namespace ism::emulate
