#include "fit_setup.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include <CLI/CLI.hpp>

#include <ism/base/atomic_file.hpp>
#include <ism/base/errors.hpp>
#include <ism/base/sha256.hpp>
#include <ism/base/text.hpp>
#include <ism/base/units.hpp>
#include <ism/infer/radiation_mixture.hpp>
#include <ism/infer/sed_setup.hpp>
#include <ism/observe/band.hpp>
#include <ism/observe/seen.hpp>

#include "arguments.hpp"
#include "fit_priors.hpp"

namespace ism::app {
namespace {

double floor_of(const FitSetupOptions& options, const emulate::EmulatorRecord& record) {
    if (options.floor == "auto") return infer::floor_of(record);
    const auto value = number_from(options.floor);
    if (!value || !(*value >= 0.0 && *value < 1.0))
        throw InputError({.where = "--floor " + options.floor,
                          .found = "no number of that range",
                          .allowed = "auto, or a relative error of 0 .. 1"});
    return *value;
}

}  // namespace

double distance_of(const std::string& text) {
    if (text.empty()) return 0.0;
    const auto parts = words(text);
    const auto value = parts.size() == 2 ? number_from(parts[0]) : std::nullopt;
    if (!value || !(*value > 0.0) || !std::isfinite(*value))
        throw InputError({.where = "--distance '" + text + "'",
                          .found = parts.size() == 2 ? "no positive number" : "not a number, a space and a unit",
                          .allowed = "'3.2 Mpc'"});
    return *value * conversion_factor(parts[1], "cm");
}

Seen::Seen(emulate::EmulatorRecord record, const std::vector<std::string>& curves)
    : record_(std::move(record)), names_(observe::bands_of(record_)), sum_(sha256(emulate::to_bytes(record_))) {
    for (const std::string& file : curves) {
        if (is_named(record_.info.axis))
            throw InputError({.where = "--curves " + file,
                              .found = "'" + record_.info.name + "' knows fluxes in bands and no spectra",
                              .effect = "nothing was fitted",
                              .next = "ismulate train --bands learns one that knows this band"});
        const observe::Band band = observe::read_band(file);
        if (std::find(names_.begin(), names_.end(), band.name) != names_.end())
            throw InputError({.where = "--curves " + file,
                              .found = "a band is called " + band.name + " already",
                              .effect = "nothing was fitted",
                              .next = "give the file another name"});
        names_.push_back(band.name);
        files_[band.name] = file;
        sum_ += " " + sha256(read_whole(file));
    }
}

bool Seen::are_lines() const noexcept { return record_.info.axis.kind != "band" && is_named(record_.info.axis); }

std::vector<std::string> Seen::sources_of(std::vector<std::string> names) const {
    for (std::string& name : names) {
        if (const auto file = files_.find(name); file != files_.end()) name = file->second;
    }
    return names;
}

infer::SedFit make_fit(const FitSetupOptions& options, const Seen& seen, const std::vector<std::string>& names,
                       const std::vector<std::string>& units) {
    infer::SedFitSetup setup = infer::setup_in_bands(seen.record(), seen.sources_of(names), units);
    const infer::FieldDistribution fields = infer::distribution_from_string(options.fields);
    if (fields != infer::FieldDistribution::single)
        setup.model = std::make_shared<infer::RadiationMixture>(setup.model, fields);
    setup.distance = distance_of(options.distance);
    setup.dust_to_hydrogen =
        options.dust_to_hydrogen > 0.0 ? options.dust_to_hydrogen : infer::dust_to_hydrogen_of(seen.record().info.name);
    if (!options.amount.empty())
        setup.amount = infer::amount_from_string(options.amount);
    else if (!seen.are_lines())  // whose unit is that of the data
        setup.amount = infer::amount_for(units.front(), setup.model->info().output_unit, setup.distance > 0.0,
                                         setup.dust_to_hydrogen > 0.0);
    if (!options.priors.empty()) setup.priors = read_priors(options.priors);
    add_choices(parse_parameters(options.parameters, unit_in(setup.model->info())), setup.model->info(), setup.priors);
    setup.calibration = parse_calibration(options.calibration);
    setup.floor = floor_of(options, seen.record());
    add_multiplicative(options.multiplicative, setup.bands);
    return infer::SedFit(std::move(setup));
}

void add_fit_setup_options(CLI::App& command, FitSetupOptions& options) {
    command
        .add_option("-p", options.parameters,
                    "NAME=VALUE fixes a parameter, NAME=LOW:HIGH makes its prior flat there; may be repeated")
        ->type_name("NAME=VALUE|LOW:HIGH")
        ->allow_extra_args(false);
    command
        .add_option("--priors", options.priors,
                    "a TOML file: [U] shape = \"log-normal\", median, width ... (docs/fit.md)")
        ->type_name("FILE");
    command.add_option("--distance", options.distance, "of the source, with its unit: a mass is found")
        ->type_name("'VALUE UNIT'");
    command
        .add_option("--curves", options.curves,
                    "files with curves of further bands (wavelength [um] and response), called as the files are")
        ->delimiter(',')
        ->type_name("FILE,...");
    command
        .add_option("--fields", options.fields,
                    "how the dust is spread over radiation fields: single, power-law (alpha; Dale & Helou 2002) or "
                    "delta-power-law (U_min, alpha, gamma; Draine & Li 2007)")
        ->check(CLI::IsMember({"single", "power-law", "delta-power-law"}))
        ->capture_default_str();
    command
        .add_option(
            "--amount", options.amount,
            "what scales the model: dust_mass, hydrogen_mass, column_density, scale, factor (a pure number: filling "
            "of the beam) or none (default: what the units ask for)")
        ->type_name("WORD");
    command
        .add_option("--dust-to-hydrogen", options.dust_to_hydrogen,
                    "mass ratio of the dust model (default for themis: 0.00743)")
        ->check(CLI::Range(1e-9, 1.0));
    command
        .add_option("--calibration", options.calibration,
                    "relative calibration errors, shared by the bands of an instrument: PACS=0.05,...")
        ->type_name("LIST");
    command
        .add_option("--floor", options.floor, "relative error of the emulator: auto (from its error table) or a number")
        ->capture_default_str();
}

}  // namespace ism::app
