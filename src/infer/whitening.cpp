#include "infer/whitening.hpp"

#include <algorithm>
#include <cmath>

#include <Eigen/Cholesky>

namespace ism::infer {
namespace {

using RowMatrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
constexpr double weight_of_before = 5;  // draws that the covariance of the window before is worth, as in Stan

}  // namespace

Whitening::Whitening(std::size_t dimension, bool dense)
    : dimension_(dimension), dense_(dense), centre_(dimension), covariance_(dimension * dimension) {
    for (std::size_t i = 0; i < dimension; ++i) covariance_[i * dimension + i] = 1;
    factor_ = dense ? covariance_ : std::vector<double>(dimension, 1.0);
}

void Whitening::set_covariance(std::span<const double> covariance) {
    for (std::size_t i = 0; i < dimension_; ++i) {
        const double variance = covariance[i * dimension_ + i];
        if (!(variance > 0) || !std::isfinite(variance)) return;
    }
    std::copy(covariance.begin(), covariance.end(), covariance_.begin());
    if (!dense_) {
        for (std::size_t i = 0; i < dimension_; ++i) factor_[i] = std::sqrt(covariance[i * dimension_ + i]);
        return;
    }
    const auto n = static_cast<Eigen::Index>(dimension_);
    const Eigen::Map<const RowMatrix> matrix(covariance.data(), n, n);
    const Eigen::LLT<RowMatrix> cholesky(matrix);
    Eigen::Map<RowMatrix> factor(factor_.data(), n, n);
    if (cholesky.info() == Eigen::Success) {
        factor = cholesky.matrixL();
    } else {
        factor = matrix.diagonal().cwiseSqrt().asDiagonal();
    }
}

void Whitening::adapt(std::span<const double> covariance, std::size_t draws) {
    const double weight = static_cast<double>(draws) / (static_cast<double>(draws) + weight_of_before);
    std::vector<double> mixed(covariance_.size());
    std::transform(covariance.begin(), covariance.end(), covariance_.begin(), mixed.begin(),
                   [&](double sample, double before) { return weight * sample + (1 - weight) * before; });
    set_covariance(mixed);
}

void Whitening::set_centre(std::span<const double> z) { std::copy(z.begin(), z.end(), centre_.begin()); }

void Whitening::to_z(std::span<const double> y, std::span<double> z) const noexcept {
    for (std::size_t i = 0; i < dimension_; ++i) {
        double sum = centre_[i];
        if (dense_) {
            for (std::size_t k = 0; k <= i; ++k) sum += factor_[i * dimension_ + k] * y[k];
        } else {
            sum += factor_[i] * y[i];
        }
        z[i] = sum;
    }
}

void Whitening::pull_back(std::span<double> gradient) const noexcept {
    for (std::size_t k = 0; k < dimension_; ++k) {
        if (!dense_) {
            gradient[k] *= factor_[k];
            continue;
        }
        double sum = 0;
        for (std::size_t i = k; i < dimension_; ++i) sum += factor_[i * dimension_ + k] * gradient[i];
        gradient[k] = sum;  // entries before k are not read again
    }
}

void RunningCovariance::add(std::span<const double> z) noexcept {
    ++count_;
    const std::size_t n = mean_.size();
    for (std::size_t i = 0; i < n; ++i) {
        before_[i] = z[i] - mean_[i];
        mean_[i] += before_[i] / static_cast<double>(count_);
    }
    for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t k = 0; k < n; ++k) products_[i * n + k] += before_[i] * (z[k] - mean_[k]);
    }
}

void RunningCovariance::clear() noexcept {
    count_ = 0;
    std::fill(mean_.begin(), mean_.end(), 0.0);
    std::fill(products_.begin(), products_.end(), 0.0);
}

std::span<const double> RunningCovariance::covariance() noexcept {
    std::transform(products_.begin(), products_.end(), covariance_.begin(),
                   [&](double sum) { return sum / static_cast<double>(count_ - 1); });
    return covariance_;
}

}  // namespace ism::infer
