#pragma once
#include <vector>

#include <ism/infer/backward.hpp>
#include <ism/io/table.hpp>

#include "fit_setup.hpp"
#include "fit_sources.hpp"

namespace ism::app {

/// Estimates of a backward network for every source, as columns with a value for each: medians and the bounds of the 68
/// and 95 % intervals, called as those of a fit, and means. A source of which nothing was seen has NaN. Throws
/// InputError where an option is for forward fits only, or a band, a unit or a distance does not fit.
[[nodiscard]] std::vector<io::Column> backward_columns(const FitSetupOptions& options, const infer::Backward& backward,
                                                       const FitSources& sources);

}  // namespace ism::app
