#include <ism/infer/sed_fit.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>

#include <ism/base/constants.hpp>
#include <ism/base/errors.hpp>
#include <ism/base/text.hpp>
#include <ism/base/units.hpp>
#include <ism/infer/normal.hpp>
#include <ism/infer/predictive.hpp>
#include <ism/observe/flux_density.hpp>

namespace ism::infer {
namespace {

constexpr double four_pi = 4.0 * std::numbers::pi;
constexpr double doubtful = 1e-3;             // p of chi-square at which the searches are repeated
constexpr double farthest_below = 10.0;       // of the best draw, in ln of the density, beside one per dimension
constexpr std::size_t predicted_draws = 400;  // of the posterior, for bands of fluxes

/// Whether the data are in the unit of the model.
bool is_pure(Amount amount) { return amount == Amount::none || amount == Amount::factor; }

const char* unit_of(Amount amount) {
    if (amount == Amount::dust_mass || amount == Amount::hydrogen_mass) return "solMass";
    return is_pure(amount) ? "" : "cm-2";
}

double solar_mass() { return Unit("solMass").cgs_factor(); }

/// nu F_nu in cgs of one unit of the amount, per unit of the model's output in cgs.
double flux_of_amount(bool per_gram, Amount amount, double distance, double dust_to_hydrogen) {
    const double sphere = four_pi * distance * distance;
    switch (amount) {
        case Amount::none:
        case Amount::factor:
            return 1.0;
        case Amount::dust_mass:
            return per_gram ? solar_mass() / sphere
                            : solar_mass() / (dust_to_hydrogen * constants::hydrogen_mass) / sphere;
        case Amount::hydrogen_mass:
            return solar_mass() / constants::hydrogen_mass / sphere;
        case Amount::column_density:
        case Amount::free:
            break;
    }
    return 1.0 / four_pi;
}

void check_amount(const std::string& unit, const std::vector<FluxBand>& bands, Amount amount, double distance,
                  double dust_to_hydrogen) {
    const bool mass = amount == Amount::dust_mass || amount == Amount::hydrogen_mass;
    if (mass && !(distance > 0.0))
        throw InputError(
            {.where = "the fit of a mass", .found = "no distance", .next = "--distance '3.2 Mpc', or --amount scale"});
    const bool per_hydrogen = Unit(unit).dimensions()[8] == -1;
    if (amount == Amount::dust_mass && per_hydrogen && !(dust_to_hydrogen > 0.0))
        throw InputError({.where = "the fit of a dust mass",
                          .found = "the model is per hydrogen, and its dust-to-hydrogen mass ratio is not known",
                          .next = "--dust-to-hydrogen 0.0074 (THEMIS), or --amount hydrogen_mass"});
    if ((amount == Amount::hydrogen_mass || amount == Amount::column_density) && !per_hydrogen)
        throw InputError({.where = "the fit of " + to_string(amount),
                          .found = "the model's unit is " + unit,
                          .allowed = "a model per hydrogen",
                          .next = "--amount dust_mass"});
    for (const FluxBand& band : bands) {
        if (!is_pure(amount) && !observe::is_observed_flux(band.unit))
            throw InputError({.where = "band " + band.name,
                              .found = "its unit is " + band.unit + ", which is not that of a flux",
                              .allowed = "Jy, MJy sr-1, W m-2, erg s-1 cm-2 um-1 and the like",
                              .effect = "nothing was fitted"});
        const bool surface = observe::is_surface_brightness(band.unit);
        if (!is_pure(amount) && surface != (amount == Amount::column_density) && amount != Amount::free)
            throw InputError(
                {.where = "band " + band.name,
                 .found = "its unit is " + band.unit,
                 .allowed = surface ? "with surface brightness: --amount column_density" : "Jy, W m-2 and the like",
                 .next = "--amount says what is to be found"});
        if (is_pure(amount) && !Unit(band.unit).same_dimension(Unit(unit)))
            throw InputError({.where = "band " + band.name,
                              .found = "its unit is " + band.unit,
                              .allowed = unit + ", the model's, where no amount or a pure factor is fitted",
                              .effect = "nothing was fitted",
                              .next = "--distance, or --amount column_density for surface brightness; lines in K km/s "
                                      "become intensities by 2 k nu^3 / c^3"});
    }
}

/// A bound that the model does not reach is refused: cut in silence, it would be another prior than the one asked for.
/// A normal without bounds ends at those of the model.
void check_prior(const Parameter& parameter, const Prior& prior, const std::string& model) {
    constexpr double rounding = 1e-9, least_inside = 0.01;
    const auto refuse = [&](const std::string& found) {
        throw InputError({.where = "the prior of " + parameter.name + " of '" + model + "'",
                          .found = prior.str() + found,
                          .allowed = to_text(parameter.low) + " .. " + to_text(parameter.high) +
                                     (parameter.unit.empty() ? "" : " " + parameter.unit),
                          .effect = "nothing was fitted",
                          .next = "change it, or learn the model on a wider range"});
    };
    for (const double bound : {prior.low(), prior.high()}) {
        const bool none = std::isinf(bound) || (prior.scale() == Scale::log && bound == 0.0);
        const double slack = rounding * std::abs(bound);
        if (none || (bound >= parameter.low - slack && bound <= parameter.high + slack)) continue;
        refuse(" reaches " + to_text(bound));
    }
    if (prior.is_fixed()) return;
    const double inside = prior.cumulative(parameter.high) - prior.cumulative(parameter.low);
    if (!(inside >= least_inside)) refuse(", of which " + to_text(100 * inside, 2) + " % lies where the model is");
}

/// The best fits as places where a search for modes begins. Those on a bound are infinitely far away there.
std::vector<std::vector<double>> in_unconstrained_space(const FitProblem& density, const std::vector<Optimum>& known) {
    constexpr double modes_within = 20.0, farthest = 4.0;
    std::vector<std::vector<double>> places;
    for (const Optimum& optimum : known) {
        if (!(optimum.value > known.front().value - modes_within)) break;
        std::vector<double> z;
        for (std::size_t d = 0; d < density.dimension(); ++d)
            z.push_back(
                std::clamp(density.coordinates()[d].prior.to_unconstrained(optimum.position[d]), -farthest, farthest));
        places.push_back(std::move(z));
    }
    return places;
}

/// Chance that a replica of the measurement lies below what was seen, for one flux of the model.
double chance_below(const Observation& observation, std::size_t b, double flux, double calibration) {
    const Measurement& seen = observation.bands[b];
    if (const LineNoise noise = line_noise_of(observation, b); noise.multiplicative > 0)
        return std::exp(log_line_below(flux, seen.value, noise, false).value);
    const double relative = std::hypot(observation.floor[b], calibration) * flux;
    return std::exp(log_normal_cumulative((seen.value - flux) / std::hypot(seen.error, relative)).value);
}

}  // namespace

std::string to_string(Amount amount) {
    constexpr const char* words[] = {"none", "dust_mass", "hydrogen_mass", "column_density", "scale", "factor"};
    return words[static_cast<std::size_t>(amount)];
}

Amount amount_from_string(const std::string& word) {
    for (const Amount amount : {Amount::none, Amount::dust_mass, Amount::hydrogen_mass, Amount::column_density,
                                Amount::free, Amount::factor}) {
        if (word == to_string(amount)) return amount;
    }
    throw InputError(
        {.where = "--amount " + word, .allowed = "none, dust_mass, hydrogen_mass, column_density, scale or factor"});
}

std::string to_string(Sampler sampler) {
    constexpr const char* words[] = {"auto", "mixture", "nuts", "ensemble", "none"};
    return words[static_cast<std::size_t>(sampler)];
}

Sampler sampler_from_string(const std::string& word) {
    for (const Sampler sampler :
         {Sampler::automatic, Sampler::mixture, Sampler::nuts, Sampler::ensemble, Sampler::none}) {
        if (word == to_string(sampler)) return sampler;
    }
    throw InputError({.where = "--sampler " + word, .allowed = "auto, mixture, nuts, ensemble or none"});
}

Prior default_prior(Amount amount) {
    switch (amount) {
        case Amount::column_density:
            return Prior::log_uniform(1e15, 1e27);
        case Amount::free:
            return Prior::log_uniform(1e5, 1e30);
        case Amount::factor:
            return Prior::log_uniform(0.1, 10);
        default:
            return Prior::log_uniform(1e-9, 1e13);
    }
}

std::vector<double> flux_units(const std::string& model_unit, const std::vector<FluxBand>& bands, Amount amount,
                               double distance, double dust_to_hydrogen) {
    check_amount(model_unit, bands, amount, distance, dust_to_hydrogen);
    const bool per_gram = Unit(model_unit).dimensions()[8] == 0;  // no "H" in it
    const double one = flux_of_amount(per_gram, amount, distance, dust_to_hydrogen) * Unit(model_unit).cgs_factor();
    std::vector<double> units;
    for (const FluxBand& band : bands)
        units.push_back(is_pure(amount) && std::isnan(band.wavelength)
                            ? conversion_factor(model_unit, band.unit)  // of lines, whatever they are counted in
                            : one / observe::to_nu_f_nu(band.unit, band.wavelength));
    return units;
}

SedFit::SedFit(SedFitSetup setup) : setup_(std::move(setup)) {
    const ModelInfo& info = setup_.model->info();
    if (setup_.bands.size() != info.output_count())
        throw InputError("a fit with another number of bands than its model");
    std::map<std::string, Prior> given = setup_.priors;
    for (const Parameter& parameter : info.parameters) {
        const auto found = given.find(parameter.name);
        Prior prior = found == given.end() ? Prior::over(parameter) : found->second;
        if (found != given.end()) {
            check_prior(parameter, prior, info.name);
            given.erase(found);
        }
        if (!prior.is_fixed()) prior = prior.within(parameter.low, parameter.high);
        priors_.push_back(prior);
        if (!prior.is_fixed()) coordinates_.push_back({parameter.name, parameter.unit, prior});
    }
    if (setup_.amount != Amount::none) {
        const auto found = given.find(to_string(setup_.amount));
        scale_ = FreeScale{to_string(setup_.amount), unit_of(setup_.amount),
                           found == given.end() ? default_prior(setup_.amount) : found->second};
        if (found != given.end()) given.erase(found);
        if (!scale_->prior.is_fixed()) coordinates_.push_back({scale_->name, scale_->unit, scale_->prior});
    }
    if (!given.empty()) {
        std::vector<std::string> names;
        for (const Parameter& parameter : info.parameters) names.push_back(parameter.name);
        if (scale_) names.push_back(scale_->name);
        refuse_name(given.begin()->first, names,
                    {.where = "the prior of " + given.begin()->first, .found = "no such parameter"});
    }
    unit_factor_ = flux_units(info.output_unit, setup_.bands, setup_.amount, setup_.distance, setup_.dust_to_hydrogen);
    for (const auto& [instrument, fraction] : setup_.calibration) {
        const bool known =
            std::any_of(setup_.bands.begin(), setup_.bands.end(),
                        [&, &wanted = instrument](const FluxBand& band) { return band.instrument == wanted; });
        if (!known)
            throw InputError(
                {.where = "calibration of " + instrument, .found = "no band of this instrument was observed"});
        if (!(fraction >= 0.0 && fraction < 1.0))
            throw InputError(
                {.where = "calibration of " + instrument, .found = to_text(fraction), .allowed = "0 .. 1"});
    }
}

/// What ln of a density of the data loses where they are in the units of the bands instead of the model's.
double SedFit::log_units_of_detections(const Observation& observation) const {
    double sum = 0;
    for (std::size_t b = 0; b < unit_factor_.size(); ++b)
        sum += observation.bands[b].kind == Measurement::Kind::detection ? std::log(unit_factor_[b]) : 0.0;
    return sum;
}

std::vector<Measurement> SedFit::in_model_units(std::vector<Measurement> data) const {
    for (std::size_t b = 0; b < data.size(); ++b) {
        data[b].value /= unit_factor_[b];
        data[b].error /= unit_factor_[b];
    }
    return data;
}

FitProblem SedFit::problem(std::vector<Measurement> data) const {
    data = in_model_units(std::move(data));
    Observation observation;
    std::map<std::string, std::size_t> groups;
    for (std::size_t b = 0; b < data.size(); ++b) {
        Measurement& one = data[b];
        const std::string& instrument = setup_.bands[b].instrument;
        const auto calibration = setup_.calibration.find(instrument);
        if (one.kind == Measurement::Kind::missing || calibration == setup_.calibration.end() ||
            calibration->second == 0.0)
            continue;
        const auto [group, added] = groups.try_emplace(instrument, observation.groups.size());
        if (added) observation.groups.push_back({instrument, calibration->second});
        one.group = group->second;
    }
    observation.bands = std::move(data);
    observation.floor.assign(setup_.bands.size(), setup_.floor);
    for (const FluxBand& band : setup_.bands) observation.multiplicative.push_back(band.multiplicative);
    return {*setup_.model, std::move(observation), priors_, scale_};
}

void SedFit::fluxes(FitProblem& problem, std::span<const double> x, std::span<double> out) const {
    problem.fluxes(x, out);
    for (std::size_t b = 0; b < out.size(); ++b) out[b] *= unit_factor_[b];
}

void SedFit::predict(FitProblem& problem, SedFitResult& result) const {
    const std::vector<double> points = thinned(result.posterior, predicted_draws);
    const std::size_t bands = setup_.bands.size(), count = points.size() / problem.dimension();
    std::vector<double> predicted(count * bands), of_band(count);
    problem.fluxes(points, predicted);
    const Observation& observation = problem.likelihood().observation();
    result.p_chi2 = predictive_p(observation, predicted);
    result.predictive_p.assign(bands, std::nan(""));
    for (std::size_t b = 0; b < bands; ++b) {
        const Measurement& one = observation.bands[b];
        const double calibration = one.group == Measurement::no_group ? 0.0 : observation.groups[one.group].fraction;
        for (std::size_t i = 0; i < count; ++i) of_band[i] = predicted[i * bands + b];
        if (one.kind != Measurement::Kind::missing) {
            double chance = 0;
            for (const double flux : of_band) chance += chance_below(observation, b, flux, calibration);
            result.predictive_p[b] = chance / static_cast<double>(count);
        }
        std::sort(of_band.begin(), of_band.end());
        result.flux_low.push_back(sorted_quantile(of_band, 0.16) * unit_factor_[b]);
        result.flux_median.push_back(sorted_quantile(of_band, 0.5) * unit_factor_[b]);
        result.flux_high.push_back(sorted_quantile(of_band, 0.84) * unit_factor_[b]);
    }
}

Posterior SedFit::sample(const FitProblem& density, const std::vector<Optimum>& known,
                         const SedFitOptions& options) const {
    PosteriorOptions sampling;
    sampling.nuts = {.chains = options.chains, .warmup = options.warmup, .draws = options.draws, .seed = options.seed};
    sampling.optimum = {
        .starts = (options.starts + 1) / 2, .seed = options.seed + 1, .also = in_unconstrained_space(density, known)};
    sampling.bars = options.bars;
    std::optional<PosteriorTarget> target;
    std::optional<Population> population;
    if (options.sampler == Sampler::automatic || options.sampler == Sampler::mixture) {
        target.emplace(density);
        const Mixture guess = mixture_at(*target, find_modes(*target, sampling.optimum));
        // posteriors with many bends take more points; a few take more than that
        const bool lines = std::any_of(setup_.bands.begin(), setup_.bands.end(),
                                       [](const FluxBand& band) { return band.multiplicative > 0; });
        std::vector<PopulationOptions> sizes{{.seed = options.seed},
                                             {.size = 5000, .components = 30, .seed = options.seed}};
        if (lines) sizes.erase(sizes.begin());  // a ridge may end in a faint tail, which a thousand points miss
        for (const PopulationOptions& adapting : sizes) {
            try {
                population.emplace(*target, guess, adapting);
                break;
            } catch (const NumericalError&) {  // NUTS may do, where it may be taken
                if (&adapting == &sizes.back() && options.sampler == Sampler::mixture) throw;
            }
        }
    }
    Posterior posterior;
    for (std::size_t attempt = 0; attempt < options.attempts; ++attempt) {
        if (options.sampler == Sampler::ensemble) {
            const std::size_t walkers = std::max<std::size_t>(32, 4 * density.dimension());
            posterior = sample_posterior(density,
                                         {.walkers = walkers,
                                          .warmup = sampling.nuts.warmup,
                                          .draws = sampling.nuts.draws,
                                          .seed = options.seed},
                                         sampling);
        } else if (!population) {
            posterior = sample_posterior(density, sampling);
        } else if (options.sampler == Sampler::mixture || attempt == 0) {
            try {
                posterior = sample_posterior(density, *population, sampling);
            } catch (const NumericalError&) {
                if (options.sampler == Sampler::mixture) throw;
                continue;  // NUTS with jumps may do
            }
        } else {
            posterior = sample_with_jumps(density, *population, sampling);
        }
        if (posterior.verdict.converged) break;
        // shorter steps where the posterior has cliffs, more draws where they were too few
        sampling.nuts.target_acceptance = attempt == 0 ? 0.95 : 0.99;
        sampling.nuts.warmup += options.warmup;
        sampling.nuts.draws *= 2;
    }
    if (posterior.length == 0)
        throw NumericalError({.where = "fit",
                              .found = "no chain came to an end",
                              .next = "more attempts, or check the units of the data and the ranges of the priors"});
    return posterior;
}

void SedFit::set_best(FitProblem& density, PosteriorObjective& objective, std::vector<double> on_scale,
                      SedFitResult& result) const {
    result.best.resize(density.dimension());
    objective.constrain(on_scale, result.best);
    std::vector<double> ignored(density.dimension());
    result.best_log_likelihood = density.log_likelihood(result.best, ignored);
    result.best_fluxes.resize(setup_.bands.size());
    fluxes(density, result.best, result.best_fluxes);
}

/// The searches may all have missed what a draw has found: then one more begins there. And the draws may have missed
/// what a search has found: then they are no draws of the posterior.
void SedFit::improve_best(FitProblem& density, PosteriorObjective& objective, SedFitResult& result) const {
    const std::vector<double> points = thinned(result.posterior, predicted_draws);
    const std::size_t d = density.dimension();
    std::vector<double> on_scale(d), ignored(d), start;
    const double best = result.optima.front().value;
    double largest = best, of_draws = -std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < points.size(); i += d) {
        for (std::size_t k = 0; k < d; ++k) on_scale[k] = density.coordinates()[k].prior.to_scale(points[i + k]);
        const double value = objective.value(on_scale, ignored);
        of_draws = std::max(value, of_draws);
        if (value > largest) largest = value, start = on_scale;
    }
    if (!(of_draws > best - farthest_below - static_cast<double>(d))) {
        result.posterior.verdict.converged = false;
        result.posterior.verdict.reasons.push_back("the chains are in another mode than the best fit, whose ln p is " +
                                                   to_text(best - of_draws, 3) + " higher");
    }
    if (start.empty()) return;
    Optimum better{.position = start, .value = largest, .found = 1};
    if (auto climbed = optimum_from(objective, start); climbed && climbed->value > largest)
        better = std::move(*climbed);
    set_best(density, objective, better.position, result);
    better.position = result.best;
    result.optima.insert(result.optima.begin(), std::move(better));
}

