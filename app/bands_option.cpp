#include "bands_option.hpp"

#include <ism/base/errors.hpp>
#include <ism/base/text.hpp>

namespace ism::app {

void add_bands_option(CLI::App& command, std::string& bands) {
    command
        .add_option(
            "--bands", bands,
            "names of bands or instruments, or files with a curve (wavelength [um] and response), separated by commas")
        ->type_name("NAME,...");
}

std::vector<observe::Band> bands_from(const std::string& list) {
    std::vector<std::string> names;
    for (const std::string_view name : split(list, ',')) {
        if (!trimmed(name).empty()) names.emplace_back(trimmed(name));
    }
    return observe::find_bands(names);
}

std::vector<observe::Band> bands_within(std::span<const double> wavelengths) {
    std::vector<observe::Band> bands;
    for (const observe::Band& band : observe::shipped_bands()) {
        if (!wavelengths.empty() && band.wavelength.front() >= wavelengths.front() &&
            band.wavelength.back() <= wavelengths.back())
            bands.push_back(band);
    }
    if (bands.empty())
        throw InputError({.where = "photometry", .found = "no band lies on the wavelengths of the spectrum"});
    return bands;
}

observe::Convention convention_of(const std::string& word) {
    return word == "ab" ? observe::Convention::ab : observe::Convention::instrument;
}

}  // namespace ism::app
