// Fits of the compiled half: many sources in one call, on all cores.
#include <cmath>
#include <limits>

#include <nanobind/stl/map.h>
#include <nanobind/stl/pair.h>

#include <ism/base/errors.hpp>
#include <ism/base/parallel.hpp>
#include <ism/base/provenance.hpp>
#include <ism/base/text.hpp>
#include <ism/infer/sed_setup.hpp>
#include <ism/io/inference_data.hpp>

#include "core.hpp"

namespace ism::python {
namespace {

using infer::Measurement;
using Kinds = nb::ndarray<const std::uint8_t, nb::ndim<2>, nb::c_contig, nb::device::cpu>;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double shown_quantiles[] = {0.5, 0.16, 0.84, 0.025, 0.975};

/// Shape and up to four numbers: (value), (low, high), (mean or median, width, low, high).
infer::Prior prior_from(const std::string& shape, const std::vector<double>& x) {
    if (shape == "fixed") return infer::Prior::fixed(x.at(0));
    if (shape == "uniform") return infer::Prior::uniform(x.at(0), x.at(1));
    if (shape == "log-uniform") return infer::Prior::log_uniform(x.at(0), x.at(1));
    if (shape == "normal") return infer::Prior::normal(x.at(0), x.at(1), x.at(2), x.at(3));
    if (shape == "log-normal") return infer::Prior::log_normal(x.at(0), x.at(1), x.at(2), x.at(3));
    throw InputError({.where = "priors",
                      .found = "shape '" + shape + "'",
                      .allowed = "uniform, log-uniform, normal, log-normal or fixed"});
}

/// A fit of sources in bands: everything but the data. `amount` "" is what the units ask for, a negative `floor` the
/// emulator's own error.
class Fit {
public:
    Fit(const Emulator& emulator, const std::vector<std::string>& bands, const std::vector<std::string>& units,
        const nb::dict& priors, const std::string& amount, double distance, double dust_to_hydrogen,
        const std::map<std::string, double>& calibration, double floor,
        const std::map<std::string, double>& multiplicative)
        : fit_(setup_of(emulator, bands, units, priors, amount, distance, dust_to_hydrogen, calibration, floor,
                        multiplicative)) {}

    [[nodiscard]] nb::dict describe() const {
        nb::list coordinates, bands;
        for (const infer::Coordinate& one : fit_.coordinates())
            coordinates.append(nb::make_tuple(one.name, one.unit, one.prior.str()));
        for (const infer::FluxBand& band : fit_.setup().bands)
            bands.append(nb::make_tuple(band.name, band.instrument, band.wavelength, band.unit));
        nb::dict told;
        told["coordinates"] = coordinates;
        told["bands"] = bands;
        told["amount"] = infer::to_string(fit_.setup().amount);
        told["dust_to_hydrogen"] = fit_.setup().dust_to_hydrogen;
        told["floor"] = fit_.setup().floor;
        return told;
    }

    /// A dict for each source; `kinds` are those of Measurement, and the seed of source i is seed + first + i.
    [[nodiscard]] nb::list run(const Points& values, const Points& errors, const Kinds& kinds,
                               const std::string& sampler, std::size_t chains, std::size_t warmup, std::size_t draws,
                               std::uint64_t seed, std::size_t first, std::size_t sources, bool keep) const {
        infer::SedFitOptions options;
        options.sampler = infer::sampler_from_string(sampler);
        options.chains = chains;
        options.warmup = warmup;
        options.draws = draws;
        options.bars = infer::bars_for(sources);
        const auto data = measurements(values, errors, kinds, first);
        std::vector<Outcome> outcomes(data.size());
        {
            const nb::gil_scoped_release others_may_run;
            parallel_for(data.size(), [&](std::size_t i) {
                infer::SedFitOptions own = options;
                own.seed = seed + first + i;
                outcomes[i] = fitted(data[i], own, keep);
            });
        }
        nb::list told;
        for (const Outcome& outcome : outcomes) told.append(dict_of(outcome));
        return told;
    }

private:
    /// What is kept of one source.
    struct Outcome {
        infer::SedFitResult result{};
        std::vector<double> quantiles{};  // (D x 5)
        std::string remark{};
        int status = 2;  // 0 converged, 1 not converged, 2 no data, 3 failed
    };

