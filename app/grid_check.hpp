#pragma once
#include <string>
#include <vector>

#include <ism/base/dataset.hpp>

#include "context.hpp"

namespace ism::app {

/// What a grid that methods are made from must not have, looked for before hours are spent on it.
///
/// Refused (InputError): two outputs of one name; two models at the same parameters that say different things (a mean
/// of both would hide that one is wrong); fewer than two models that are done; an output that has values in fewer than
/// ten models. Left out with a sentence to the user: identical copies of a model, outputs without any value. Said:
/// outputs that are constant, values that are not positive. Where a floor turned all values that were not positive into
/// limits
/// (`floor` > 0), a linear scale that was guessed from them becomes logarithmic.
[[nodiscard]] Dataset checked_grid(Dataset grid, const std::string& path, double floor, const Context& context);

/// Indices of the outputs of `data` that `grid` has, where checked_grid left some out; throws InputError where one is
/// missing.
[[nodiscard]] Dataset with_outputs_of(const Dataset& grid, Dataset data, const std::string& path);

}  // namespace ism::app
