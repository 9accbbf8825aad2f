#include <algorithm>
#include <filesystem>
#include <set>
#include <system_error>

#include <ism/base/atomic_file.hpp>
#include <ism/base/errors.hpp>
#include <ism/base/parallel.hpp>
#include <ism/base/sha256.hpp>
#include <ism/base/text.hpp>
#include <ism/emulate/shipped.hpp>
#include <ism/infer/sed_setup.hpp>

#include "arguments.hpp"
#include "fit_backward.hpp"
#include "fit_outputs.hpp"
#include "fit_pictures.hpp"
#include "fit_run.hpp"
#include "fit_setup.hpp"
#include "fit_sources.hpp"
#include "output.hpp"

namespace ism::app {
namespace {

struct FitOptions {
    FitSetupOptions setup;
    FitPictures pictures;
    std::string observation, errors, posterior, sampler = "auto";
    double censored = 0.0;
    std::size_t chains = 4, warmup = 400, draws = 1000;
    bool resume = false, maps = false;
};

bool is_fits(const std::string& path) {
    return path.ends_with(".fits") || path.ends_with(".fit") || path.ends_with(".fits.gz");
}

FitSources read_sources(const Context& context, const FitOptions& options, const Observables& observables) {
    std::vector<io::Image> maps;
    if (is_fits(options.observation)) maps = io::read_images(options.observation);
    if (!maps.empty() && (!options.errors.empty() || options.maps))
        throw InputError({.where = options.errors.empty() ? "--maps" : "--errors",
                          .found = options.observation + " holds maps",
                          .allowed = "with tables; maps have images NAME_err"});
    const auto table = [&] {
        io::Table values = io::read_table(options.observation);
        return options.errors.empty() ? values
                                      : with_errors(std::move(values), io::read_table(options.errors), observables);
    };
    FitSources sources =
        maps.empty() ? sources_of_table(table(), observables) : sources_of_maps(std::move(maps), observables);
    if (options.censored > 0.0) censor(sources, options.censored);
    if (options.maps) set_pixels(sources);
    for (const std::string& note : sources.notes) context.say("note: " + note);
    return sources;
}

infer::SedFitOptions sampling_of(const FitOptions& options, const Context& context, std::size_t sources) {
    infer::SedFitOptions sampling;
    sampling.chains = options.chains;
    sampling.warmup = options.warmup;
    sampling.draws = options.draws;
    sampling.sampler = infer::sampler_from_string(options.sampler);
    sampling.seed = context.seed;
    sampling.bars = infer::bars_for(sources);
    return sampling;
}

/// What makes the numbers: a run that goes on must have the same.
std::string key_of(const FitOptions& options, const Context& context, const Seen& seen, const infer::SedFit& fit) {
    std::string text =
        version() + "\n" + seen.sum() + "\n" + std::to_string(context.seed) + "\n" + options.sampler + "\n" +
        to_string(fit.setup().amount) + "\n" + to_text(fit.setup().distance) + "\n" +
        to_text(fit.setup().dust_to_hydrogen) + "\n" + options.setup.fields + "\n" + to_text(fit.setup().floor) + "\n" +
        options.setup.calibration + "\n" + std::to_string(options.chains) + " " + std::to_string(options.warmup) + " " +
        std::to_string(options.draws) + "\n" + options.setup.multiplicative + "\n" + to_text(options.censored) +
        (options.maps ? " maps\n" : "\n") + sha256(read_whole(options.observation));
    if (!options.errors.empty()) text += " " + sha256(read_whole(options.errors));
    for (const auto& [name, prior] : fit.setup().priors) text += "\n" + name + " " + prior.str();  // fixed ones too
    for (const infer::Coordinate& one : fit.coordinates()) text += "\n" + one.name + " " + one.prior.str();
    for (const io::Column& column : fit_columns(fit, true)) text += "\n" + column.name;  // another version has others
    return "ismulate-fit " + sha256(text);
}

Provenance provenance_of(const Context& context, const FitOptions& options, const Seen& seen,
                         const infer::SedFit& fit) {
    Provenance provenance = context.provenance();
    const infer::SedFitSetup& setup = fit.setup();
    provenance.settings.emplace_back("emulator", options.setup.emulator);
    provenance.settings.emplace_back("emulator_sha256", seen.sum());
    provenance.settings.emplace_back("sampler", options.sampler);
    provenance.settings.emplace_back("amount", to_string(setup.amount));
    if (setup.distance > 0.0) provenance.settings.emplace_back("distance", options.setup.distance);
    if (setup.amount == infer::Amount::dust_mass)
        provenance.settings.emplace_back("dust_to_hydrogen", to_text(setup.dust_to_hydrogen));
    provenance.settings.emplace_back("fields", options.setup.fields);
    provenance.settings.emplace_back("floor", to_text(setup.floor));
    if (!options.setup.calibration.empty()) provenance.settings.emplace_back("calibration", options.setup.calibration);
    if (!options.setup.multiplicative.empty())
        provenance.settings.emplace_back("multiplicative", options.setup.multiplicative);
    if (options.censored > 0.0) provenance.settings.emplace_back("censored", to_text(options.censored) + " sigma");
    for (const infer::Coordinate& one : fit.coordinates())
        provenance.settings.emplace_back("prior " + one.name, one.prior.str());
    for (const auto& [name, prior] : setup.priors) {
        if (prior.is_fixed()) provenance.settings.emplace_back("prior " + name, prior.str());
    }
    std::vector<std::string> files{options.observation, options.errors, options.setup.priors};
    files.insert(files.end(), options.setup.curves.begin(), options.setup.curves.end());
    for (const std::string& path : files) {
        if (!path.empty()) provenance.inputs.emplace_back(path, sha256(read_whole(path)));
    }
    return provenance;
}

/// Different reasons of fits that failed or did not converge, at most a few.
std::string reasons_of(const std::vector<FitRow>& rows) {
    constexpr std::size_t most = 3;
    std::set<std::string> reasons;
    for (const FitRow& row : rows) {
        if (row.status == FitStatus::failed && reasons.size() < most) reasons.insert(row.remark);
    }
    std::string text;
    for (const std::string& reason : reasons) text += "\n  failed: " + reason;
    return text;
}

void tell_poor(const Context& context, const infer::SedFit& fit, const std::vector<FitRow>& rows) {
    const std::size_t poor = count_poor(fit, rows);
    if (poor > 0)
        context.say("warning: the model does not describe " +
                    (rows.size() == 1 ? std::string("these data")
                                      : std::to_string(poor) + " of " + std::to_string(rows.size()) + " sources") +
                    ": p_chi2 is below " + to_text(poor_p) + "; their intervals mean little");
}

void tell(const Context& context, const infer::SedFit& fit, const std::vector<FitRow>& rows) {
    std::size_t counts[4] = {};
    for (const FitRow& row : rows) ++counts[static_cast<std::size_t>(row.status)];
    context.say(std::to_string(counts[0]) + " of " + std::to_string(rows.size()) + " converged, " +
                std::to_string(counts[1]) + " did not, " + std::to_string(counts[2]) + " without data, " +
                std::to_string(counts[3]) + " failed" + reasons_of(rows));
    tell_poor(context, fit, rows);
}

void fit_one(Context& context, const FitOptions& options, const infer::SedFit& fit, const Seen& seen,
             const FitSources& sources, const infer::SedFitOptions& sampling) {
    if (std::all_of(sources.data.front().begin(), sources.data.front().end(),
                    [](const auto& one) { return one.kind == infer::Measurement::Kind::missing; }))
        throw InputError({.where = sources.places.front(),
                          .found = "no band was observed",
                          .allowed = "one flux at least",
                          .effect = "nothing was fitted"});
    const infer::SedFitResult result = fit.fit(sources.data.front(), sampling);
    const FitRow row = row_of(fit, result, sources.truth_of(0));
    const Provenance provenance = provenance_of(context, options, seen, fit);
    if (!options.posterior.empty()) write_posterior(context, options.posterior, fit, sources, result, provenance);
    put_table(context, table_of(fit, sources, {row}), provenance);
    if (options.pictures.wanted())
        write_pictures(context, options.pictures,
                       {.source = sources.places.front(), .one = fitted_source(fit, seen, sources, result, row.remark)},
                       seen, provenance);
    tell_poor(context, fit, {row});
    if (row.status == FitStatus::not_converged)
        throw NumericalError({.where = "the fit of " + sources.places.front(),
                              .found = "the chains did not converge: " + row.remark,
                              .effect = "what was written is not to be trusted",
                              .next = "more --draws, tighter priors, or look at the chains (--posterior FILE.nc)"});
}

/// Whether two names are those of one file, be it there or not.
bool same_file(const std::string& one, const std::string& other) {
    if (one.empty() || other.empty()) return false;
    std::error_code unknown;
    return std::filesystem::weakly_canonical(std::filesystem::absolute(one), unknown) ==
           std::filesystem::weakly_canonical(std::filesystem::absolute(other), unknown);
}

/// No file that is written may be one that is read, or another one that is written: --force would not ask.
void check_apart(const Context& context, const FitOptions& options) {
    const std::pair<const char*, std::string> written[] = {
        {"-o", context.output}, {"--posterior", options.posterior}, {"--report", options.pictures.page}};
    const std::pair<const char*, std::string> read[] = {{"the observation", options.observation},
                                                        {"--errors", options.errors},
                                                        {"the emulator", options.setup.emulator},
                                                        {"--priors", options.setup.priors}};
    const auto refuse = [](const auto& one, const auto& other) {
        throw InputError({.where = std::string(one.first) + " " + one.second,
                          .found = "the same file as " + std::string(other.first),
                          .effect = "nothing was fitted",
                          .next = "give another name"});
    };
    for (const auto& one : written) {
        for (const auto& other : read) {
            if (same_file(one.second, other.second)) refuse(one, other);
        }
        for (const auto& other : written) {
            if (one.first != other.first && same_file(one.second, other.second)) refuse(one, other);
        }
    }
}

void check_outputs(const Context& context, const FitOptions& options, const FitSources& sources) {
    if (sources.data.empty()) throw InputError({.where = options.observation, .found = "no source"});
    check_apart(context, options);
    const bool many = sources.data.size() > 1 || sources.are_maps();
    if (many && !options.posterior.empty())
        throw InputError({.where = "--posterior",
                          .found = sources.are_maps() ? "maps" : std::to_string(sources.data.size()) + " sources",
                          .allowed = "one source in a table"});
    if (!options.posterior.empty() && options.sampler == "none")
        throw InputError(
            {.where = "--posterior", .found = "--sampler none makes no chains", .next = "leave one of them out"});
    if (!options.posterior.empty()) check_output(options.posterior, context.force);
    check_pictures(context, options.pictures);
    if (sources.are_maps() && !context.output.ends_with(".fits"))
        throw InputError({.where = "-o " + context.output, .found = "maps go to FITS", .next = "-o NAME.fits"});
    if (sources.are_maps())
        check_output(context.output, context.force);
    else
        check_table_output(context);
}

/// All sources at once, by a network that was trained to run an emulator backward.
void fit_backward(Context& context, const FitOptions& options, const infer::Backward& backward) {
    const FitSources sources = read_sources(context, options, {.names = backward.record().bands});
    check_outputs(context, options, sources);
    if (!options.posterior.empty())
        throw InputError({.where = "--posterior",
                          .found = "a network that is run backward has no chains",
                          .next = "fit with the emulator itself"});
    if (options.sampler != "auto")
        throw InputError({.where = "--sampler",
                          .found = "a network that is run backward does not sample",
                          .next = "leave it out, or fit with the emulator itself"});
    if (options.pictures.wanted())
        throw InputError({.where = "--report, --figures",
                          .found = "a network that is run backward gives estimates, of which no pictures are made",
                          .next = "fit with the emulator itself"});
    const std::vector<io::Column> columns = backward_columns(options.setup, backward, sources);
    const auto outside = std::count_if(columns.back().values.begin(), columns.back().values.end(),
                                       [](double count) { return count > 0.0; });
    if (outside > 0)
        context.say("note: " + std::to_string(outside) + " of " + std::to_string(sources.data.size()) +
                    " sources are unlike those of the training (column 'outside'): fit them with the emulator itself");
    Provenance provenance = context.provenance();
    provenance.settings = {{"emulator", options.setup.emulator}, {"distance", options.setup.distance}};
    provenance.inputs.emplace_back(options.observation, sha256(read_whole(options.observation)));
    if (sources.are_maps())
        write_maps(context, sources, columns, provenance);
    else
        put_table(context, table_of(sources, columns), provenance);
}

Observables observables_of(const Seen& seen) {
    const ModelInfo& info = seen.record().info;
    return {.names = seen.names(),
            .unit = seen.are_lines() ? info.output_unit : "",
            .model = info.name,
            .are_lines = seen.are_lines()};
}

void fit(Context& context, const FitOptions& options) {
    emulate::EmulatorRecord record = emulate::find_emulator(options.setup.emulator);
    if (auto backward = infer::backward_from(record))
        return fit_backward(context, options, infer::Backward(std::move(*backward)));
    const Seen seen(std::move(record), options.setup.curves);
    FitSources sources = read_sources(context, options, observables_of(seen));
    const infer::SedFit fit_of = make_fit(options.setup, seen, sources.bands, sources.units);
    set_truths(sources, fit_of.coordinates());
    check_outputs(context, options, sources);
    const bool many = sources.data.size() > 1 || sources.are_maps();
    const infer::SedFitOptions sampling = sampling_of(options, context, sources.data.size());
    if (!many) return fit_one(context, options, fit_of, seen, sources, sampling);
    if (context.output.empty())
        throw InputError({.where = "fit", .found = "many sources and no file to keep them in", .next = "-o NAME.ecsv"});
    FitJournal journal(context.output + ".partial", key_of(options, context, seen, fit_of), options.resume,
                       sources.data.size());
    try {
        fit_all(fit_of, sources, sampling, journal, *context.progress);
    } catch (const Interrupted&) {
        throw Interrupted(
            "stopped; what is finished is in " + context.output + ".partial: the same command with --resume goes on",
            stop_signal());
    }
    const Provenance provenance = provenance_of(context, options, seen, fit_of);
    if (sources.are_maps())
        write_maps(context, fit_of, sources, journal.rows(), provenance);
    else
        put_table(context, table_of(fit_of, sources, journal.rows()), provenance);
    if (options.pictures.wanted())
        write_pictures(context, options.pictures,
                       {.source = options.observation, .many = fitted_many(fit_of, sources, journal.rows())}, seen,
                       provenance);
    journal.remove();
    tell(context, fit_of, journal.rows());
    const bool none = std::none_of(journal.rows().begin(), journal.rows().end(),
                                   [](const FitRow& row) { return row.status == FitStatus::converged; });
    if (none)
        throw NumericalError(
            {.where = "fit", .found = "no source converged", .effect = context.output + " says why for each"});
}

}  // namespace

void add_fit(CLI::App& program, Context& context) {
    const auto options = std::make_shared<FitOptions>();
    CLI::App& command = add_command(
        program, context, "fit", "parameters from observed fluxes, with an emulator",
        "ismulate fit themis galaxy.ecsv --distance '3.2 Mpc' --calibration PACS=0.05,SPIRE=0.055 -o fit.ecsv "
        "--posterior fit.nc --report fit.html\n"
        "  ismulate fit themis maps.fits -p age=1e9 -o parameters.fits\n"
        "  ismulate fit meudon_co lines.csv --errors lines_err.csv --amount factor --multiplicative 'factor 1.1' "
        "-o fit.ecsv\n\n"
        "Observations: a table with a row per source, columns called like bands (PACS_70 [Jy]), NAME_err with the "
        "standard\n"
        "deviation and, for limits, NAME_flag = upper or lower; or FITS images called NAME and NAME_err by EXTNAME, on "
        "one grid.\n"
        "In maps NAME_flag is 1 (upper), -1 (lower) or 0. NaN = not observed. A limit without an error is taken as 3 "
        "sigma. Exit status 3: the fit did not converge.",
        [&context, options] { fit(context, *options); });
    command.add_option("emulator", options->setup.emulator, "a shipped emulator or an .ism file")
        ->required()
        ->type_name("NAME|FILE");
    command.add_option("observation", options->observation, "a table of fluxes, or FITS maps")
        ->required()
        ->type_name("FILE");
    add_fit_setup_options(command, options->setup);
    command
        .add_option("--multiplicative", options->setup.multiplicative,
                    "log-normal error of each line on its own: 0.1 (of ln), 'factor 1.3', LINE=0.2; globs and lists")
        ->type_name("LIST");
    command
        .add_option("--errors", options->errors,
                    "a second table with the errors, its columns called as those of the fluxes, for the same rows")
        ->type_name("FILE");
    command.add_option("--censored", options->censored, "values below that many sigma are upper limits there")
        ->check(CLI::Range(1e-6, 1e6))
        ->type_name("SIGMAS");
    command.add_flag("--maps", options->maps, "the rows of the table are pixels X, Y: -o NAME.fits gets maps");
    command
        .add_option("--sampler", options->sampler,
                    "auto (mixture, then NUTS with jumps where that is not enough), mixture, nuts, ensemble, or none: "
                    "only the best fit")
        ->check(CLI::IsMember({"auto", "mixture", "nuts", "ensemble", "none"}))
        ->capture_default_str();
    command.add_option("--chains", options->chains, "chains of a source")
        ->check(whole_number(2, 1000))
        ->capture_default_str();
    command.add_option("--warmup", options->warmup, "draws of a chain that adapt it")
        ->check(whole_number(20, 1000000))
        ->capture_default_str();
    command.add_option("--draws", options->draws, "draws of a chain that are kept")
        ->check(whole_number(10, 10000000))
        ->capture_default_str();
    command.add_option("--posterior", options->posterior, "the chains of one source, for ArviZ")->type_name("FILE.nc");
    add_fit_picture_options(command, options->pictures);
    command.add_flag("--resume", options->resume, "go on where a run of many sources was stopped");
}

}  // namespace ism::app
