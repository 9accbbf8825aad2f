#include "fit_backward.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <ism/base/errors.hpp>
#include <ism/observe/band.hpp>
#include <ism/observe/flux_density.hpp>

namespace ism::app {
namespace {

using infer::Measurement;

void refuse_forward_options(const FitSetupOptions& options) {
    const auto refuse = [](const char* option) {
        throw InputError({.where = option,
                          .found = "a network that is run backward has learned its priors and errors",
                          .effect = "nothing was computed",
                          .next = "leave it out, or learn another one: ismulate backward"});
    };
    if (!options.priors.empty()) refuse("--priors");
    if (!options.parameters.empty()) refuse("-p");
    if (!options.calibration.empty()) refuse("--calibration");
    if (!options.multiplicative.empty()) refuse("--multiplicative");
    if (!options.amount.empty()) refuse("--amount");
    if (options.floor != "auto") refuse("--floor");
    if (options.fields != "single") refuse("--fields");
}

/// Fluxes of one unit of the amount in the units of the data, one for each band that was observed.
std::vector<double> units_of(const FitSetupOptions& options, const infer::BackwardRecord& record,
                             const FitSources& sources) {
    const bool mass = record.amount == infer::Amount::dust_mass || record.amount == infer::Amount::hydrogen_mass;
    std::vector<infer::FluxBand> bands;
    for (std::size_t b = 0; b < sources.bands.size(); ++b) {
        if (mass && observe::is_surface_brightness(sources.units[b]))
            throw InputError({.where = sources.bands[b],
                              .found = "its unit is " + sources.units[b],
                              .allowed = "fluxes, Jy and the like: the network finds a " + to_string(record.amount),
                              .effect = "nothing was computed",
                              .next = "ismulate backward --amount column_density learns one for surface brightness"});
        const auto at = std::find(record.bands.begin(), record.bands.end(), sources.bands[b]) - record.bands.begin();
        const double wavelength = record.wavelengths[static_cast<std::size_t>(at)];
        bands.push_back({sources.bands[b], "", wavelength, sources.units[b]});
    }
    return infer::flux_units(record.model_unit, bands, record.amount, distance_of(options.distance),
                             options.dust_to_hydrogen > 0.0 ? options.dust_to_hydrogen : record.dust_to_hydrogen);
}

/// All sources (N x M) in the bands of the network and the units of its model; bands that were not observed are
/// missing.
std::vector<Measurement> in_network_order(const FitSources& sources, const infer::BackwardRecord& record,
                                          const std::vector<double>& units) {
    const std::size_t bands = record.bands.size();
    std::vector<Measurement> seen(sources.data.size() * bands);
    for (std::size_t b = 0; b < sources.bands.size(); ++b) {
        const auto at = static_cast<std::size_t>(std::find(record.bands.begin(), record.bands.end(), sources.bands[b]) -
                                                 record.bands.begin());
        for (std::size_t i = 0; i < sources.data.size(); ++i) {
            Measurement one = sources.data[i][b];
            one.value /= units[b];
            one.error /= units[b];
            seen[i * bands + at] = one;
        }
    }
    return seen;
}

bool is_empty(std::span<const Measurement> source) {
    return std::all_of(source.begin(), source.end(),
                       [](const Measurement& one) { return one.kind == Measurement::Kind::missing; });
}

}  // namespace

std::vector<io::Column> backward_columns(const FitSetupOptions& options, const infer::Backward& backward,
                                         const FitSources& sources) {
    refuse_forward_options(options);
    const infer::BackwardRecord& record = backward.record();
    const std::size_t bands = record.bands.size(), d = record.coordinates.size();
    std::vector<Measurement> all = in_network_order(sources, record, units_of(options, record, sources));
    std::vector<Measurement> seen;
    std::vector<std::size_t> rows;
    for (std::size_t i = 0; i < sources.data.size(); ++i) {
        const auto source = std::span(all).subspan(i * bands, bands);
        if (is_empty(source)) continue;
        seen.insert(seen.end(), source.begin(), source.end());
        rows.push_back(i);
    }
    const std::vector<infer::Estimate> estimates = backward.estimate(seen);
    struct Kind {
        const char *suffix, *help;
        double infer::Estimate::* member;
    };
    constexpr Kind kinds[] = {{"", "median, estimated by a network run backward", &infer::Estimate::median},
                              {"_lo", "16 % quantile", &infer::Estimate::low_68},
                              {"_hi", "84 % quantile", &infer::Estimate::high_68},
                              {"_lo95", "2.5 % quantile", &infer::Estimate::low_95},
                              {"_hi95", "97.5 % quantile", &infer::Estimate::high_95},
                              {"_mean", "mean on the scale of the prior", &infer::Estimate::mean}};
    std::vector<io::Column> columns;
    for (std::size_t k = 0; k < d; ++k) {
        for (const Kind& kind : kinds) {
            const infer::BackwardCoordinate& of = record.coordinates[k];
            io::Column column{of.name + kind.suffix, of.unit, kind.help, {}, {}};
            column.values.assign(sources.data.size(), std::numeric_limits<double>::quiet_NaN());
            for (std::size_t r = 0; r < rows.size(); ++r) column.values[rows[r]] = estimates[r * d + k].*kind.member;
            columns.push_back(std::move(column));
        }
    }
    io::Column outside{
        "outside", "", "numbers of the source that no source of the training had; trust where 0", {}, {}};
    outside.values.assign(sources.data.size(), std::numeric_limits<double>::quiet_NaN());
    const std::vector<std::size_t> counts = backward.outside(seen);
    for (std::size_t r = 0; r < rows.size(); ++r) outside.values[rows[r]] = static_cast<double>(counts[r]);
    columns.push_back(std::move(outside));
    return columns;
}

}  // namespace ism::app
