#include <ism/regress/gaussian_process.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>

#include <ism/base/errors.hpp>
#include <ism/base/parallel.hpp>
#include <ism/base/random.hpp>
#include <ism/base/text.hpp>

#include "covariance.hpp"
#include "emulate/interpolators/neighbours.hpp"

namespace ism::regress {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using Rows = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

constexpr std::size_t exact_likelihood_up_to = 2000, likelihood_terms = 1000;
constexpr std::size_t block = 64;  // points at a time
constexpr std::uint64_t sample_seed = 1;

Index index(std::size_t i) { return static_cast<Index>(i); }

/// Nodes in the metric of the length scales.
class Tree {
public:
    Tree(const std::vector<double>& positions, std::vector<double> inverse)
        : inverse_(std::move(inverse)), nodes_(stretched(positions), inverse_.size()) {}

    /// Rows of the nodes nearest to a position of the unit cube, nearest first.
    void nearest(std::span<const double> position, std::size_t count, std::vector<std::size_t>& rows) const {
        thread_local emulate::Neighbours::Found found;
        nodes_.find(stretched(position), count, found);
        rows.assign(found.rows.begin(), found.rows.end());
    }
    [[nodiscard]] std::size_t bytes() const { return nodes_.bytes(); }

private:
    [[nodiscard]] std::vector<double> stretched(std::span<const double> positions) const {
        std::vector<double> result(positions.begin(), positions.end());
        for (std::size_t i = 0; i < result.size(); ++i) result[i] *= inverse_[i % inverse_.size()];
        return result;
    }

    std::vector<double> inverse_;
    emulate::Neighbours nodes_;
};

/// Outputs that vary by more than rounding does; the others are predicted by their mean.
VaryingNodes varying(const emulate::ScatteredNodes& nodes) {
    const std::size_t m = nodes.table.info.output_count(), n = nodes.table.count;
    VaryingNodes result{nodes.table.info.parameter_count(), nodes.positions, {}, {}};
    for (std::size_t j = 0; j < m; ++j) {
        double largest = 0.0;
        for (std::size_t i = 0; i < n; ++i)
            largest = std::max(largest, std::abs(double{nodes.table.values[i * m + j]}));
        if (largest > 1e-12 * std::abs(nodes.table.centre[j])) result.columns.push_back(j);
    }
    result.values.resize(index(n), index(result.columns.size()));
    for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t v = 0; v < result.columns.size(); ++v)
            result.values(index(i), index(v)) = nodes.table.values[i * m + result.columns[v]];
    }
    return result;
}

