#pragma once
#include <cstddef>
#include <span>
#include <vector>

#include <ism/base/random.hpp>

namespace ism::infer {

/// A mixture of K Student distributions in D dimensions: a density that can be drawn from, wide enough in its tails to
/// propose points to a sampler.
///
/// All have 6 degrees of freedom where D is even, 5 where it is odd: the exponent (freedom + D) / 2 is then a whole
/// number, and the density needs one logarithm for all components.
class Mixture {
public:
    /// One component with this mean (D) and scale matrix (D x D), which must be positive definite: throws
    /// NumericalError where it is not.
    Mixture(std::span<const double> mean, std::span<const double> scale);

    [[nodiscard]] std::size_t dimension() const noexcept { return dimension_; }
    [[nodiscard]] std::size_t size() const noexcept { return components_.size(); }
    [[nodiscard]] double weight(std::size_t k) const { return components_[k].weight; }

    /// Scale matrices (D x D) averaged over the components.
    [[nodiscard]] std::vector<double> mean_scale() const;

    /// Adds the components of another one, with a share 0 < share < 1 of the whole.
    void add(const Mixture& other, double share);

    /// ln of the density at N points: z (N x D), values (N).
    void log_densities(std::span<const double> z, std::span<double> values) const;
    /// One draw (D).
    void draw(Random& random, std::span<double> z) const;

    /// The mixture that is nearer to a distribution known by N points (N x D) with weights (N) of sum 1, by one step of
    /// expectation and maximisation (Cappe et al. 2008, doi:10.1007/s11222-008-9059-x, section 4; the average over the
    /// components of a point is taken). A component that stands for fewer than 2 D of them is left out.
    [[nodiscard]] Mixture nearer_to(std::span<const double> z, std::span<const double> weights) const;

private:
    struct Component {
        double weight = 1;
        std::vector<double> mean;     // (D)
        std::vector<double> factor;   // (D x D) lower triangle: scale = factor factor^T
        std::vector<double> inverse;  // (D x D) of the factor
        double norm = 0;              // of the density
    };
    explicit Mixture(std::size_t dimension);
    /// False where the scale matrix is not positive definite.
    [[nodiscard]] bool add_component(double weight, std::span<const double> mean, std::span<const double> scale);
    void normalise();
    /// Squared distances from the mean of a component, in units of its scale: z (N x D), out (N).
    void distances(const Component& component, std::span<const double> z, std::span<double> out) const;
    /// Density of a component, with its weight, at a squared distance.
    [[nodiscard]] double density(const Component& component, double distance2) const noexcept;

    std::size_t dimension_;
    double freedom_;
    unsigned exponent_;
    std::vector<Component> components_;
};

/// A Mixture of `components` that stands for N weighted points: centres drawn from them, each far from the others, then
/// a few steps of nearer_to. Throws NumericalError where the points do not span the space.
[[nodiscard]] Mixture mixture_of(std::span<const double> z, std::span<const double> weights, std::size_t dimension,
                                 std::size_t components, Random& random);

}  // namespace ism::infer
