#pragma once
#include <string>

#include <CLI/CLI.hpp>

#include <ism/base/dataset.hpp>

namespace ism::app {

/// Which outputs of a dataset are used, and from which value down they are limits; as it was typed.
struct OutputChoice {
    std::string globs;   ///< empty: all
    double floor = 0.0;  ///< 0: none
};

/// Adds --outputs.
void add_outputs_option(CLI::App& command, std::string& globs);
/// Adds --outputs and --floor.
void add_output_choice(CLI::App& command, OutputChoice& choice);
/// The outputs that were chosen, those at the floor as limits; throws what chosen_outputs throws.
[[nodiscard]] Dataset chosen(Dataset dataset, const OutputChoice& choice);

}  // namespace ism::app
