#include <ism/infer/sed_setup.hpp>

#include <cmath>

#include <ism/base/errors.hpp>
#include <ism/base/text.hpp>
#include <ism/base/units.hpp>
#include <ism/observe/band.hpp>
#include <ism/observe/flux_density.hpp>
#include <ism/observe/seen.hpp>

namespace ism::infer {
namespace {

constexpr double themis_dust_to_hydrogen =
    7.43e-3;  // sum of M/M_H of GRAIN_J13 (Ysard et al. 2015, doi:10.1051/0004-6361/201425523)

bool per_hydrogen(const std::string& unit) { return Unit(unit).dimensions()[8] != 0; }

bool is_limit(Measurement::Kind kind) {
    return kind == Measurement::Kind::upper_limit || kind == Measurement::Kind::lower_limit;
}

}  // namespace

std::optional<ErrorText> fault_of(double value, double error, Measurement::Kind kind) {
    const auto fault = [](const std::string& found, const std::string& allowed) {
        return ErrorText{.found = found, .allowed = allowed, .effect = "nothing was fitted"};
    };
    const bool limit = is_limit(kind);
    if (std::isnan(value)) return limit ? std::optional(fault("a limit without a value", "the limit")) : std::nullopt;
    if (std::isinf(value)) return fault("the flux is infinite", "a number, or nothing where it was not observed");
    if (kind == Measurement::Kind::missing || error == HUGE_VAL) return std::nullopt;
    if (limit && std::isnan(error)) {
        if (value > 0.0) return std::nullopt;
        return fault("a limit of " + to_text(value) + " without an error", "a positive limit");
    }
    if (std::isnan(error)) return fault("a flux without an error", "its standard deviation");
    if (!(error > 0.0)) return fault("the error is " + to_text(error), "a positive standard deviation");
    return std::nullopt;
}

Measurement measurement_of(double value, double error, Measurement::Kind kind) {
    if (const auto fault = fault_of(value, error, kind)) throw InputError(*fault);
    if (std::isnan(value) || kind == Measurement::Kind::missing || error == HUGE_VAL) return {};
    const bool bare = is_limit(kind) && std::isnan(error);
    return {.kind = kind, .value = value, .error = bare ? value / sigmas_of_a_limit : error};
}

Amount amount_for(const std::string& unit, const std::string& model_unit, bool distance_known, bool ratio_known) {
    if (Unit(unit).same_dimension(Unit(model_unit))) return Amount::none;
    if (observe::is_surface_brightness(unit)) return Amount::column_density;
    if (!distance_known)
        throw InputError(
            {.where = "fit",
             .found = "fluxes in " + unit + " and a model in " + model_unit + ", but no distance",
             .next = "--distance '3.2 Mpc' finds a mass; --amount scale finds hydrogen atoms over distance squared"});
    return ratio_known || !per_hydrogen(model_unit) ? Amount::dust_mass : Amount::hydrogen_mass;
}

double dust_to_hydrogen_of(const std::string& emulator) { return emulator == "themis" ? themis_dust_to_hydrogen : 0.0; }

double floor_of(const emulate::EmulatorRecord& record) {
    constexpr double rms_over_mean = 1.25;  // of a normal error
    return record.errors.empty() ? 0.0 : rms_over_mean * record.errors.front().mean;
}

ConvergenceBars bars_for(std::size_t sources) {
    ConvergenceBars bars;
    if (sources > 1) bars.bulk_ess = 200;
    return bars;
}

SedFitSetup setup_in_bands(const emulate::EmulatorRecord& record, const std::vector<std::string>& bands,
                           const std::vector<std::string>& units, observe::Convention convention) {
    SedFitSetup setup;
    setup.model =
        observe::seen_through(record, bands, emulate::Outside::nearest, convention);  // priors end at the edges
    const std::vector<std::string>& names = setup.model->info().axis.labels;
    if (units.size() != 1 && units.size() != names.size())
        throw InputError(
            {.where = "units of the fluxes",
             .found = std::to_string(units.size()) + " units for " + std::to_string(names.size()) + " bands",
             .allowed = "one for all, or one for each band"});
    const Axis& axis = setup.model->info().axis;  // its values are the reference wavelengths; lines have none
    const double micron = axis.values.empty() ? 1.0 : conversion_factor(axis.unit, "um");
    for (std::size_t b = 0; b < names.size(); ++b) {
        const std::vector<observe::Band> shipped = observe::bands_called(names[b]);
        const std::string instrument = shipped.empty() ? names[b] : shipped.front().instrument;  // a curve of one's own
        const double wavelength = axis.values.empty() ? std::nan("") : axis.values[b] * micron;
        setup.bands.push_back({names[b], instrument, wavelength, units.size() == 1 ? units.front() : units[b]});
    }
    return setup;
}

}  // namespace ism::infer
