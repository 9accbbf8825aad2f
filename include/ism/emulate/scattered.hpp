#pragma once
#include <cstddef>
#include <span>
#include <vector>

#include <ism/emulate/interpolator.hpp>

namespace ism::emulate {

/// Position of one point in the unit cube, each parameter on its own scale, angles of 0 .. 180 degrees (unit "deg", or
/// a name that ends in " deg") through their cosine: an inclined layer changes with it. A parameter that does not vary
/// is at 0. `point` and `position` have P values.
void to_unit_cube(const ModelInfo& info, std::span<const double> point, std::span<double> position);

/// d position / d parameter of to_unit_cube at one point (P); 0 for a parameter that does not vary.
void unit_cube_slopes(const ModelInfo& info, std::span<const double> point, std::span<double> slopes);

/// Nodes anywhere: the models that can be used, and where they are.
struct ScatteredNodes {
    NodeTable table;
    std::vector<double> positions;  ///< (N x P) in the unit cube
};

/// The models of `dataset` that are done, finite and not masked. Throws InputError where fewer than `needed` can be
/// used.
[[nodiscard]] ScatteredNodes scattered_nodes(const Dataset& dataset, std::size_t needed);

}  // namespace ism::emulate
