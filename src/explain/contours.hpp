#pragma once
#include <cstddef>
#include <span>
#include <vector>

#include <ism/explain/chart.hpp>

/// Where the draws of two quantities lie densest.
namespace ism::explain {

/// A density on a grid of points; the outermost ones are 0, so that every outline is closed.
struct DensityGrid {
    std::vector<double> x, y;    ///< (W), (H): places of the points; equidistant
    std::vector<double> values;  ///< (H x W)
    [[nodiscard]] double at(std::size_t i, std::size_t j) const { return values[j * x.size() + i]; }
};

/// Density of the points (x, y): counts on a grid over their 0.1 .. 99.9 % ranges and half as much again, smoothed by a
/// normal of Scott's width, N^(-1/6) of their deviation (doi:10.1002/9780470316849), which does not reach beyond the
/// outermost points. Points that are not finite do not
/// count; empty where fewer than 2 are left or all are the same.
[[nodiscard]] DensityGrid density_of(std::span<const double> x, std::span<const double> y);

/// The density above which a share of the whole lies.
[[nodiscard]] double level_holding(const DensityGrid& grid, double share);

/// Outlines of where the density is above `level`, straight between the points of the grid, dense side on the left: x
/// and y, with a gap (NaN) between two.
struct Outlines {
    std::vector<double> x, y;
};
[[nodiscard]] Outlines outlines_of(const DensityGrid& grid, double level);

}  // namespace ism::explain
