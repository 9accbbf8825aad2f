#include "fit_pictures.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include <ism/base/atomic_file.hpp>
#include <ism/base/sha256.hpp>
#include <ism/infer/predictive.hpp>
#include <ism/observe/flux_density.hpp>

#include "figures.hpp"
#include "fit_outputs.hpp"
#include "fit_spectrum.hpp"

namespace ism::app {
namespace {

using explain::FittedBand;
using infer::Measurement;

FittedBand::Kind kind_of(Measurement::Kind kind) {
    switch (kind) {
        case Measurement::Kind::detection:
            return FittedBand::Kind::detection;
        case Measurement::Kind::upper_limit:
            return FittedBand::Kind::upper_limit;
        case Measurement::Kind::lower_limit:
            return FittedBand::Kind::lower_limit;
        case Measurement::Kind::missing:
            break;
    }
    return FittedBand::Kind::missing;
}

/// One band in the unit of the picture, of which a flux in the band's own is `factor`.
FittedBand fitted_band(const infer::SedFitSetup& setup, std::size_t b, const Measurement& seen,
                       const infer::SedFitResult& result, double factor) {
    const infer::FluxBand& band = setup.bands[b];
    FittedBand fitted{.name = band.name,
                      .wavelength = band.wavelength,
                      .kind = kind_of(seen.kind),
                      .best = factor * result.best_fluxes[b]};
    if (fitted.kind != FittedBand::Kind::missing) {
        const auto calibration = setup.calibration.find(band.instrument);
        const double s = band.multiplicative, log_normal = std::sqrt(std::expm1(s * s));  // deviation over mean
        const double shared = calibration == setup.calibration.end() ? 0.0 : calibration->second;
        const double relative = std::hypot(setup.floor, shared, log_normal);
        fitted.value = factor * seen.value;
        fitted.error = factor * seen.error;
        fitted.whole_error = std::hypot(fitted.error, relative * fitted.best);
    }
    if (!result.predictive_p.empty()) fitted.p = result.predictive_p[b];
    return fitted;
}

/// Quantiles of the model's fluxes over the posterior.
void add_posterior(const infer::SedFit& fit, const std::vector<Measurement>& data, const infer::Posterior& posterior,
                   const std::vector<double>& factors, std::vector<FittedBand>& bands) {
    constexpr std::size_t predicted_draws = 400;
    infer::FitProblem problem = fit.problem(data);
    const std::vector<double> draws = infer::thinned(posterior, predicted_draws);
    std::vector<std::vector<double>> fluxes(bands.size());  // (B x draws)
    std::vector<double> one(bands.size());
    for (std::size_t i = 0; i < draws.size(); i += posterior.dimension()) {
        fit.fluxes(problem, std::span(draws).subspan(i, posterior.dimension()), one);
        for (std::size_t b = 0; b < bands.size(); ++b) fluxes[b].push_back(factors[b] * one[b]);
    }
    for (std::size_t b = 0; b < bands.size() && !draws.empty(); ++b) {
        std::sort(fluxes[b].begin(), fluxes[b].end());
        bands[b].low95 = infer::sorted_quantile(fluxes[b], 0.025);
        bands[b].low = infer::sorted_quantile(fluxes[b], 0.16);
        bands[b].high = infer::sorted_quantile(fluxes[b], 0.84);
        bands[b].high95 = infer::sorted_quantile(fluxes[b], 0.975);
    }
}

explain::FittedSed fitted_sed(const infer::SedFit& fit, const Seen& seen, const FitSources& sources,
                              const infer::SedFitResult& result) {
    const std::string& unit = sources.units.front();  // that of the picture
    explain::FittedSed sed{.unit = unit};
    const std::vector<double> factors = factors_to_first(fit, sources);
    for (std::size_t b = 0; b < sources.bands.size(); ++b) {
        sed.bands.push_back(fitted_band(fit.setup(), b, sources.data.front()[b], result, factors[b]));
    }
    add_posterior(fit, sources.data.front(), result.posterior, factors, sed.bands);
    if (!is_named(seen.record().info.axis)) sed.spectrum = fitted_spectrum(fit, seen, result, unit);
    return sed;
}

bool is_log(const infer::Prior& prior) { return prior.scale() == Scale::log; }

explain::FittedParameter fitted_parameter(const infer::Coordinate& coordinate, std::size_t d,
                                          const infer::SedFitResult& result, std::span<const double> truth) {
    explain::FittedParameter fitted{
        .name = coordinate.name, .unit = coordinate.unit, .log = is_log(coordinate.prior), .best = result.best[d]};
    if (!truth.empty()) fitted.truth = truth[d];
    if (result.posterior.length == 0) return fitted;
    fitted.draws = result.posterior.of(d);
    fitted.median = infer::quantile(fitted.draws, 0.5);
    fitted.low = infer::quantile(fitted.draws, 0.16);
    fitted.high = infer::quantile(fitted.draws, 0.84);
    fitted.low95 = infer::quantile(fitted.draws, 0.025);
    fitted.high95 = infer::quantile(fitted.draws, 0.975);
    const infer::Diagnostics& diagnostics = result.posterior.diagnostics[d];
    fitted.r_hat = diagnostics.r_hat;
    fitted.bulk_ess = diagnostics.bulk_ess;
    fitted.tail_ess = diagnostics.tail_ess;
    return fitted;
}

explain::ReportSource source_of(const std::string& role, const std::string& path, const std::string& bytes) {
    return {.role = role,
            .name = std::filesystem::path(path).filename().string(),
            .bytes = bytes.size(),
            .sha256 = sha256(bytes)};
}

/// Numbers of the column called `name`, row by row.
std::vector<double> numbers_of(const std::vector<io::Column>& columns, const std::string& name,
                               const std::vector<FitRow>& rows) {
    const auto column = std::find_if(columns.begin(), columns.end(), [&](const auto& one) { return one.name == name; });
    std::vector<double> numbers;
    if (column == columns.end()) return numbers;
    for (const FitRow& row : rows) numbers.push_back(row.numbers[static_cast<std::size_t>(column - columns.begin())]);
    return numbers;
}

}  // namespace

void add_fit_picture_options(CLI::App& command, FitPictures& pictures) {
    command.add_option("--report", pictures.page, "a page with the pictures of the fit: open it in any browser")
        ->type_name("FILE.html");
    command.add_option("--figures", pictures.folder, "write each picture there as an .svg file")->type_name("FOLDER");
}

void check_pictures(const Context& context, const FitPictures& pictures) {
    if (!pictures.page.empty()) check_page(context, "--report", pictures.page);
    if (!pictures.folder.empty()) check_figures(context, pictures.folder);
}

explain::FittedSource fitted_source(const infer::SedFit& fit, const Seen& seen, const FitSources& sources,
                                    const infer::SedFitResult& result, const std::string& remark) {
    explain::FittedSource source{.sed = fitted_sed(fit, seen, sources, result),
                                 .sampled = result.posterior.length > 0,
                                 .converged = result.posterior.verdict.converged};
    for (std::size_t d = 0; d < fit.coordinates().size(); ++d)
        source.parameters.push_back(fitted_parameter(fit.coordinates()[d], d, result, sources.truth_of(0)));
    source.remark = remark;
    source.p = result.p_chi2;
    return source;
}

explain::FittedMany fitted_many(const infer::SedFit& fit, const FitSources& sources, const std::vector<FitRow>& rows) {
    explain::FittedMany many{.width = sources.grid.width, .height = sources.grid.height};
    const std::vector<io::Column> columns = fit_columns(fit, !sources.truths.empty());
    for (const infer::Coordinate& one : fit.coordinates()) {
        explain::FittedQuantity quantity{.name = one.name,
                                         .unit = one.unit,
                                         .log = is_log(one.prior),
                                         .values = numbers_of(columns, one.name, rows)};
        if (std::none_of(quantity.values.begin(), quantity.values.end(), [](double x) { return std::isfinite(x); }))
            quantity.values = numbers_of(columns, one.name + "_best", rows);  // nothing was sampled
        quantity.ranks = numbers_of(columns, "rank_" + one.name, rows);
        many.quantities.push_back(std::move(quantity));
    }
    many.poorly_described = count_poor(fit, rows);
    for (const FitRow& row : rows) many.status.push_back(static_cast<std::size_t>(row.status));
    return many;
}

void write_pictures(const Context& context, const FitPictures& pictures, explain::FitReport report, const Seen& seen,
                    const Provenance& provenance) {
    if (!pictures.folder.empty()) write_figures(context, explain::fit_figures(report), pictures.folder);
    if (pictures.page.empty()) return;
    report.model = seen.record().info.name;
    report.summary = seen.record().info.summary;
    report.settings = provenance.settings;
    report.command = context.command_line;
    for (std::size_t i = 0; i < provenance.inputs.size(); ++i) {
        const std::string& path = provenance.inputs[i].first;
        const char* role = i == 0 ? "fluxes" : path.ends_with(".toml") ? "priors" : "curve";
        report.sources.push_back(source_of(role, path, read_whole(path)));
    }
    report.sources.push_back(source_of("network", report.model + ".ism", emulate::to_bytes(seen.record())));
    report.sources.back().provenance = seen.record().provenance;
    write_atomically(pictures.page, explain::fit_page(report));
    context.say("wrote " + pictures.page + ": open it in any browser");
}

}  // namespace ism::app
