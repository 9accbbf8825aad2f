#pragma once
#include <cstddef>
#include <span>
#include <vector>

namespace ism::infer {

/// Coordinates y in which the target looks round: z = centre + L y, with L L^T its covariance.
///
/// Momenta normal with unit variance in y are Stan's momenta with the inverse metric L L^T in z, trajectories and
/// criteria included; the sampler itself then knows no metric.
class Whitening {
public:
    /// The identity of D dimensions; `dense` decides what adapt() keeps of a covariance.
    Whitening(std::size_t dimension, bool dense);

    /// L from a covariance (D x D): its Cholesky factor, or the roots of its diagonal. One that is not positive
    /// definite is taken by its diagonal; entries that are not positive leave L as it was.
    void set_covariance(std::span<const double> covariance);
    /// Mixes in the sample covariance of n draws: n / (n + 5) of it, the rest of what was there.
    void adapt(std::span<const double> covariance, std::size_t draws);
    void set_centre(std::span<const double> z);

    void to_z(std::span<const double> y, std::span<double> z) const noexcept;
    /// Gradient along y from that along z, in place: L^T g.
    void pull_back(std::span<double> gradient) const noexcept;

private:
    std::size_t dimension_;
    bool dense_;
    std::vector<double> centre_;      // (D)
    std::vector<double> covariance_;  // (D x D), of the last adaptation
    std::vector<double> factor_;      // (D x D) lower triangle, row-major; (D) where diagonal
};

/// Running covariance of draws (Welford 1962, doi:10.1080/00401706.1962.10490022).
class RunningCovariance {
public:
    explicit RunningCovariance(std::size_t dimension)
        : mean_(dimension), before_(dimension), products_(dimension * dimension), covariance_(dimension * dimension) {}

    void add(std::span<const double> z) noexcept;
    void clear() noexcept;
    [[nodiscard]] std::size_t count() const noexcept { return count_; }
    /// Divided by n - 1; at least 2 draws.
    [[nodiscard]] std::span<const double> covariance() noexcept;

private:
    std::size_t count_ = 0;
    std::vector<double> mean_, before_, products_, covariance_;
};

}  // namespace ism::infer
