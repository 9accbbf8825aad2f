#pragma once
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include <ism/regress/regressor.hpp>

namespace ism::regress {

enum class Matern { three_halves, five_halves };

/// Covariance a_j^2 [k(r) + nu delta], r^2 = sum_p ((x_p - x'_p) / l_p)^2, with
///
///     k = (1 + sqrt(3) r) exp(-sqrt(3) r)   or   (1 + sqrt(5) r + 5/3 r^2) exp(-sqrt(5) r)
///
/// (Rasmussen & Williams 2006, eq. 4.17; ISBN 026218253X). All outputs share l and nu; each has its own amplitude a_j,
/// whose most likely value is known in closed form, so one factorisation serves all.
struct GaussianProcessHyper {
    Matern kernel = Matern::five_halves;
    std::vector<double> lengths{};  ///< (P), in the unit cube; 1e-2 .. 1e2
    double noise = 1e-8;            ///< nu, noise variance over amplitude squared; 1e-12 .. 1
};

struct GaussianProcessOptions {
    /// Not given: found by the largest marginal likelihood (with its exact gradient) of both kernels.
    std::optional<GaussianProcessHyper> hyper{};
    std::size_t exact_up_to = 5000;  ///< models; above: the nearest-neighbour process
    std::size_t neighbours = 100;    ///< of each point there
    /// Exact only: keeps the N (N + 1) / 2 numbers that the standard deviation needs.
    bool deviations = false;
};

/// A Gaussian process for every output of a dataset.
///
/// Up to `exact_up_to` models it is exact and differentiable. Above, a point is conditioned on its nearest models
/// alone, in the metric of the length scales (Vecchia 1988, doi:10.1111/j.2517-6161.1988.tb01729.x; Datta et al. 2016,
/// doi:10.1080/01621459.2015.1044091): the answer has small steps where a neighbour changes, so no derivative is given.
///
/// Hyper-parameters are those of the largest marginal likelihood: of all models up to 2000; above of Vecchia's
/// factorisation for 1000 models drawn by lot (always the same), each conditioned on its nearest, which are looked up
/// again in the metric that was found.
class GaussianProcess : public Regressor {
public:
    [[nodiscard]] virtual const GaussianProcessHyper& hyper() const noexcept = 0;
    /// ln of the largest marginal likelihood that was found, summed over the outputs that vary; Vecchia's above 2000
    /// models.
    [[nodiscard]] virtual double log_likelihood() const noexcept = 0;
    /// Standard deviations (n x M) of the function (without the noise), on the scale of the output (natural logarithm
    /// for a log output), at parameters (n x P). Throws InputError outside the range, Error where an exact process was
    /// made without `deviations`.
    virtual void deviations(std::span<const double> parameters, std::span<double> values) const = 0;

protected:
    using Regressor::Regressor;
};

/// Needs two models; throws InputError where fewer can be used or an option is out of its range, NumericalError where
/// the covariance cannot be factorised.
[[nodiscard]] std::unique_ptr<GaussianProcess> make_gaussian_process(const Dataset& dataset,
                                                                     const GaussianProcessOptions& options = {});

}  // namespace ism::regress
