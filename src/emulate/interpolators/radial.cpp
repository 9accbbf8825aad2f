// Radial basis functions on the nearest nodes.
#include <cmath>

#include "local.hpp"
#include "methods.hpp"
#include "small_solve.hpp"

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
        thread_local std::vector<double> of_node, matrix, right;
        monomials(position, position, radius, of_node);
        const std::size_t terms = std::min(of_node.size(), k), n = k + terms;
        matrix.assign(n * n, 0.0);
        right.assign(n, 0.0);
        right[k] = 1.0;
        for (std::size_t i = 0; i < k; ++i) {
            const auto here = neighbours_.position(found.rows[i]);
            right[i] = power_of(std::sqrt(found.square_distances[i]) / radius, kernel_.power);
            for (std::size_t l = 0; l < i; ++l) {
                const auto there = neighbours_.position(found.rows[l]);
                double square = 0.0;
                for (std::size_t a = 0; a < here.size(); ++a) square += (here[a] - there[a]) * (here[a] - there[a]);
                matrix[i * n + l] = matrix[l * n + i] = power_of(std::sqrt(square) / radius, kernel_.power);
            }
            monomials(here, position, radius, of_node);
            for (std::size_t q = 0; q < terms; ++q) matrix[i * n + k + q] = matrix[(k + q) * n + i] = of_node[q];
        }
        // neighbours in a plane of a grid leave a monomial undetermined: it is pulled to zero
        for (std::size_t q = k + 1; q < n; ++q) matrix[q * n + q] -= 1e-12;
        if (!solve_in_place(matrix, right))
            throw NumericalError("radial basis interpolation: singular system (double nodes?)");
        for (std::size_t i = 0; i < k; ++i) weights.push_back({found.rows[i], right[i]});
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
