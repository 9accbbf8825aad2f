#include <ism/infer/mixture.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

#include <Eigen/Cholesky>

#include <ism/base/errors.hpp>

namespace ism::infer {
namespace {

using RowMatrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

constexpr double narrowest = 1e-10;     // variance of a component along any coordinate, of that of all points
constexpr std::size_t first_steps = 3;  // of nearer_to, from centres to a mixture
constexpr std::size_t block = 256;      // points at a time: they stay in the cache

Eigen::Index index(std::size_t n) { return static_cast<Eigen::Index>(n); }

double whole_power(double x, unsigned exponent) noexcept {
    double power = 1;
    for (; exponent > 0; exponent >>= 1U, x *= x) {
        if ((exponent & 1U) != 0) power *= x;
    }
    return power;
}

/// Variances (D) of weighted points.
Eigen::VectorXd variances_of(const Eigen::Map<const RowMatrix>& z, const Eigen::Map<const Eigen::VectorXd>& weights) {
    const Eigen::RowVectorXd mean = weights.transpose() * z / weights.sum();
    return ((z.rowwise() - mean).array().square().colwise() * weights.array()).colwise().sum().transpose() /
           weights.sum();
}

/// An index drawn in proportion to the weights.
std::size_t draw_index(std::span<const double> weights, Random& random) {
    double left = random.uniform() * std::accumulate(weights.begin(), weights.end(), 0.0);
    for (std::size_t i = 0; i + 1 < weights.size(); ++i) {
        if ((left -= weights[i]) < 0) return i;
    }
    return weights.size() - 1;
}

}  // namespace

Mixture::Mixture(std::size_t dimension)
    : dimension_(dimension),
      freedom_(dimension % 2 == 0 ? 6 : 5),
      exponent_(static_cast<unsigned>((dimension + (dimension % 2 == 0 ? 6 : 5)) / 2)) {}

Mixture::Mixture(std::span<const double> mean, std::span<const double> scale) : Mixture(mean.size()) {
    if (!add_component(1, mean, scale))
        throw NumericalError({.where = "mixture", .found = "a scale matrix that is not positive definite"});
}

bool Mixture::add_component(double weight, std::span<const double> mean, std::span<const double> scale) {
    const Eigen::Index n = index(dimension_);
    const Eigen::LLT<RowMatrix> cholesky(Eigen::Map<const RowMatrix>(scale.data(), n, n));
    if (cholesky.info() != Eigen::Success) return false;
    Component component{.weight = weight,
                        .mean = {mean.begin(), mean.end()},
                        .factor = std::vector<double>(scale.size()),
                        .inverse = std::vector<double>(scale.size())};
    Eigen::Map<RowMatrix> factor(component.factor.data(), n, n);
    factor = cholesky.matrixL();
    Eigen::Map<RowMatrix>(component.inverse.data(), n, n) = cholesky.matrixL().solve(RowMatrix::Identity(n, n)).eval();
    const auto d = static_cast<double>(dimension_);
    component.norm = std::exp(std::lgamma(0.5 * (freedom_ + d)) - std::lgamma(0.5 * freedom_) -
                              0.5 * d * std::log(freedom_ * std::numbers::pi) - factor.diagonal().array().log().sum());
    if (!std::isfinite(component.norm)) return false;
    components_.push_back(std::move(component));
    return true;
}

void Mixture::normalise() {
    double sum = 0;
    for (const Component& component : components_) sum += component.weight;
    for (Component& component : components_) component.weight /= sum;
}

void Mixture::add(const Mixture& other, double share) {
    for (Component& component : components_) component.weight *= 1 - share;
    for (Component component : other.components_) {
        component.weight *= share;
        components_.push_back(std::move(component));
    }
}

std::vector<double> Mixture::mean_scale() const {
    const Eigen::Index n = index(dimension_);
    std::vector<double> mean(dimension_ * dimension_, 0.0);
    Eigen::Map<RowMatrix> sum(mean.data(), n, n);
    for (const Component& component : components_) {
        const Eigen::Map<const RowMatrix> factor(component.factor.data(), n, n);
        sum += component.weight * factor * factor.transpose();
    }
    return mean;
}

void Mixture::distances(const Component& component, std::span<const double> z, std::span<double> out) const {
    const double *inverse = component.inverse.data(), *mean = component.mean.data();
    for (std::size_t p = 0; p < out.size(); ++p) {
        const double* point = z.data() + p * dimension_;
        double square = 0;
        for (std::size_t i = 0; i < dimension_; ++i) {
            double along = 0;
            for (std::size_t j = 0; j <= i; ++j) along += inverse[i * dimension_ + j] * (point[j] - mean[j]);
            square += along * along;
        }
        out[p] = square;
    }
}

double Mixture::density(const Component& component, double distance2) const noexcept {
    return component.weight * component.norm / whole_power(1 + distance2 / freedom_, exponent_);
}

void Mixture::log_densities(std::span<const double> z, std::span<double> values) const {
    std::array<double, block> squares;
    for (std::size_t first = 0; first < values.size(); first += block) {
        const std::size_t count = std::min(block, values.size() - first);
        const auto here = values.subspan(first, count);
        std::fill(here.begin(), here.end(), 0.0);
        for (const Component& component : components_) {
            distances(component, z.subspan(first * dimension_, count * dimension_), std::span(squares).first(count));
            for (std::size_t i = 0; i < count; ++i) here[i] += density(component, squares[i]);
        }
        for (double& value : here) value = std::log(value);
    }
}

void Mixture::draw(Random& random, std::span<double> z) const {
    double left = random.uniform();
    std::size_t k = 0;
    while (k + 1 < components_.size() && (left -= components_[k].weight) > 0) ++k;
    const Component& component = components_[k];
    double product = 1;  // pairs of degrees are exponential: one logarithm for all
    for (int pair = 0; pair < static_cast<int>(freedom_) / 2; ++pair) product *= random.uniform();
    const double chi2 = (dimension_ % 2 == 0 ? 0 : std::pow(random.normal(), 2)) - 2 * std::log(product);
    const double stretch = std::sqrt(freedom_ / chi2);
    std::copy(component.mean.begin(), component.mean.end(), z.begin());
    for (std::size_t j = 0; j < dimension_; ++j) {
        const double step = stretch * random.normal();
        for (std::size_t i = j; i < dimension_; ++i) z[i] += component.factor[i * dimension_ + j] * step;
    }
}

Mixture Mixture::nearer_to(std::span<const double> z, std::span<const double> weights) const {
    const Eigen::Index d = index(dimension_), count = index(weights.size());
    const Eigen::Map<const RowMatrix> rows(z.data(), count, d);
    const Eigen::Map<const Eigen::VectorXd> given(weights.data(), count);
    const Eigen::VectorXd floor = narrowest * variances_of(rows, given);
    const Eigen::MatrixXd points = rows;  // by columns: each is walked through below
    Eigen::MatrixXd share(count, index(size())), squares(count, index(size()));  // column k: component k
    for (std::size_t k = 0; k < size(); ++k) {
        const Eigen::Index column = index(k);
        distances(components_[k], z, {squares.col(column).data(), weights.size()});
        for (Eigen::Index i = 0; i < count; ++i) share(i, column) = density(components_[k], squares(i, column));
    }
    const Eigen::ArrayXd of_all =
        given.array() / share.rowwise().sum().array().cwiseMax(std::numeric_limits<double>::min());
    Mixture nearer(dimension_);
    RowMatrix scale(d, d);
    Eigen::VectorXd mean(d);
    for (std::size_t k = 0; k < size(); ++k) {
        const Eigen::Index column = index(k);
        const Eigen::ArrayXd mine = of_all * share.col(column).array();
        const double weight = mine.sum();
        const bool enough = weight * weight >= 2 * static_cast<double>(dimension_) * mine.square().sum();
        if (!enough || !(weight > 0)) continue;
        // far points count less: that is what the tails of a Student distribution are for
        const Eigen::ArrayXd pull =
            mine * (freedom_ + static_cast<double>(dimension_)) / (freedom_ + squares.col(column).array());
        const double all = pull.sum();
        for (Eigen::Index i = 0; i < d; ++i) mean[i] = (pull * points.col(i).array()).sum() / all;
        for (Eigen::Index i = 0; i < d; ++i) {
            const Eigen::ArrayXd moment = pull * (points.col(i).array() - mean[i]);
            for (Eigen::Index j = 0; j <= i; ++j)
                scale(i, j) = scale(j, i) = (moment * (points.col(j).array() - mean[j])).sum() / weight;
        }
        scale.diagonal() += floor;
        static_cast<void>(
            nearer.add_component(weight, {mean.data(), dimension_}, {scale.data(), dimension_ * dimension_}));
    }
    if (nearer.components_.empty()) return *this;
    nearer.normalise();
    return nearer;
}

Mixture mixture_of(std::span<const double> z, std::span<const double> weights, std::size_t dimension,
                   std::size_t components, Random& random) {
    const Eigen::Index d = index(dimension), count = index(weights.size());
    const Eigen::Map<const RowMatrix> points(z.data(), count, d);
    const Eigen::VectorXd variances = variances_of(points, Eigen::Map<const Eigen::VectorXd>(weights.data(), count));
    // components share the volume of the whole
    RowMatrix scale = variances.asDiagonal();
    scale *= std::pow(static_cast<double>(components), -2.0 / static_cast<double>(dimension));
    std::vector<double> far(weights.begin(), weights.end());
    std::vector<Mixture> parts;
    Eigen::VectorXd nearest = Eigen::VectorXd::Constant(count, std::numeric_limits<double>::infinity());
    for (std::size_t k = 0; k < components; ++k) {
        const Eigen::RowVectorXd centre = points.row(index(draw_index(far, random)));
        parts.emplace_back(std::span(centre.data(), dimension), std::span(scale.data(), dimension * dimension));
        for (Eigen::Index i = 0; i < count; ++i) {
            const double distance = ((points.row(i) - centre).array().square() / variances.transpose().array()).sum();
            nearest[i] = std::min(nearest[i], distance);
            far[static_cast<std::size_t>(i)] = weights[static_cast<std::size_t>(i)] * nearest[i];
        }
    }
    Mixture mixture = parts.front();
    for (std::size_t k = 1; k < parts.size(); ++k) mixture.add(parts[k], 1 / static_cast<double>(k + 1));
    for (std::size_t step = 0; step < first_steps; ++step) mixture = mixture.nearer_to(z, weights);
    return mixture;
}

}  // namespace ism::infer
