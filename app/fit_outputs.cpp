#include "fit_outputs.hpp"

#include <algorithm>
#include <cmath>

#include <ism/io/inference_data.hpp>
#include <ism/observe/flux_density.hpp>

namespace ism::app {
namespace {

const char* word_of(FitStatus status) {
    constexpr const char* words[] = {"converged", "not converged", "no data", "failed"};
    return words[static_cast<std::size_t>(status)];
}

/// What was found of each source, with a value for each, and how it ended.
std::vector<io::Column> filled_columns(const infer::SedFit& fit, const FitSources& sources,
                                       const std::vector<FitRow>& rows) {
    std::vector<io::Column> columns = fit_columns(fit, !sources.truths.empty());
    for (std::size_t c = 0; c < columns.size(); ++c) {
        for (const FitRow& row : rows) columns[c].values.push_back(row.numbers[c]);
    }
    return columns;
}

}  // namespace

io::Table table_of(const FitSources& sources, std::vector<io::Column> columns) {
    io::Table table;
    table.columns = sources.carried;
    // one name that is taken renames all: U of the input beside U_lo of the fit would be read as one
    const bool taken =
        std::any_of(columns.begin(), columns.end(), [&](const io::Column& column) { return table.has(column.name); });
    for (io::Column& column : columns) {
        if (taken && !column.name.starts_with("fit")) column.name = "fit_" + column.name;
        while (table.has(column.name)) column.name += "_new";
        table.columns.push_back(std::move(column));
    }
    return table;
}

io::Table table_of(const infer::SedFit& fit, const FitSources& sources, const std::vector<FitRow>& rows) {
    std::vector<io::Column> columns = filled_columns(fit, sources, rows);
    io::Column status{"fit", "", "how it ended", {}, {}}, remark{"remark", "", "why it did not converge", {}, {}};
    for (const FitRow& row : rows) {
        status.texts.emplace_back(word_of(row.status));
        remark.texts.push_back(row.remark);
    }
    columns.push_back(std::move(status));
    if (std::any_of(rows.begin(), rows.end(), [](const FitRow& row) { return !row.remark.empty(); }))
        columns.push_back(std::move(remark));
    return table_of(sources, std::move(columns));
}

void write_maps(const Context& context, const FitSources& sources, const std::vector<io::Column>& columns,
                const Provenance& provenance) {
    std::vector<io::Image> images;
    for (const io::Column& column : columns) {
        io::Image image = sources.grid;
        image.name = column.name;
        image.unit = column.unit;
        image.values = column.values;
        images.push_back(std::move(image));
    }
    std::vector<std::pair<std::string, std::string>> meta{{"provenance", provenance.json()}};
    io::write_images(context.output, images, meta);
    context.say("wrote " + context.output + ": " + std::to_string(images.size()) + " maps of " +
                std::to_string(sources.grid.width) + " x " + std::to_string(sources.grid.height) + " pixels");
}

void write_maps(const Context& context, const infer::SedFit& fit, const FitSources& sources,
                const std::vector<FitRow>& rows, const Provenance& provenance) {
    std::vector<io::Column> columns = filled_columns(fit, sources, rows);
    io::Column status{"fit", "", "0 converged, 1 not converged, 2 no data, 3 failed", {}, {}};
    for (const FitRow& row : rows) status.values.push_back(static_cast<double>(row.status));
    columns.push_back(std::move(status));
    write_maps(context, sources, columns, provenance);
}

std::vector<double> factors_to_first(const infer::SedFit& fit, const FitSources& sources) {
    std::vector<double> factors;
    for (std::size_t b = 0; b < sources.bands.size(); ++b) {
        const double wavelength = fit.setup().bands[b].wavelength;
        factors.push_back(sources.units[b] == sources.units.front()
                              ? 1.0
                              : observe::to_nu_f_nu(sources.units[b], wavelength) /
                                    observe::to_nu_f_nu(sources.units.front(), wavelength));
    }
    return factors;
}

void write_posterior(const Context& context, const std::string& path, const infer::SedFit& fit,
                     const FitSources& sources, const infer::SedFitResult& result, const Provenance& provenance) {
    const infer::Posterior& posterior = result.posterior;
    const io::NetcdfDimension chain{"chain", posterior.chains}, draw{"draw", posterior.length};
    io::NetcdfGroup draws{"posterior", {chain, draw}, {}};
    for (std::size_t d = 0; d < posterior.dimension(); ++d)
        draws.variables.push_back({posterior.names[d], {"chain", "draw"}, posterior.of(d), posterior.units[d], ""});
    io::NetcdfGroup stats{"sample_stats",
                          {chain, draw},
                          {{"lp", {"chain", "draw"}, posterior.log_density, "", "ln of the posterior density"}}};
    const auto of_draws = [&](const char* name, const char* help, auto take) {
        std::vector<double> values;
        for (const infer::DrawStatistics& one : posterior.statistics) values.push_back(take(one));
        stats.variables.push_back({name, {"chain", "draw"}, std::move(values), "", help});
    };
    of_draws("acceptance_rate", "", [](const auto& one) { return one.acceptance; });
    of_draws("energy", "", [](const auto& one) { return one.energy; });
    of_draws("n_steps", "gradients", [](const auto& one) { return static_cast<double>(one.leapfrogs); });
    of_draws("tree_depth", "", [](const auto& one) { return static_cast<double>(one.depth); });
    of_draws("diverging", "", [](const auto& one) { return one.divergent ? 1.0 : 0.0; });
    io::NetcdfDimension bands{"band", sources.bands.size(), sources.bands};
    io::NetcdfGroup data{"observed_data", {bands}, {}}, predicted{"predictions", {bands}, {}};
    std::vector<double> values, errors, kinds;
    const std::vector<double> factors = factors_to_first(fit, sources);  // a variable has one unit
    for (std::size_t b = 0; b < factors.size(); ++b) {
        const infer::Measurement& one = sources.data.front()[b];
        const bool missing = one.kind == infer::Measurement::Kind::missing;
        values.push_back(missing ? std::nan("") : factors[b] * one.value);
        errors.push_back(missing ? std::nan("") : factors[b] * one.error);
        kinds.push_back(static_cast<double>(one.kind));
    }
    const auto in_first = [&](std::vector<double> fluxes) {
        for (std::size_t b = 0; b < fluxes.size(); ++b) fluxes[b] *= factors[b];
        return fluxes;
    };
    data.variables = {{"flux", {"band"}, values, sources.units.front(), "values, and limits"},
                      {"flux_err", {"band"}, errors, sources.units.front(), "1 sigma"},
                      {"kind", {"band"}, kinds, "", "0 missing, 1 detection, 2 upper limit, 3 lower limit"}};
    predicted.variables = {
        {"best", {"band"}, in_first(result.best_fluxes), sources.units.front(), "flux of the best fit"},
        {"median", {"band"}, in_first(result.flux_median), sources.units.front(), ""},
        {"low", {"band"}, in_first(result.flux_low), sources.units.front(), "16 %"},
        {"high", {"band"}, in_first(result.flux_high), sources.units.front(), "84 %"}};
    io::write_inference_data(path, {draws, stats, data, predicted},
                             {{"inference_library", "ismulate"},
                              {"inference_library_version", version()},
                              {"provenance", provenance.json()}});
    context.say("wrote " + path + ": " + std::to_string(posterior.chains) + " chains of " +
                std::to_string(posterior.length) + " draws");
}

}  // namespace ism::app
