#pragma once
#include <span>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include <ism/base/provenance.hpp>
#include <ism/observe/photometry.hpp>

namespace ism::app {

/// Adds --bands, a list of names separated by commas, and --convention, which may start empty.
void add_bands_options(CLI::App& command, std::string& bands, std::string& convention);
/// The bands of such a list; throws what find_bands throws.
[[nodiscard]] std::vector<observe::Band> bands_from(const std::string& list);
/// The shipped bands that lie on the wavelengths [um]; throws InputError where there is none.
[[nodiscard]] std::vector<observe::Band> bands_within(std::span<const double> wavelengths);
/// "instrument" or "ab".
[[nodiscard]] observe::Convention convention_of(const std::string& word);
/// Says through which bands and in which convention something was seen: their names, or the files of their curves with
/// checksums, so that bands_from reads the list again.
void add_bands(Provenance& provenance, const std::vector<observe::Band>& bands, const std::string& convention);

}  // namespace ism::app
