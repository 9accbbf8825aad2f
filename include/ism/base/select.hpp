#pragma once
#include <string>
#include <vector>

#include <ism/base/dataset.hpp>

namespace ism {

/// Indices of the outputs whose labels are asked for: globs separated by commas, `!` excludes. "CO*,!*sm" are all that
/// begin with CO but do not end in sm; with exclusions alone, all others. In the order of the axis. Throws InputError
/// where the outputs have no labels, a glob fits none of them (the nearest labels are offered) or nothing is left.
[[nodiscard]] std::vector<std::size_t> chosen_outputs(const Axis& axis, const std::string& globs);

/// The outputs `indices` of a dataset, in that order.
[[nodiscard]] Dataset columns(const Dataset& dataset, const std::vector<std::size_t>& indices);

}  // namespace ism