/// Vecchia's likelihood of a sample, with neighbours that are near in the metric of `hyper`.
NeighbourLikelihood sampled_likelihood(const VaryingNodes& nodes, const GaussianProcessHyper& hyper,
                                       std::size_t neighbours) {
    std::vector<std::size_t> order(nodes.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    Random random(sample_seed, 0);
    shuffle(order, random);
    order.resize(std::min(order.size(), likelihood_terms));
    const Tree tree(nodes.positions, inverse_lengths(hyper));
    std::vector<std::vector<std::size_t>> near(order.size());
    for (std::size_t i = 0; i < order.size(); ++i) {
        tree.nearest(nodes.at(order[i]), neighbours + 1, near[i]);
        std::erase(near[i], order[i]);
        near[i].resize(std::min(near[i].size(), neighbours));
    }
    return {nodes, std::move(order), std::move(near)};
}

MostLikely best_of_kernel(const VaryingNodes& nodes, Matern kernel, std::size_t neighbours) {
    const GaussianProcessHyper start{
        .kernel = kernel, .lengths = std::vector<double>(nodes.dimension, 0.5), .noise = 1e-6};
    if (nodes.size() <= exact_likelihood_up_to) return most_likely(ExactLikelihood(nodes), start);
    const MostLikely first = most_likely(sampled_likelihood(nodes, start, neighbours), start);
    return most_likely(sampled_likelihood(nodes, first.hyper, neighbours), first.hyper);
}

MostLikely best_hyper(const VaryingNodes& nodes, std::size_t neighbours) {
    if (nodes.columns.empty())  // constants all: nothing can be learned of the lengths, and nothing depends on them
        return {{.lengths = std::vector<double>(nodes.dimension, 1.0)}, 0.0};
    const MostLikely smooth = best_of_kernel(nodes, Matern::five_halves, neighbours);
    const MostLikely rough = best_of_kernel(nodes, Matern::three_halves, neighbours);
    return rough.log_likelihood > smooth.log_likelihood ? rough : smooth;
}

/// Common part: hyper-parameters and amplitudes.
class Process : public GaussianProcess {
public:
    Process(const emulate::NodeTable& table, MostLikely found, VaryingNodes nodes)
        : GaussianProcess(table),
          found_(std::move(found)),
          inverse_(inverse_lengths(found_.hyper)),
          nodes_(std::move(nodes)) {}

    [[nodiscard]] const GaussianProcessHyper& hyper() const noexcept override { return found_.hyper; }
    [[nodiscard]] double log_likelihood() const noexcept override { return found_.log_likelihood; }

protected:
    [[nodiscard]] std::string hyper_text() const {
        std::string text = found_.hyper.kernel == Matern::five_halves ? "Matern 5/2, lengths" : "Matern 3/2, lengths";
        for (const double length : found_.hyper.lengths) text += " " + to_text(length, 3);
        return text + " of the unit cube, noise " + to_text(found_.hyper.noise, 2);
    }

    /// Correlations (n x N) of points with nodes `rows`; all nodes where `rows` is empty.
    void correlate(std::span<const double> position, VectorXd& across, VectorXd* slopes = nullptr) const {
        const std::size_t n = nodes_.size();
        across.resize(index(n));
        if (slopes) slopes->resize(index(n));
        for (std::size_t i = 0; i < n; ++i) {
            const auto k = correlation(found_.hyper.kernel, square_distance(nodes_.at(i), position, inverse_));
            across[index(i)] = k.value;
            if (slopes) (*slopes)[index(i)] = k.slope;
        }
    }

    MostLikely found_;
    std::vector<double> inverse_;
    VaryingNodes nodes_;
};

MatrixXd covariance_of(const VaryingNodes& nodes, const GaussianProcessHyper& hyper,
                       const std::vector<std::size_t>& rows) {
    const auto inverse = inverse_lengths(hyper);
    MatrixXd covariance(index(rows.size()), index(rows.size()));
    for (std::size_t a = 0; a < rows.size(); ++a) {
        for (std::size_t b = 0; b <= a; ++b) {
            const double square = square_distance(nodes.at(rows[a]), nodes.at(rows[b]), inverse);
            covariance(index(a), index(b)) = correlation(hyper.kernel, square).value + (a == b ? hyper.noise : 0.0);
        }
    }
    return covariance;
}

[[noreturn]] void refuse_covariance() {
    throw NumericalError("Gaussian process: the covariance of the models cannot be factorised (double models?)");
}

class ExactProcess final : public Process {
public:
    ExactProcess(const emulate::NodeTable& table, MostLikely found, VaryingNodes nodes, bool deviations)
        : Process(table, std::move(found), std::move(nodes)) {
        std::vector<std::size_t> rows(nodes_.size());
        std::iota(rows.begin(), rows.end(), std::size_t{0});
        MatrixXd covariance = covariance_of(nodes_, found_.hyper, rows);
        Eigen::LLT<Eigen::Ref<MatrixXd>> factor(covariance);  // in place
        if (factor.info() != Eigen::Success) refuse_covariance();
        solved_ = factor.solve(nodes_.values);
        squares_ =
            (nodes_.values.array() * solved_.array()).colwise().sum().transpose() / static_cast<double>(rows.size());
        nodes_.values.resize(0, 0);
        if (deviations) factor_ = std::move(covariance);
    }

    [[nodiscard]] std::string description() const override {
        return "exact on " + std::to_string(count_) + " models, " + hyper_text();
    }
    [[nodiscard]] std::size_t memory() const noexcept override {
        const auto numbers =
            static_cast<std::size_t>(solved_.size() + factor_.size()) + nodes_.positions.size() + centre_.size();
        return numbers * sizeof(double);
    }
    [[nodiscard]] bool differentiable() const noexcept override { return true; }

    void deviations(std::span<const double> parameters, std::span<double> values) const override {
        const std::size_t count = check_shapes(info_, parameters.size(), values.size());
        if (factor_.size() == 0 && !nodes_.columns.empty())
            throw Error("this Gaussian process was made without what its standard deviations need");
        const auto positions = positions_of(parameters);
        const std::size_t p = nodes_.dimension, m = info_.output_count();
        std::fill(values.begin(), values.end(), 0.0);
        if (nodes_.columns.empty()) return;
        VectorXd across;
        for (std::size_t i = 0; i < count; ++i) {
            correlate(std::span(positions).subspan(i * p, p), across);
            factor_.triangularView<Eigen::Lower>().solveInPlace(across);
            const double variance = std::max(0.0, 1.0 - across.squaredNorm());
            for (std::size_t v = 0; v < nodes_.columns.size(); ++v)
                values[i * m + nodes_.columns[v]] = std::sqrt(variance * squares_[index(v)]);
        }
    }

private:
    void predict(std::span<const double> positions, std::span<double> values) const override {
        const std::size_t p = nodes_.dimension, m = info_.output_count(), n = nodes_.size();
        std::fill(values.begin(), values.end(), 0.0);
        Rows across, out;
        for (std::size_t first = 0; first < positions.size() / p; first += block) {
            const std::size_t count = std::min(block, positions.size() / p - first);
            across.resize(index(count), index(n));
            for (std::size_t i = 0; i < count; ++i) {
                const auto place = positions.subspan((first + i) * p, p);
                for (std::size_t l = 0; l < n; ++l)
                    across(index(i), index(l)) =
                        correlation(found_.hyper.kernel, square_distance(nodes_.at(l), place, inverse_)).value;
            }
            out.noalias() = across * solved_;
            for (std::size_t i = 0; i < count; ++i) {
                for (std::size_t v = 0; v < nodes_.columns.size(); ++v)
                    values[(first + i) * m + nodes_.columns[v]] = out(index(i), index(v));
            }
        }
    }

    void predict_slopes(std::span<const double> position, std::span<double> values,
                        std::span<double> slopes) const override {
        predict(position, values);
        std::fill(slopes.begin(), slopes.end(), 0.0);
        VectorXd across, slope;
        correlate(position, across, &slope);
        for (std::size_t k = 0; k < nodes_.dimension; ++k) {
            for (std::size_t i = 0; i < nodes_.size(); ++i)
                across[index(i)] = -slope[index(i)] * (position[k] - nodes_.at(i)[k]) * inverse_[k] * inverse_[k];
            const VectorXd change = solved_.transpose() * across;
            for (std::size_t v = 0; v < nodes_.columns.size(); ++v)
                slopes[nodes_.columns[v] * nodes_.dimension + k] = change[index(v)];
        }
    }

    MatrixXd solved_;   // C^-1 y (N x V)
    VectorXd squares_;  // amplitudes squared (V)
    MatrixXd factor_;   // Cholesky factor of C, where it was asked for
};

/// Each point from its nearest models alone.
class NeighbourProcess final : public Process {
public:
    NeighbourProcess(const emulate::NodeTable& table, MostLikely found, VaryingNodes nodes, std::size_t neighbours)
        : Process(table, std::move(found), std::move(nodes)),
          neighbours_(neighbours),
          tree_(nodes_.positions, inverse_),
          squares_(VectorXd::Zero(index(nodes_.columns.size()))) {
        learn_amplitudes();
    }

    [[nodiscard]] std::string description() const override {
        return "on the " + std::to_string(neighbours_) + " nearest of " + std::to_string(count_) + " models, " +
               hyper_text();
    }
    [[nodiscard]] std::size_t memory() const noexcept override {
        const std::size_t numbers =
            nodes_.positions.size() + static_cast<std::size_t>(nodes_.values.size()) + centre_.size();
        return tree_.bytes() + numbers * sizeof(double);
    }

    void deviations(std::span<const double> parameters, std::span<double> values) const override {
        (void)check_shapes(info_, parameters.size(), values.size());
        const auto positions = positions_of(parameters);
        each(positions, [&](std::size_t i, const std::vector<std::size_t>&, const VectorXd&, double variance) {
            const auto row = values.subspan(i * info_.output_count(), info_.output_count());
            std::fill(row.begin(), row.end(), 0.0);
            for (std::size_t v = 0; v < nodes_.columns.size(); ++v)
                row[nodes_.columns[v]] = std::sqrt(variance * squares_[index(v)]);
        });
    }

private:
    /// work(point, rows of its neighbours, their weights, variance over amplitude squared).
    template <class Work>
    void each(std::span<const double> positions, const Work& work, std::size_t skip_nearest = 0) const {
        const std::size_t p = nodes_.dimension;
        std::vector<std::size_t> near;
        for (std::size_t i = 0; i < positions.size() / p; ++i) {
            const auto place = positions.subspan(i * p, p);
            tree_.nearest(place, neighbours_ + skip_nearest, near);
            near.erase(near.begin(), near.begin() + static_cast<std::ptrdiff_t>(std::min(skip_nearest, near.size())));
            const Eigen::LLT<MatrixXd> factor(covariance_of(nodes_, found_.hyper, near));
            if (factor.info() != Eigen::Success) refuse_covariance();
            VectorXd across(index(near.size()));
            for (std::size_t a = 0; a < near.size(); ++a)
                across[index(a)] =
                    correlation(found_.hyper.kernel, square_distance(nodes_.at(near[a]), place, inverse_)).value;
            const VectorXd weights = factor.solve(across);
            work(i, near, weights, std::max(0.0, 1.0 - weights.dot(across)));
        }
    }

    void predict(std::span<const double> positions, std::span<double> values) const override {
        const std::size_t m = info_.output_count();
        std::fill(values.begin(), values.end(), 0.0);
        each(positions, [&](std::size_t i, const std::vector<std::size_t>& near, const VectorXd& weights, double) {
            for (std::size_t v = 0; v < nodes_.columns.size(); ++v) {
                double& sum = values[i * m + nodes_.columns[v]];
                for (std::size_t a = 0; a < near.size(); ++a)
                    sum += weights[index(a)] * nodes_.values(index(near[a]), index(v));
            }
        });
    }

    /// Mean of squared residuals over their variance, of nodes drawn by lot from their neighbours.
    void learn_amplitudes() {
        const std::size_t terms = std::min(likelihood_terms, nodes_.size());
        for (std::size_t t = 0; t < terms; ++t) {
            const std::size_t row = t * nodes_.size() / terms;
            const std::span<const double> place = nodes_.at(row);
            each(
                place,
                [&](std::size_t, const std::vector<std::size_t>& near, const VectorXd& weights, double variance) {
                    VectorXd left = nodes_.values.row(index(row)).transpose();
                    for (std::size_t a = 0; a < near.size(); ++a)
                        left -= weights[index(a)] * nodes_.values.row(index(near[a])).transpose();
                    squares_ += left.cwiseAbs2() / ((variance + found_.hyper.noise) * static_cast<double>(terms));
                },
                1);
        }
    }

    std::size_t neighbours_;
    Tree tree_;
    VectorXd squares_;
};

void check_options(const GaussianProcessOptions& options, std::size_t p) {
    if (options.neighbours < 2)
        throw InputError({.where = "Gaussian process",
                          .found = "neighbours = " + std::to_string(options.neighbours),
                          .allowed = "two or more"});
    if (!options.hyper) return;
    const auto fine = [](double value) { return value > 0.0 && std::isfinite(value); };
    const auto& lengths = options.hyper->lengths;
    if (lengths.size() == p && std::all_of(lengths.begin(), lengths.end(), fine) && fine(options.hyper->noise)) return;
    throw InputError(
        {.where = "Gaussian process",
         .found = std::to_string(lengths.size()) + " length scales, noise " + to_text(options.hyper->noise),
         .allowed = std::to_string(p) + " positive length scales and a positive noise"});
}

}  // namespace

std::unique_ptr<GaussianProcess> make_gaussian_process(const Dataset& dataset, const GaussianProcessOptions& options) {
    check_options(options, dataset.info.parameter_count());
    const emulate::ScatteredNodes all = emulate::scattered_nodes(dataset, 2);
    VaryingNodes nodes = varying(all);
    MostLikely found = options.hyper ? MostLikely{*options.hyper, 0.0} : best_hyper(nodes, options.neighbours);
    if (options.hyper && !nodes.columns.empty() && nodes.size() <= exact_likelihood_up_to) {
        std::vector<double> gradient(nodes.dimension + 1);
        found.log_likelihood = ExactLikelihood(nodes).at(found.hyper, gradient);
    }
    if (all.table.count <= options.exact_up_to)
        return std::make_unique<ExactProcess>(all.table, std::move(found), std::move(nodes), options.deviations);
    return std::make_unique<NeighbourProcess>(all.table, std::move(found), std::move(nodes), options.neighbours);
}

}  // namespace ism::regress
