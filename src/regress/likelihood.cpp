// Marginal likelihoods of Gaussian processes whose outputs share the correlation and have an amplitude each.
#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <numbers>

#include <nlopt.h>

#include <ism/base/errors.hpp>
#include <ism/base/parallel.hpp>

#include "covariance.hpp"

namespace ism::regress {
namespace {

constexpr double least_length = 1e-2, most_length = 1e2, least_noise = 1e-12, most_noise = 1.0;
constexpr double lowest = -std::numeric_limits<double>::infinity();

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

Index index(std::size_t i) { return static_cast<Index>(i); }

double nothing(std::span<double> gradient) {
    std::fill(gradient.begin(), gradient.end(), 0.0);
    return lowest;
}

/// The part of -2 ln L of one output that does not depend on the correlation's determinant: N (ln a^2 + 1 + ln 2 pi).
double amplitude_part(double square_amplitude, double count) {
    return count * (std::log(square_amplitude) + 1.0 + std::log(2.0 * std::numbers::pi));
}

}  // namespace

std::vector<double> logarithms(const GaussianProcessHyper& hyper) {
    std::vector<double> logs;
    for (const double length : hyper.lengths) logs.push_back(std::log(length));
    logs.push_back(std::log(hyper.noise));
    return logs;
}

GaussianProcessHyper from_logarithms(Matern kernel, std::span<const double> logs) {
    GaussianProcessHyper hyper{.kernel = kernel};
    for (const double log : logs.first(logs.size() - 1)) hyper.lengths.push_back(std::exp(log));
    hyper.noise = std::exp(logs.back());
    return hyper;
}

std::vector<double> inverse_lengths(const GaussianProcessHyper& hyper) {
    std::vector<double> inverse;
    for (const double length : hyper.lengths) inverse.push_back(1.0 / length);
    return inverse;
}

/// ln L = -1/2 sum_j [N (ln a_j^2 + 1 + ln 2 pi) + ln |C|], a_j^2 = y_j' C^-1 y_j / N; with b_j = C^-1 y_j
/// d ln L = 1/2 tr[(sum_j b_j b_j' / a_j^2 - V C^-1) dC] (Rasmussen & Williams 2006, eq. 5.9).
double ExactLikelihood::at(const GaussianProcessHyper& hyper, std::span<double> gradient) const {
    const std::size_t n = nodes_.size(), p = nodes_.dimension;
    const auto inverse = inverse_lengths(hyper);
    MatrixXd covariance(index(n), index(n)), slopes(index(n), index(n));
    for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t l = 0; l <= i; ++l) {
            const auto k = correlation(hyper.kernel, square_distance(nodes_.at(i), nodes_.at(l), inverse));
            covariance(index(i), index(l)) = k.value + (i == l ? hyper.noise : 0.0);
            slopes(index(i), index(l)) = k.slope;
        }
    }
    const Eigen::LLT<MatrixXd> factor(covariance);
    if (factor.info() != Eigen::Success) return nothing(gradient);
    const MatrixXd solved = factor.solve(nodes_.values);
    const auto count = static_cast<double>(n), outputs = static_cast<double>(nodes_.columns.size());
    const VectorXd squares = (nodes_.values.array() * solved.array()).colwise().sum().transpose() / count;
    if (!(squares.minCoeff() > 0.0)) return nothing(gradient);
    double value = outputs * 2.0 * factor.matrixLLT().diagonal().array().log().sum();
    for (const double square : squares) value += amplitude_part(square, count);

    MatrixXd weights = factor.solve(MatrixXd::Identity(index(n), index(n))) * -outputs;
    const MatrixXd scaled = solved * squares.cwiseSqrt().cwiseInverse().asDiagonal();
    weights.selfadjointView<Eigen::Lower>().rankUpdate(scaled);
    std::fill(gradient.begin(), gradient.end(), 0.0);
    gradient[p] = 0.5 * hyper.noise * weights.diagonal().sum();
    for (std::size_t l = 0; l < n; ++l) {
        for (std::size_t i = l + 1; i < n; ++i) {
            const double both = weights(index(i), index(l)) * slopes(index(i), index(l));  // twice, halved
            for (std::size_t k = 0; k < p; ++k) {
                const double step = (nodes_.at(i)[k] - nodes_.at(l)[k]) * inverse[k];
                gradient[k] += both * step * step;
            }
        }
    }
    return -0.5 * value;
}

