#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <ism/base/random.hpp>

namespace ism::infer {

/// A function to be made as large as possible inside a box.
class Objective {
public:
    Objective() = default;
    virtual ~Objective() = default;

    [[nodiscard]] virtual std::size_t dimension() const noexcept = 0;
    /// Bounds (D); may be infinite.
    [[nodiscard]] virtual std::span<const double> low() const noexcept = 0;
    [[nodiscard]] virtual std::span<const double> high() const noexcept = 0;
    /// Value at s (D) within the box, and gradient (D). Not finite where it cannot be computed.
    virtual double value(std::span<const double> s, std::span<double> gradient) = 0;
    /// A place from which to start (D).
    virtual void draw_start(Random& random, std::span<double> s) = 0;

protected:
    Objective(const Objective&) = default;
    Objective& operator=(const Objective&) = default;
};

/// A place where every way leads down.
struct Optimum {
    std::vector<double> position;  ///< (D)
    double value = 0;
    std::size_t found = 0;  ///< how many of the starts ended here
};

struct OptimumOptions {
    std::size_t starts = 16;
    std::size_t candidates = 8;     ///< drawn for each start; the search begins at the best of them
    double tolerance = 1e-9;        ///< a search ends when a step changes the value by less, relative
    std::size_t evaluations = 500;  ///< most evaluations of one search
    double distinct = 1e-2;         ///< optima nearer than this, in units of the spread of the starts, are the same
    std::uint64_t seed = 1;
    std::vector<std::vector<double>> also{};  ///< further places (D) where searches begin
};

/// All distinct optima that were met, the best one first: sequential quadratic programming (Kraft 1994,
/// doi:10.1145/192115.192124; NLopt's SLSQP) from several starts. A search that ends in the middle of nowhere, because
/// the function could not be computed there, is left out. Throws NumericalError where no search succeeds.
[[nodiscard]] std::vector<Optimum> optima(Objective& objective, const OptimumOptions& options = {});

/// The optimum that is reached from `start` (D), within the bounds; nothing where the search ends in the middle of
/// nowhere.
[[nodiscard]] std::optional<Optimum> optimum_from(Objective& objective, std::vector<double> start,
                                                  const OptimumOptions& options = {});

}  // namespace ism::infer
