#pragma once
#include <ism/simulate/registry.hpp>

namespace ism::simulate::lines {

/// Molecular lines as the program offers them: settings in, LineModel out.
[[nodiscard]] Simulator lines_simulator();

}  // namespace ism::simulate::lines