/// What node i adds: squared residuals over the variance (V), ln variance, and their derivatives.
struct NeighbourLikelihood::Term {
    VectorXd squares;        // r_j^2 / v
    MatrixXd square_slopes;  // (V x P + 1)
    double log_variance = lowest;
    VectorXd log_slopes;  // (P + 1)
    bool fine = false;
};

/// w = C^-1 k, r = y - w' Y, v = 1 + nu - w' k; dw = C^-1 (dk - dC w), dv = dnu - 2 w' dk + w' dC w.
void NeighbourLikelihood::compute(std::size_t i, const GaussianProcessHyper& hyper, Term& term) const {
    const auto& near = neighbours_[i];
    const std::size_t n = near.size(), p = nodes_.dimension;
    const auto inverse = inverse_lengths(hyper);
    const auto place = nodes_.at(asked_[i]);
    MatrixXd covariance(index(n), index(n)), slopes(index(n), index(n));
    VectorXd across(index(n)), across_slopes(index(n));
    for (std::size_t a = 0; a < n; ++a) {
        for (std::size_t b = 0; b <= a; ++b) {
            const auto k = correlation(hyper.kernel, square_distance(nodes_.at(near[a]), nodes_.at(near[b]), inverse));
            covariance(index(a), index(b)) = covariance(index(b), index(a)) = k.value + (a == b ? hyper.noise : 0.0);
            slopes(index(a), index(b)) = slopes(index(b), index(a)) = k.slope;
        }
        const auto k = correlation(hyper.kernel, square_distance(nodes_.at(near[a]), place, inverse));
        across[index(a)] = k.value;
        across_slopes[index(a)] = k.slope;
    }
    const Eigen::LLT<MatrixXd> factor(covariance);
    if (factor.info() != Eigen::Success) return;
    MatrixXd values(index(n), nodes_.values.cols());
    for (std::size_t a = 0; a < n; ++a) values.row(index(a)) = nodes_.values.row(index(near[a]));
    const VectorXd weights = factor.solve(across);
    const VectorXd residual = nodes_.values.row(index(asked_[i])).transpose() - values.transpose() * weights;
    const double variance = 1.0 + hyper.noise - weights.dot(across);
    if (!(variance > 0.0)) return;
    term.squares = residual.cwiseAbs2() / variance;
    term.log_variance = std::log(variance);
    term.square_slopes.resize(residual.size(), index(p + 1));
    term.log_slopes.resize(index(p + 1));
    for (std::size_t k = 0; k <= p; ++k) {
        VectorXd change = VectorXd::Zero(index(n)), matrix_change = weights * hyper.noise;  // of ln nu
        double variance_change = hyper.noise;
        if (k < p) {
            const auto step = [&](std::size_t a, std::span<const double> to) {
                const double s = (nodes_.at(near[a])[k] - to[k]) * inverse[k];
                return s * s;
            };
            matrix_change.setZero();
            variance_change = 0.0;
            for (std::size_t a = 0; a < n; ++a) {
                change[index(a)] = across_slopes[index(a)] * step(a, place);
                for (std::size_t b = 0; b < n; ++b)
                    matrix_change[index(a)] +=
                        slopes(index(a), index(b)) * step(a, nodes_.at(near[b])) * weights[index(b)];
            }
        }
        const VectorXd weight_change = factor.solve(change - matrix_change);
        variance_change += weights.dot(matrix_change) - 2.0 * weights.dot(change);
        term.log_slopes[index(k)] = variance_change / variance;
        term.square_slopes.col(index(k)) =
            (-2.0 * residual.array() * (values.transpose() * weight_change).array()) / variance -
            term.squares.array() * term.log_slopes[index(k)];
    }
    term.fine = true;
}