    static infer::SedFitSetup setup_of(const Emulator& emulator, const std::vector<std::string>& bands,
                                       const std::vector<std::string>& units, const nb::dict& priors,
                                       const std::string& amount, double distance, double dust_to_hydrogen,
                                       const std::map<std::string, double>& calibration, double floor,
                                       const std::map<std::string, double>& multiplicative) {
        const emulate::EmulatorRecord& record = emulator.record();
        infer::SedFitSetup setup =
            infer::setup_in_bands(record, bands.empty() ? observe::bands_of(record) : bands, units,
                                  observe::convention_from_string(emulator.view().convention));
        setup.distance = distance;
        setup.dust_to_hydrogen =
            dust_to_hydrogen > 0.0 ? dust_to_hydrogen : infer::dust_to_hydrogen_of(record.info.name);
        setup.amount = amount.empty() ? infer::amount_for(units.front(), record.info.output_unit, distance > 0.0,
                                                          setup.dust_to_hydrogen > 0.0)
                                      : infer::amount_from_string(amount);
        for (const auto [name, given] : priors) {
            const auto [shape, x] = nb::cast<std::pair<std::string, std::vector<double>>>(given);
            setup.priors.emplace(nb::cast<std::string>(name), prior_from(shape, x));
        }
        setup.calibration = calibration;
        setup.floor = floor < 0.0 ? infer::floor_of(record) : floor;
        for (const auto& [name, s] : multiplicative) set_multiplicative(setup.bands, name, s);
        return setup;
    }

    /// Of one line, or of all where the name is empty.
    static void set_multiplicative(std::vector<infer::FluxBand>& lines, const std::string& name, double s) {
        std::vector<std::string> names;
        bool known = false;
        for (infer::FluxBand& line : lines) {
            names.push_back(line.name);
            if (!name.empty() && line.name != name) continue;
            line.multiplicative = s;
            known = true;
        }
        if (!known)
            refuse_name(name, names,
                        {.where = "multiplicative",
                         .found = "'" + name + "' is no line of the fit",
                         .effect = "nothing was fitted"});
    }

    [[nodiscard]] std::vector<std::vector<Measurement>> measurements(const Points& values, const Points& errors,
                                                                     const Kinds& kinds, std::size_t first) const {
        const std::size_t count = values.shape(0), bands = fit_.setup().bands.size();
        for (const auto& [rows, columns] :
             {std::pair{values.shape(0), values.shape(1)}, std::pair{errors.shape(0), errors.shape(1)},
              std::pair{kinds.shape(0), kinds.shape(1)}}) {
            if (rows == count && columns == bands) continue;
            throw InputError(
                {.where = "fluxes, errors and limits",
                 .found = "an array of " + std::to_string(rows) + " x " + std::to_string(columns),
                 .allowed = "one value for each source and each of the " + std::to_string(bands) + " bands",
                 .effect = "nothing was fitted"});
        }
        std::vector<std::vector<Measurement>> all(count);
        for (std::size_t i = 0; i < count; ++i) {
            for (std::size_t b = 0; b < bands; ++b) {
                const std::size_t k = i * bands + b;
                const double value = values.data()[k], error = errors.data()[k];
                const auto kind = static_cast<Measurement::Kind>(kinds.data()[k]);
                if (auto fault = infer::fault_of(value, error, kind)) {
                    fault->where = fit_.setup().bands[b].name + " of source number " + std::to_string(first + i);
                    throw InputError(*fault);
                }
                all[i].push_back(infer::measurement_of(value, error, kind));
            }
        }
        return all;
    }

    /// One source; what goes wrong with its numbers becomes its status.
    [[nodiscard]] Outcome fitted(const std::vector<Measurement>& data, const infer::SedFitOptions& options,
                                 bool keep) const {
        Outcome outcome;
        if (std::all_of(data.begin(), data.end(),
                        [](const Measurement& one) { return one.kind == Measurement::Kind::missing; })) {
            outcome.remark = "no band was observed";
            return outcome;
        }
        try {
            outcome.result = fit_.fit(data, options);
        } catch (const NumericalError& error) {
            outcome.status = 3;
            outcome.remark = error.what();
            return outcome;
        }
        infer::Posterior& posterior = outcome.result.posterior;
        outcome.status = posterior.length == 0 || posterior.verdict.converged ? 0 : 1;
        for (const std::string& reason : posterior.verdict.reasons)
            outcome.remark += (outcome.remark.empty() ? "" : "; ") + reason;
        for (std::size_t d = 0; posterior.length > 0 && d < posterior.dimension(); ++d) {
            std::vector<double> draws = posterior.of(d);
            std::sort(draws.begin(), draws.end());
            for (const double p : shown_quantiles) outcome.quantiles.push_back(infer::sorted_quantile(draws, p));
        }
        posterior.statistics = {};
        if (!keep) posterior.draws = posterior.log_density = {};
        return outcome;
    }

