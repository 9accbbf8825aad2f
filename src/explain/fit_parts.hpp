#pragma once
#include <string>
#include <vector>

#include <ism/explain/fit_report.hpp>

/// Pieces that the pictures of fits share.
namespace ism::explain {

/// Low and high end of an axis that shows 99.8 % of the values and all of `also`, with a little room; NaN where there
/// is no value. Values that are not finite (or, with log, not positive) do not count.
[[nodiscard]] PlotAxis value_axis(const std::string& name, const std::string& unit, bool log,
                                  const std::vector<double>& values, const std::vector<double>& also = {});

/// Counts of values in `bins` equal parts (of the logarithm, where the axis is one), as steps that a band or a line
/// draws: two places for each part.
[[nodiscard]] Series histogram(const std::vector<double>& values, const PlotAxis& axis, std::size_t bins);

/// A line across the panel from its foot to `top` at x.
[[nodiscard]] Series upright(double x, double top, const std::string& name, int colour, bool dashed = false);

}  // namespace ism::explain