double NeighbourLikelihood::at(const GaussianProcessHyper& hyper, std::span<double> gradient) const {
    std::vector<Term> terms(asked_.size());
    parallel_for(terms.size(), [&](std::size_t i) { compute(i, hyper, terms[i]); });
    if (std::any_of(terms.begin(), terms.end(), [](const Term& term) { return !term.fine; })) return nothing(gradient);
    const auto count = static_cast<double>(terms.size()), outputs = static_cast<double>(nodes_.columns.size());
    VectorXd squares = VectorXd::Zero(index(nodes_.columns.size()));
    for (const Term& term : terms) squares += term.squares / count;
    if (!(squares.minCoeff() > 0.0)) return nothing(gradient);
    double value = 0.0;
    for (const double square : squares) value += amplitude_part(square, count);
    std::fill(gradient.begin(), gradient.end(), 0.0);
    for (const Term& term : terms) {
        value += outputs * term.log_variance;
        const VectorXd change = term.square_slopes.transpose() * squares.cwiseInverse() + outputs * term.log_slopes;
        for (std::size_t k = 0; k < gradient.size(); ++k) gradient[k] -= 0.5 * change[index(k)];
    }
    return -0.5 * value;
}

namespace {

struct Search {
    const Likelihood& likelihood;
    Matern kernel;
    nlopt_opt optimiser = nullptr;
    std::exception_ptr failure{};  // NLopt is C: no exception may pass through it
};

double negative_value(unsigned count, const double* logs, double* gradient, void* data) {
    Search& search = *static_cast<Search*>(data);
    std::vector<double> slopes(count);
    double value = lowest;
    try {
        throw_if_stopped();
        value = search.likelihood.at(from_logarithms(search.kernel, {logs, count}), slopes);
    } catch (...) {
        search.failure = std::current_exception();
        nlopt_force_stop(search.optimiser);
    }
    constexpr double impossible = 1e10;  // of a covariance that cannot be factorised: more than any -ln L that can
    for (unsigned i = 0; gradient != nullptr && i < count; ++i) gradient[i] = -slopes[i];
    return std::isfinite(value) ? -value : impossible;
}

}  // namespace

MostLikely most_likely(const Likelihood& likelihood, const GaussianProcessHyper& start) {
    auto logs = logarithms(start);
    const auto dimension = static_cast<unsigned>(logs.size());
    std::vector<double> low(logs.size(), std::log(least_length)), high(logs.size(), std::log(most_length));
    low.back() = std::log(least_noise);
    high.back() = std::log(most_noise);
    Search search{.likelihood = likelihood, .kernel = start.kernel};
    const std::unique_ptr<std::remove_pointer_t<nlopt_opt>, decltype(&nlopt_destroy)> optimiser(
        nlopt_create(NLOPT_LD_SLSQP, dimension), &nlopt_destroy);
    if (!optimiser) throw MachineError("no memory for the optimiser");
    search.optimiser = optimiser.get();
    nlopt_set_lower_bounds(optimiser.get(), low.data());
    nlopt_set_upper_bounds(optimiser.get(), high.data());
    nlopt_set_min_objective(optimiser.get(), negative_value, &search);
    nlopt_set_ftol_rel(optimiser.get(), 1e-6);
    nlopt_set_xtol_abs1(optimiser.get(), 1e-3);
    nlopt_set_maxeval(optimiser.get(), 60);
    double value = 0.0;
    (void)nlopt_optimize(optimiser.get(), logs.data(), &value);
    if (search.failure) std::rethrow_exception(search.failure);
    std::vector<double> slopes(logs.size());
    MostLikely found{from_logarithms(start.kernel, logs), 0.0};
    found.log_likelihood = likelihood.at(found.hyper, slopes);
    return found;
}

}  // namespace ism::regress