SedFitResult SedFit::fit(std::vector<Measurement> data, const SedFitOptions& options) const {
    FitProblem density = problem(std::move(data));
    SedFitResult result;
    PosteriorObjective objective(density);
    std::vector<Optimum> found = optima(objective, {.starts = options.starts, .seed = options.seed});
    fit_from(density, objective, found, options, result);
    if (!(result.p_chi2 < doubtful)) return result;
    // either the model does not describe the data, or every search missed the mode that does
    std::vector<Optimum> more = optima(objective, {.starts = 4 * options.starts, .seed = options.seed + 2});
    if (more.front().value > found.front().value + 1) fit_from(density, objective, more, options, result);
    return result;
}

void SedFit::fit_from(FitProblem& density, PosteriorObjective& objective, const std::vector<Optimum>& found,
                      const SedFitOptions& options, SedFitResult& result) const {
    result = {};
    result.optima = found;
    for (Optimum& optimum : result.optima) {
        const std::vector<double> s = optimum.position;
        if (&optimum == &result.optima.front()) set_best(density, objective, s, result);
        objective.constrain(s, optimum.position);
    }
    const double per_unit = log_units_of_detections(density.likelihood().observation());
    if (options.sampler != Sampler::none) {
        result.posterior = sample(density, result.optima, options);
        improve_best(density, objective, result);
        predict(density, result);
        result.posterior.log_evidence -= per_unit;
    }
    result.best_log_likelihood -= per_unit;
}

}  // namespace ism::infer
