// Radial basis functions on the nearest nodes.
#include <array>
#include <cmath>

#include <Eigen/Dense>

#include "local.hpp"
#include "methods.hpp"

namespace ism::emulate {
namespace {

/// A function of the distance, and the degree of the polynomial that goes with it (as SciPy's RBFInterpolator has them:
/// the least with which the system has one solution, for nodes in general position).
struct Kernel {
    const char* name;
    int power;
    std::size_t degree;
};

constexpr Kernel linear_kernel{"linear", 1, 0}, cubic_kernel{"cubic", 3, 1}, quintic_kernel{"quintic", 5, 2};

double power_of(double distance, int power) {
    const double square = distance * distance;
    return power == 1 ? distance : power == 3 ? square * distance : square * square * distance;
}

/// f(x) = sum_i c_i |x - x_i|^power + polynomial, with f(x_i) = f_i and sum_i c_i q(x_i) = 0 for every monomial q. The
/// value is linear in the f_i, so one system gives their weights.
class RadialBasis final : public LocalInterpolator {
public:
    RadialBasis(ScatteredNodes nodes, const std::vector<double>& stretch, std::size_t k, const Kernel& kernel)
        : LocalInterpolator(std::move(nodes), stretch, k), kernel_(kernel) {}

    [[nodiscard]] std::string description() const override {
        return std::string(kernel_.name) + " radial basis on the " + std::to_string(k_) + " nearest of " +
               scattered_text();
    }

private:
    /// 1; the offsets; their products.
    void monomials(std::span<const double> node, std::span<const double> origin, double radius,
                   std::vector<double>& values) const {
        const std::size_t p = origin.size();
        values.assign(1, 1.0);
        if (kernel_.degree == 0) return;
        for (std::size_t a = 0; a < p; ++a) values.push_back((node[a] - origin[a]) / radius);
        if (kernel_.degree == 1) return;
        for (std::size_t a = 0; a < p; ++a) {
            for (std::size_t b = 0; b <= a; ++b) values.push_back(values[1 + a] * values[1 + b]);
        }
    }

    void weigh_nodes(std::span<const double> position, const Neighbours::Found& found,
                     std::vector<Weight>& weights) const override {
        const std::size_t k = found.rows.size();
        const double radius = std::sqrt(found.square_distances.back());
        thread_local std::vector<double> of_node;
        thread_local Eigen::MatrixXd matrix;
        thread_local Eigen::VectorXd right;
        monomials(position, position, radius, of_node);
        const std::size_t terms = std::min(of_node.size(), k), n = k + terms;
        const auto at = [](std::size_t i) { return static_cast<Eigen::Index>(i); };
        matrix.setZero(at(n), at(n));
        right.setZero(at(n));
        right[at(k)] = 1.0;
        for (std::size_t i = 0; i < k; ++i) {
            const auto here = neighbours_.position(found.rows[i]);
            right[at(i)] = power_of(std::sqrt(found.square_distances[i]) / radius, kernel_.power);
            for (std::size_t l = 0; l < i; ++l) {
                const auto there = neighbours_.position(found.rows[l]);
                double square = 0.0;
                for (std::size_t a = 0; a < here.size(); ++a) square += (here[a] - there[a]) * (here[a] - there[a]);
                matrix(at(i), at(l)) = matrix(at(l), at(i)) = power_of(std::sqrt(square) / radius, kernel_.power);
            }
            monomials(here, position, radius, of_node);
            for (std::size_t q = 0; q < terms; ++q) matrix(at(i), at(k + q)) = matrix(at(k + q), at(i)) = of_node[q];
        }
        const Eigen::VectorXd solution = solved(matrix, right);
        for (std::size_t i = 0; i < k; ++i) weights.push_back({found.rows[i], solution[at(i)]});
    }

    /// Neighbours in a plane of a grid leave a polynomial undetermined: then the smallest of the solutions is taken.
    static Eigen::VectorXd solved(const Eigen::MatrixXd& matrix, const Eigen::VectorXd& right) {
        constexpr double accurate = 1e-6;
        Eigen::VectorXd solution = matrix.partialPivLu().solve(right);
        if ((matrix * solution - right).norm() <= accurate * right.norm() && solution.norm() < 1e4) return solution;
        Eigen::CompleteOrthogonalDecomposition<Eigen::MatrixXd> careful(matrix);
        careful.setThreshold(1e-10);
        solution = careful.solve(right);
        if (!solution.allFinite()) throw NumericalError("radial basis interpolation: singular system (double nodes?)");
        return solution;
    }

    Kernel kernel_;
};

std::unique_ptr<Interpolator> make_radial(const Dataset& dataset, std::size_t k, const Kernel& kernel) {
    const ScatteredNodes nodes = scattered_nodes(dataset, dataset.info.parameter_count() + 2);
    return in_best_metric<RadialBasis>(nodes, k, kernel);
}

constexpr std::size_t many_neighbours = 100;

}  // namespace

std::unique_ptr<Interpolator> make_local_cubic(const Dataset& dataset) {
    return make_radial(dataset, 10 * (dataset.info.parameter_count() + 1), cubic_kernel);
}
std::unique_ptr<Interpolator> make_radial_linear(const Dataset& dataset) {
    return make_radial(dataset, many_neighbours, linear_kernel);
}
std::unique_ptr<Interpolator> make_radial_cubic(const Dataset& dataset) {
    return make_radial(dataset, many_neighbours, cubic_kernel);
}
std::unique_ptr<Interpolator> make_radial_quintic(const Dataset& dataset) {
    return make_radial(dataset, many_neighbours, quintic_kernel);
}

}  // namespace ism::emulate
