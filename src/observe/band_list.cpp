#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <filesystem>

#include <observe/embedded_filters.hpp>

#include <ism/base/atomic_file.hpp>
#include <ism/base/errors.hpp>
#include <ism/base/text.hpp>
#include <ism/base/units.hpp>
#include <ism/observe/band.hpp>

namespace ism::observe {
namespace {

constexpr double wing_level = 1e-4;   // of the peak
constexpr double noise_level = 0.01;  // of the peak

std::string upper(std::string_view text) {
    std::string result(text);
    for (char& c : result) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return result;
}

Counter counter_of(std::string_view text) {
    if (text == "photon") return Counter::photon;
    if (text == "energy") return Counter::energy;
    throw InputError({.where = "counter '" + std::string(text) + "'", .allowed = "photon or energy"});
}

/// One table of data/filters: `band NAME COUNTER REFERENCE WAVELENGTH curve|rectangle POINTS`, then the points.
void read_filters(std::string_view text, const std::string& instrument, std::vector<Band>& bands) {
    std::string origin;
    for (const std::string_view line : lines(text)) {
        const auto part = words(line);
        if (line.starts_with("# Origin: ")) origin = line.substr(10);
        if (part.empty() || part[0].starts_with('#')) continue;
        if (part[0] != "band") {
            bands.back().wavelength.push_back(number_from(part.at(0)).value());
            bands.back().response.push_back(number_from(part.at(1)).value());
            continue;
        }
        bands.push_back({std::string(part.at(1)),
                         instrument,
                         counter_of(part.at(2)),
                         ReferenceSpectrum::parse(part.at(3)),
                         number_from(part.at(4)).value(),
                         {},
                         {},
                         part.at(5) == "rectangle",
                         origin});
    }
}

std::vector<Band> read_shipped() {
    std::vector<Band> bands;
    for (const char* instrument : {"2MASS", "IRAC", "IRS", "MIPS", "WISE", "IRAS", "AKARI", "ISOCAM", "MSX", "PACS",
                                   "SPIRE", "PLANCK", "SCUBA", "SCUBA2", "LABOCA", "NIKA2", "HAWC", "NIRCAM", "MIRI"}) {
        std::string file(instrument);
        for (char& c : file) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        read_filters(embedded_filters(file + ".dat"), instrument, bands);
    }
    for (const Band& band : bands) check(band);
    return bands;
}

[[noreturn]] void refuse_band(const std::string& name) {
    std::vector<std::string> names;
    for (const Band& band : shipped_bands()) {
        names.push_back(band.name);
        if (std::find(names.begin(), names.end(), band.instrument) == names.end()) names.push_back(band.instrument);
    }
    const std::string near = did_you_mean(upper(name), names);
    throw InputError({.where = "band '" + name + "'",
                      .found = "there is no such band, instrument or file" + (near.empty() ? "" : "; " + near),
                      .next = "ismulate photometry --list shows all of them"});
}

/// What the comments of a user's curve say.
struct Remarks {
    std::string unit = "um";
    Counter counter = Counter::photon;
    ReferenceSpectrum reference{};
    double wavelength = 0.0;  // 0: the pivot
};

void read_remark(std::string_view comment, const std::string& place, Remarks& remarks) {
    const std::size_t colon = comment.find(':');
    if (colon == std::string_view::npos) return;
    const std::string_view key = trimmed(comment.substr(0, colon)), value = trimmed(comment.substr(colon + 1));
    try {
        if (key == "unit") {
            (void)conversion_factor(value, "um");
            remarks.unit = value;
        } else if (key == "counter") {
            remarks.counter = counter_of(value);
        } else if (key == "reference") {
            remarks.reference = ReferenceSpectrum::parse(value);
        } else if (key == "wavelength") {
            remarks.wavelength = number_from(value).value_or(0.0);
            if (!(remarks.wavelength > 0.0))
                throw InputError({.where = "wavelength '" + std::string(value) + "'", .allowed = "a positive number"});
        }
    } catch (const InputError& error) {
        throw InputError(ErrorText{.where = place, .found = error.what()});
    }
}

/// Noise about zero is part of measured curves; more is a mistake.
void refuse_negative(const Band& band, const std::string& path) {
    if (band.response.empty()) return;
    const auto [least, most] = std::minmax_element(band.response.begin(), band.response.end());
    if (*least >= -noise_level * *most) return;
    throw InputError({.where = path,
                      .found = "a response of " + to_text(*least),
                      .allowed = "0 or more (noise down to -" + to_text(noise_level) + " of the peak is taken as 0)"});
}

void silence_wings(Band& band) {
    if (band.response.empty()) return;
    const double peak = *std::max_element(band.response.begin(), band.response.end());
    for (double& value : band.response) {
        if (value < wing_level * peak) value = 0.0;
    }
}

}  // namespace

std::span<const Band> shipped_bands() {
    static const std::vector<Band> bands = read_shipped();
    return bands;
}

std::vector<Band> bands_called(const std::string& name) {
    std::vector<Band> found;
    for (const Band& band : shipped_bands()) {
        if (band.name == upper(name)) return {band};
        if (band.instrument == upper(name)) found.push_back(band);
    }
    return found;
}

std::vector<Band> shipped_bands_on(std::span<const double> wavelengths) {
    std::vector<Band> bands;
    for (const Band& band : shipped_bands()) {
        if (!wavelengths.empty() && band.wavelength.front() >= wavelengths.front() &&
            band.wavelength.back() <= wavelengths.back())
            bands.push_back(band);
    }
    return bands;
}

std::vector<Band> bands_within(std::span<const double> wavelengths) {
    std::vector<Band> bands = shipped_bands_on(wavelengths);
    if (bands.empty())
        throw InputError({.where = "photometry", .found = "no band lies on the wavelengths of the spectrum"});
    return bands;
}

std::vector<Band> find_bands(const std::vector<std::string>& names) {
    std::vector<Band> bands;
    for (const std::string& name : names) {
        std::vector<Band> found = bands_called(name);
        std::error_code ignored;
        if (found.empty() && std::filesystem::exists(name, ignored)) found.push_back(read_band(name));
        if (found.empty()) refuse_band(name);
        for (Band& band : found) {
            if (std::any_of(bands.begin(), bands.end(), [&](const Band& other) { return other.name == band.name; }))
                throw InputError({.where = "band '" + name + "'", .found = band.name + " is asked for twice"});
            bands.push_back(std::move(band));
        }
    }
    if (bands.empty())
        throw InputError(
            {.where = "--bands", .found = "no band", .allowed = "names, as of ismulate photometry --list"});
    return bands;
}

Band read_band(const std::string& path) { return parse_band(read_whole(path), path); }

Band parse_band(std::string_view text, const std::string& path) {
    Band band;
    band.name = std::filesystem::path(path).stem().string();
    band.instrument = band.name;
    band.origin = path;
    Remarks remarks;
    std::size_t number = 0;
    for (const std::string_view line : lines(text)) {
        const std::string place = path + ":" + std::to_string(++number);
        const std::size_t hash = std::min(line.find('#'), line.size());
        if (hash < line.size()) read_remark(line.substr(hash + 1), place, remarks);
        const auto part = words(line.substr(0, hash));
        if (part.empty()) continue;
        const auto wavelength = number_from(part[0]), response = part.size() == 2 ? number_from(part[1]) : std::nullopt;
        if (!wavelength || !response)
            throw InputError({.where = place,
                              .found = "'" + valid_utf8(trimmed(line)) + "'",
                              .allowed = "two numbers: wavelength and response"});
        band.wavelength.push_back(*wavelength);
        band.response.push_back(*response);
        if (!std::isfinite(*response))
            throw InputError(
                {.where = place, .found = "response " + std::string(part[1]), .allowed = "a finite number"});
    }
    if (band.wavelength.size() >= 2 && band.wavelength.front() > band.wavelength.back()) {
        std::reverse(band.wavelength.begin(), band.wavelength.end());
        std::reverse(band.response.begin(), band.response.end());
    }
    const double factor = conversion_factor(remarks.unit, "um");
    for (double& wavelength : band.wavelength) wavelength *= factor;
    band.counter = remarks.counter;
    band.reference = remarks.reference;
    band.reference_wavelength = 1.0;
    refuse_negative(band, path);
    silence_wings(band);
    check(band);
    band.reference_wavelength = remarks.wavelength > 0.0 ? remarks.wavelength * factor : band.pivot_wavelength();
    check(band);
    if (!(band.reference_wavelength >= band.wavelength.front() && band.reference_wavelength <= band.wavelength.back()))
        throw InputError({.where = path + ": wavelength",
                          .found = to_text(band.reference_wavelength) + " um lies outside the curve",
                          .allowed = to_text(band.wavelength.front()) + " .. " + to_text(band.wavelength.back()) +
                                     " um; it is given in the unit of the curve"});
    return band;
}

}  // namespace ism::observe
