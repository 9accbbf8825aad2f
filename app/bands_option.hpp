#pragma once
#include <span>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include <ism/observe/photometry.hpp>

namespace ism::app {

/// Adds --bands, a list of names separated by commas.
void add_bands_option(CLI::App& command, std::string& bands);
/// The bands of such a list; throws what find_bands throws.
[[nodiscard]] std::vector<observe::Band> bands_from(const std::string& list);
/// The shipped bands that lie on the wavelengths [um]; throws InputError where there is none.
[[nodiscard]] std::vector<observe::Band> bands_within(std::span<const double> wavelengths);
/// "instrument" or "ab".
[[nodiscard]] observe::Convention convention_of(const std::string& word);

}  // namespace ism::app