    [[nodiscard]] nb::dict dict_of(const Outcome& outcome) const {
        const std::size_t d = fit_.coordinates().size(), m = fit_.setup().bands.size();
        const infer::SedFitResult& result = outcome.result;
        const infer::Posterior& posterior = result.posterior;
        const auto or_nan = [](const std::vector<double>& values, std::size_t count) {
            return numbers(values.empty() ? std::vector<double>(count, nan) : values, {count});
        };
        std::vector<double> r_hat, bulk_ess, tail_ess;
        for (const infer::Diagnostics& one : posterior.diagnostics) {
            r_hat.push_back(one.r_hat);
            bulk_ess.push_back(one.bulk_ess);
            tail_ess.push_back(one.tail_ess);
        }
        nb::dict told;
        told["status"] = outcome.status;
        told["remark"] = outcome.remark;
        told["quantiles"] =
            numbers(outcome.quantiles.empty() ? std::vector<double>(d * 5, nan) : outcome.quantiles, {d, 5});
        told["best"] = or_nan(result.best, d);
        told["log_likelihood"] = result.best.empty() ? nan : result.best_log_likelihood;
        told["log_evidence"] = posterior.log_evidence;
        told["log_evidence_error"] = posterior.log_evidence_error;
        told["p_chi2"] = result.best.empty() ? nan : result.p_chi2;
        told["optima"] = result.optima.size();
        told["r_hat"] = or_nan(r_hat, d);
        told["bulk_ess"] = or_nan(bulk_ess, d);
        told["tail_ess"] = or_nan(tail_ess, d);
        told["best_fluxes"] = or_nan(result.best_fluxes, m);
        told["flux_median"] = or_nan(result.flux_median, m);
        told["flux_low"] = or_nan(result.flux_low, m);
        told["flux_high"] = or_nan(result.flux_high, m);
        told["predictive_p"] = or_nan(result.predictive_p, m);
        if (posterior.draws.empty()) {
            told["draws"] = told["log_density"] = nb::none();
        } else {
            told["draws"] = numbers(posterior.draws, {posterior.chains, posterior.length, posterior.dimension()});
            told["log_density"] = numbers(posterior.log_density, {posterior.chains, posterior.length});
        }
        return told;
    }

    infer::SedFit fit_;
};

/// Groups are (name, [(dimension, length, labels)], [(variable, dimensions, values, unit, help)]).
void write_inference_data(const std::string& path, const nb::list& groups, const std::string& provenance) {
    std::vector<io::NetcdfGroup> all;
    for (const nb::handle group : groups) {
        io::NetcdfGroup one;
        one.name = nb::cast<std::string>(group[0]);
        for (const nb::handle dimension : group[1])
            one.dimensions.push_back({nb::cast<std::string>(dimension[0]), nb::cast<std::size_t>(dimension[1]),
                                      nb::cast<std::vector<std::string>>(dimension[2])});
        for (const nb::handle variable : group[2])
            one.variables.push_back({nb::cast<std::string>(variable[0]),
                                     nb::cast<std::vector<std::string>>(variable[1]),
                                     nb::cast<std::vector<double>>(variable[2]), nb::cast<std::string>(variable[3]),
                                     nb::cast<std::string>(variable[4])});
        all.push_back(std::move(one));
    }
    io::write_inference_data(
        path, all,
        {{"inference_library", "ismulate"}, {"inference_library_version", version()}, {"provenance", provenance}});
}

}  // namespace

void add_fit(nb::module_& m) {
    nb::class_<Fit>(m, "Fit")
        .def(nb::init<const Emulator&, const std::vector<std::string>&, const std::vector<std::string>&,
                      const nb::dict&, const std::string&, double, double, const std::map<std::string, double>&, double,
                      const std::map<std::string, double>&>(),
             nb::arg("emulator"), nb::arg("bands"), nb::arg("units"), nb::arg("priors"), nb::arg("amount"),
             nb::arg("distance"), nb::arg("dust_to_hydrogen"), nb::arg("calibration"), nb::arg("floor"),
             nb::arg("multiplicative"))
        .def("describe", &Fit::describe)
        .def("run", &Fit::run, nb::arg("values").noconvert(), nb::arg("errors").noconvert(),
             nb::arg("kinds").noconvert(), nb::arg("sampler"), nb::arg("chains"), nb::arg("warmup"), nb::arg("draws"),
             nb::arg("seed"), nb::arg("first"), nb::arg("sources"), nb::arg("keep"));
    m.def("write_inference_data", &write_inference_data, nb::arg("path"), nb::arg("groups"), nb::arg("provenance"));
}

}  // namespace ism::python
