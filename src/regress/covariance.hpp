#pragma once
#include <cmath>
#include <span>
#include <vector>

#include <Eigen/Dense>

#include <ism/regress/gaussian_process.hpp>

namespace ism::regress {

/// Correlation k(r) and what its derivatives need: d k / d x_p = -slope (x_p - x'_p) / l_p^2 and
/// d k / d ln l_p = slope (x_p - x'_p)^2 / l_p^2.
struct Correlation {
    double value, slope;
};

inline Correlation correlation(Matern kernel, double square) {
    const double r = std::sqrt(square);
    if (kernel == Matern::three_halves) {
        const double s = std::sqrt(3.0) * r, e = std::exp(-s);
        return {(1.0 + s) * e, 3.0 * e};
    }
    const double s = std::sqrt(5.0) * r, e = std::exp(-s);
    return {(1.0 + s + s * s / 3.0) * e, 5.0 / 3.0 * (1.0 + s) * e};
}

/// r^2 of two places, in the metric of 1 / l.
inline double square_distance(std::span<const double> a, std::span<const double> b, std::span<const double> inverse) {
    double square = 0.0;
    for (std::size_t k = 0; k < inverse.size(); ++k) {
        const double step = (a[k] - b[k]) * inverse[k];
        square += step * step;
    }
    return square;
}

/// Hyper-parameters as the optimiser sees them: ln l_1 .. ln l_P, ln nu.
[[nodiscard]] std::vector<double> logarithms(const GaussianProcessHyper& hyper);
[[nodiscard]] GaussianProcessHyper from_logarithms(Matern kernel, std::span<const double> logs);
[[nodiscard]] std::vector<double> inverse_lengths(const GaussianProcessHyper& hyper);

/// Models with their values on the scale of the outputs, of which only those that vary are kept: amplitude and
/// likelihood of a constant are not defined.
struct VaryingNodes {
    std::size_t dimension = 0;
    std::vector<double> positions;     ///< (N x P)
    Eigen::MatrixXd values;            ///< (N x V)
    std::vector<std::size_t> columns;  ///< (V) of the outputs

    [[nodiscard]] std::size_t size() const { return dimension == 0 ? 0 : positions.size() / dimension; }
    [[nodiscard]] std::span<const double> at(std::size_t i) const {
        return std::span(positions).subspan(i * dimension, dimension);
    }
};

/// ln marginal likelihood with each amplitude at its most likely value, and its gradient in logarithms(hyper) (P + 1).
/// -infinity (gradient 0) where the covariance cannot be factorised.
class Likelihood {
public:
    virtual ~Likelihood() = default;
    [[nodiscard]] virtual double at(const GaussianProcessHyper& hyper, std::span<double> gradient) const = 0;
};

/// Of all nodes: one factorisation of N x N.
class ExactLikelihood final : public Likelihood {
public:
    explicit ExactLikelihood(const VaryingNodes& nodes) : nodes_(nodes) {}
    [[nodiscard]] double at(const GaussianProcessHyper& hyper, std::span<double> gradient) const override;

private:
    const VaryingNodes& nodes_;
};

/// Of some nodes, each given those near it (Vecchia 1988).
class NeighbourLikelihood final : public Likelihood {
public:
    /// `asked`: rows; `neighbours`: the rows that each is conditioned on, itself not among them.
    NeighbourLikelihood(const VaryingNodes& nodes, std::vector<std::size_t> asked,
                        std::vector<std::vector<std::size_t>> neighbours)
        : nodes_(nodes), asked_(std::move(asked)), neighbours_(std::move(neighbours)) {}
    [[nodiscard]] double at(const GaussianProcessHyper& hyper, std::span<double> gradient) const override;

private:
    struct Term;
    void compute(std::size_t i, const GaussianProcessHyper& hyper, Term& term) const;

    const VaryingNodes& nodes_;
    std::vector<std::size_t> asked_;
    std::vector<std::vector<std::size_t>> neighbours_;
};

struct MostLikely {
    GaussianProcessHyper hyper;
    double log_likelihood;
};

/// The largest likelihood of one kernel from `start` on (SLSQP of NLopt, in the logarithms).
[[nodiscard]] MostLikely most_likely(const Likelihood& likelihood, const GaussianProcessHyper& start);

}  // namespace ism::regress
