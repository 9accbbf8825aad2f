#include "fit_setup.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include <CLI/CLI.hpp>

#include <ism/base/errors.hpp>
#include <ism/base/text.hpp>
#include <ism/base/units.hpp>
#include <ism/emulate/emulator.hpp>
#include <ism/observe/flux_density.hpp>
#include <ism/observe/photometry.hpp>

#include "arguments.hpp"
#include "bands_option.hpp"
#include "fit_priors.hpp"

namespace ism::app {
namespace {

constexpr double themis_dust_to_hydrogen =
    7.43e-3;  // sum of M/M_H of GRAIN_J13 (Ysard et al. 2015, doi:10.1051/0004-6361/201425523)

/// What can be found from data in these units.
infer::Amount amount_for(const FitSetupOptions& options, const ModelInfo& info, const std::string& unit,
                         bool ratio_known) {
    if (!options.amount.empty()) return infer::amount_from_string(options.amount);
    if (Unit(unit).same_dimension(Unit(info.output_unit))) return infer::Amount::none;
    if (observe::is_surface_brightness(unit)) return infer::Amount::column_density;
    if (options.distance.empty())
        throw InputError(
            {.where = "fit",
             .found = "fluxes in " + unit + " and a model in " + info.output_unit + ", but no distance",
             .next = "--distance '3.2 Mpc' finds a mass; --amount scale finds hydrogen atoms over distance squared"});
    return ratio_known ? infer::Amount::dust_mass : infer::Amount::hydrogen_mass;
}

double floor_of(const FitSetupOptions& options, const emulate::EmulatorRecord& record) {
    constexpr double rms_over_mean = 1.25;  // of a normal error
    if (options.floor == "auto") return record.errors.empty() ? 0.0 : rms_over_mean * record.errors.front().mean;
    const auto value = number_from(options.floor);
    if (!value || !(*value >= 0.0 && *value < 1.0))
        throw InputError({.where = "--floor " + options.floor, .allowed = "auto, or a relative error of 0 .. 1"});
    return *value;
}

}  // namespace

double distance_of(const std::string& text) {
    if (text.empty()) return 0.0;
    const auto parts = words(text);
    const auto value = parts.size() == 2 ? number_from(parts[0]) : std::nullopt;
    if (!value || !(*value > 0.0) || !std::isfinite(*value))
        throw InputError({.where = "--distance '" + text + "'", .allowed = "a number and a unit: '3.2 Mpc'"});
    return *value * conversion_factor(parts[1], "cm");
}

Seen::Seen(emulate::EmulatorRecord record) : record_(std::move(record)) {
    const Axis& axis = record_.info.axis;
    if (axis.kind == "band") {
        names_ = axis.labels;
    } else {
        for (const observe::Band& band : bands_within(observe::wavelengths_of(record_.info)))
            names_.push_back(band.name);
    }
}

std::shared_ptr<const Model> Seen::through(const std::vector<std::string>& bands) const {
    const emulate::EmulatorOptions options{.outside = emulate::Outside::nearest};  // priors end at the edges
    if (record_.info.axis.kind != "band")
        return std::make_shared<observe::BandModel>(std::make_shared<emulate::Emulator>(record_, options),
                                                    observe::find_bands(bands));
    std::vector<std::size_t> outputs;
    for (const std::string& band : bands)
        outputs.push_back(static_cast<std::size_t>(std::find(names_.begin(), names_.end(), band) - names_.begin()));
    return std::make_shared<emulate::Emulator>(emulate::with_outputs(record_, outputs), options);
}

infer::SedFit make_fit(const FitSetupOptions& options, const Seen& seen, const std::vector<std::string>& names,
                       const std::vector<std::string>& units) {
    infer::SedFitSetup setup;
    setup.model = seen.through(names);
    const std::vector<observe::Band> bands = observe::find_bands(names);
    for (std::size_t b = 0; b < bands.size(); ++b)
        setup.bands.push_back({names[b], bands[b].instrument, bands[b].reference_wavelength, units[b]});
    setup.distance = distance_of(options.distance);
    setup.dust_to_hydrogen = options.dust_to_hydrogen > 0.0 ? options.dust_to_hydrogen
                             : options.emulator == "themis" ? themis_dust_to_hydrogen
                                                            : 0.0;
    const bool per_gram = Unit(setup.model->info().output_unit).dimensions()[8] == 0;
    setup.amount = amount_for(options, setup.model->info(), units.front(), per_gram || setup.dust_to_hydrogen > 0.0);
    if (!options.priors.empty()) setup.priors = read_priors(options.priors);
    add_choices(parse_parameters(options.parameters, unit_in(setup.model->info())), setup.model->info(), setup.priors);
    setup.calibration = parse_calibration(options.calibration);
    setup.floor = floor_of(options, seen.record());
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
        .add_option("--amount", options.amount,
                    "what scales the model: dust_mass, hydrogen_mass, column_density, scale or none (default: what the "
                    "units ask for)")
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
