#pragma once
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include <ism/base/provenance.hpp>
#include <ism/observe/photometry.hpp>

namespace ism::app {

/// Adds --bands, a list of names separated by commas, and --convention, which may start empty.
void add_bands_options(CLI::App& command, std::string& bands, std::string& convention);
/// The names of such a list.
[[nodiscard]] std::vector<std::string> names_in(const std::string& list);
/// The bands of such a list; throws what find_bands throws.
[[nodiscard]] std::vector<observe::Band> bands_from(const std::string& list);
/// "instrument", which nothing means too, or "ab".
[[nodiscard]] observe::Convention convention_of(const std::string& word);
/// Says through which bands and in which convention something was seen: their names, or the files of their curves with
/// checksums, so that bands_from reads the list again.
void add_bands(Provenance& provenance, const std::vector<observe::Band>& bands, const std::string& convention);

}  // namespace ism::app
