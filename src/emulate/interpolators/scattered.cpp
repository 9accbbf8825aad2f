// Methods that ask for the nearest nodes and nothing else: nodes may lie anywhere.
#include <algorithm>
#include <cmath>
#include <limits>

#include <ism/base/errors.hpp>

#include "methods.hpp"
#include "neighbours.hpp"
#include "nodes.hpp"
#include "small_solve.hpp"

namespace ism::emulate {
namespace {

/// Common part: the k-d tree, and the k nodes around a point handed to the method.
class LocalInterpolator : public Interpolator {
public:
    LocalInterpolator(ScatteredNodes nodes, std::size_t k)
        : Interpolator(std::move(nodes.table)),
          neighbours_(std::move(nodes.positions), table_.info.parameter_count()),
          k_(std::min(k, neighbours_.size())) {}

    [[nodiscard]] std::size_t memory() const noexcept override { return table_.bytes() + neighbours_.bytes(); }

protected:
    /// Weights of the nodes `found` (nearest first, none at the point itself).
    virtual void weigh_nodes(std::span<const double> position, const Neighbours::Found& found,
                             std::vector<Weight>& weights) const = 0;

    void weigh(std::span<const double> position, std::vector<Weight>& weights) const final {
        // A node closer than this fraction of the distance to the last one is the point itself.
        constexpr double on_node = 1e-18;
        thread_local Neighbours::Found found;
        neighbours_.find(position, k_, found);
        weights.clear();
        if (k_ == 1 || found.square_distances.front() <= on_node * found.square_distances.back()) {
            weights.push_back({found.rows.front(), 1.0});
            return;
        }
        weigh_nodes(position, found, weights);
    }

    [[nodiscard]] std::string scattered_text() const { return std::to_string(node_count()) + " scattered nodes"; }

    Neighbours neighbours_;
    std::size_t k_;
};

class Nearest final : public LocalInterpolator {
public:
    explicit Nearest(ScatteredNodes nodes) : LocalInterpolator(std::move(nodes), 1) {}
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

/// Cubic radial basis functions on the nearest nodes: f(x) = sum_i c_i |x - x_i|^3 + a + b.x with f(x_i) = f_i,
/// sum c_i = 0, sum c_i x_i = 0. The value is linear in the f_i, so the system is solved once for their weights.
class LocalCubic final : public LocalInterpolator {
public:
    using LocalInterpolator::LocalInterpolator;
    [[nodiscard]] std::string description() const override {
        return "no cubic spline on scattered nodes; cubic radial basis on the " + std::to_string(k_) + " nearest of " +
               scattered_text();
    }

private:
    void weigh_nodes(std::span<const double> position, const Neighbours::Found& found,
                     std::vector<Weight>& weights) const override {
        const std::size_t k = found.rows.size();
        const std::size_t n = k + position.size() + 1;
        const double radius = std::sqrt(found.square_distances.back());
        thread_local std::vector<double> matrix, right;
        matrix.assign(n * n, 0.0);
        right.assign(n, 0.0);
        right[k] = 1.0;
        for (std::size_t i = 0; i < k; ++i) {
            const auto node = neighbours_.position(found.rows[i]);
            const double distance = std::sqrt(found.square_distances[i]) / radius;
            right[i] = distance * distance * distance;
            fill_row(found, i, radius, n, matrix);
            matrix[i * n + k] = matrix[k * n + i] = 1.0;
            for (std::size_t a = 0; a < position.size(); ++a) {
                const double offset = (node[a] - position[a]) / radius;
                matrix[i * n + k + 1 + a] = matrix[(k + 1 + a) * n + i] = offset;
            }
        }
        for (std::size_t a = k + 1; a < n; ++a) matrix[a * n + a] -= 1e-12;  // a parameter that does not vary
        if (!solve_in_place(matrix, right))
            throw NumericalError("local cubic interpolation: singular system (double nodes?)");
        for (std::size_t i = 0; i < k; ++i) weights.push_back({found.rows[i], right[i]});
    }

    void fill_row(const Neighbours::Found& found, std::size_t i, double radius, std::size_t n,
                  std::vector<double>& matrix) const {
        const auto here = neighbours_.position(found.rows[i]);
        for (std::size_t l = 0; l < i; ++l) {
            const auto there = neighbours_.position(found.rows[l]);
            double square = 0.0;
            for (std::size_t a = 0; a < here.size(); ++a) square += (here[a] - there[a]) * (here[a] - there[a]);
            const double distance = std::sqrt(square) / radius;
            matrix[i * n + l] = matrix[l * n + i] = distance * distance * distance;
        }
    }
};

}  // namespace

std::unique_ptr<Interpolator> make_nearest(const Dataset& dataset) {
    return std::make_unique<Nearest>(scattered_nodes(dataset, 1));
}

std::unique_ptr<Interpolator> make_inverse_distance(const Dataset& dataset) {
    const std::size_t k = 2 * (dataset.info.parameter_count() + 1);
    return std::make_unique<InverseDistance>(scattered_nodes(dataset, 2), k);
}

std::unique_ptr<Interpolator> make_local_linear(const Dataset& dataset) {
    const std::size_t least = dataset.info.parameter_count() + 2;
    return std::make_unique<LocalLinear>(scattered_nodes(dataset, least), 4 * (least - 1));
}

std::unique_ptr<Interpolator> make_local_cubic(const Dataset& dataset) {
    const std::size_t least = dataset.info.parameter_count() + 2;
    return std::make_unique<LocalCubic>(scattered_nodes(dataset, least), 10 * (least - 1));
}

}  // namespace ism::emulate
