#pragma once
#include <memory>
#include <span>

namespace ism::infer {

/// A density to be sampled, over unconstrained space: every z of D numbers is allowed.
///
/// A target owns the room it works in, so an object serves one thread at a time; clone() makes one for another thread.
class Target {
public:
    Target() = default;
    virtual ~Target() = default;

    [[nodiscard]] virtual std::size_t dimension() const noexcept = 0;

    /// ln of the density at z (D), up to a constant that is the same everywhere, and its gradient (D). Where the
    /// density is 0 or cannot be computed: -infinity or NaN, with any gradient. Does not allocate after the first call.
    virtual double log_density(std::span<const double> z, std::span<double> gradient) = 0;

    /// The same without gradient for N points: z (N x D), values (N).
    virtual void log_densities(std::span<const double> z, std::span<double> values) = 0;

    [[nodiscard]] virtual std::unique_ptr<Target> clone() const = 0;

protected:
    Target(const Target&) = default;
    Target& operator=(const Target&) = default;
};

}  // namespace ism::infer
