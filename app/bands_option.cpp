#include "bands_option.hpp"

#include <filesystem>

#include <ism/base/atomic_file.hpp>
#include <ism/base/sha256.hpp>
#include <ism/base/text.hpp>

namespace ism::app {

void add_bands_options(CLI::App& command, std::string& bands, std::string& convention) {
    command
        .add_option(
            "--bands", bands,
            "names of bands or instruments, or files with a curve (wavelength [um] and response), separated by commas")
        ->type_name("NAME,...");
    CLI::Option* option =
        command
            .add_option("--convention", convention,
                        "how fluxes are quoted: as each instrument does, or photon-weighted means of F_nu (AB)")
            ->check(CLI::IsMember({"instrument", "ab"}));
    if (!convention.empty()) option->capture_default_str();
}

std::vector<std::string> names_in(const std::string& list) {
    std::vector<std::string> names;
    for (const std::string_view name : split(list, ',')) {
        if (!trimmed(name).empty()) names.emplace_back(trimmed(name));
    }
    return names;
}

std::vector<observe::Band> bands_from(const std::string& list) { return observe::find_bands(names_in(list)); }

observe::Convention convention_of(const std::string& word) {
    return word.empty() ? observe::Convention::instrument : observe::convention_from_string(word);
}

void add_bands(Provenance& provenance, const std::vector<observe::Band>& bands, const std::string& convention) {
    std::string list;
    for (const observe::Band& band : bands) {
        std::error_code ignored;
        const bool file = std::filesystem::is_regular_file(band.origin, ignored);
        list += (list.empty() ? "" : ",") + (file ? band.origin : band.name);
        if (file) provenance.inputs.emplace_back(band.origin, sha256(read_whole(band.origin)));
    }
    provenance.settings.emplace_back("bands", list);
    provenance.settings.emplace_back("convention", convention);
}

}  // namespace ism::app
