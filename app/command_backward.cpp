#include <algorithm>
#include <filesystem>

#include <nlohmann/json.hpp>

#include <ism/base/atomic_file.hpp>
#include <ism/base/errors.hpp>
#include <ism/base/parallel.hpp>
#include <ism/base/sha256.hpp>
#include <ism/base/text.hpp>
#include <ism/base/units.hpp>
#include <ism/emulate/shipped.hpp>
#include <ism/train/backward.hpp>

#include "bands_option.hpp"
#include "budget.hpp"
#include "context.hpp"
#include "fit_setup.hpp"
#include "learned_output.hpp"
#include "terminal_progress.hpp"

namespace ism::app {
namespace {

struct BackwardOptions {
    FitSetupOptions setup;
    train::BackwardConfig config;
    infer::ObservingOptions observing;
    std::string bands, budget = "5m";
};

/// Units in which the bands could be seen; the network itself works in those of the model.
std::string unit_for(infer::Amount amount, const std::string& model_unit) {
    if (amount == infer::Amount::none || amount == infer::Amount::factor) return model_unit;
    return amount == infer::Amount::column_density ? "MJy sr-1" : "Jy";
}

/// The fit to be run backward. Amounts are found per solar mass or per cm-2, whatever the distance: any will do.
infer::SedFit fit_of(const BackwardOptions& options, const Seen& seen) {
    FitSetupOptions setup = options.setup;
    if (setup.amount.empty())
        throw InputError({.where = "backward",
                          .found = "it is not said what scales the fluxes",
                          .allowed = "--amount dust_mass, hydrogen_mass, column_density, scale; none where the model "
                                     "gives fluxes itself",
                          .effect = "nothing was learned"});
    if (seen.record().info.axis.kind != "band" && is_named(seen.record().info.axis))
        throw InputError({.where = "backward",
                          .found = "'" + seen.record().info.name + "' gives lines or numbers without wavelengths",
                          .allowed = "an emulator of spectra or bands",
                          .effect = "nothing was learned",
                          .next = "ismulate fit takes it"});
    if (setup.distance.empty()) setup.distance = "1 Mpc";
    std::vector<std::string> names = seen.names();
    if (!options.bands.empty()) {
        names.clear();
        for (const observe::Band& band : bands_from(options.bands)) {
            if (std::find(seen.names().begin(), seen.names().end(), band.name) == seen.names().end())
                refuse_name(band.name, seen.names(),
                            {.where = "--bands " + band.name, .found = "the emulator does not know it"});
            names.push_back(band.name);
        }
    }
    const std::string unit = unit_for(infer::amount_from_string(setup.amount), seen.record().info.output_unit);
    return make_fit(setup, seen, names, std::vector<std::string>(names.size(), unit));
}

std::string percent(double fraction) { return to_text(100 * fraction, 3) + " %"; }

std::string log_json(const train::BackwardTraining& training) {
    nlohmann::ordered_json errors = nlohmann::ordered_json::array();
    for (const train::BackwardError& of : training.errors)
        errors.push_back({{"name", of.name},
                          {"rms", of.rms},
                          {"prior_rms", of.prior_rms},
                          {"inside_68", of.inside_68},
                          {"inside_95", of.inside_95}});
    return nlohmann::ordered_json{{"steps", training.steps},
                                  {"seconds", training.seconds},
                                  {"ended_by", training.ended_by},
                                  {"losses", training.losses},
                                  {"errors", errors}}
        .dump(2);
}

std::string provenance_of(const Context& context, const BackwardOptions& options, const infer::SedFit& fit,
                          std::size_t steps) {
    Provenance provenance = context.provenance();
    std::string bands;
    for (const infer::FluxBand& band : fit.setup().bands) bands += (bands.empty() ? "" : ",") + band.name;
    provenance.settings = {{"emulator", options.setup.emulator},
                           {"amount", to_string(fit.setup().amount)},
                           {"bands", bands},
                           {"fields", options.setup.fields},
                           {"calibration", options.setup.calibration},
                           {"floor", to_text(fit.setup().floor)},
                           {"width", std::to_string(options.config.width)},
                           {"depth", std::to_string(options.config.depth)},
                           {"batch", std::to_string(options.config.batch)},
                           {"learning_rate", to_text(options.config.learning_rate)},
                           {"steps", std::to_string(steps)},
                           {"least_error", to_text(options.observing.least_relative)},
                           {"most_error", to_text(options.observing.most_relative)},
                           {"most_missing", to_text(options.observing.most_missing)}};
    if (options.setup.dust_to_hydrogen > 0.0)
        provenance.settings.emplace_back("dust_to_hydrogen", to_text(options.setup.dust_to_hydrogen));
    for (const infer::Coordinate& one : fit.coordinates())
        provenance.settings.emplace_back("prior " + one.name, one.prior.str());
    for (const std::string& path : {options.setup.emulator, options.setup.priors}) {
        if (std::filesystem::exists(path)) provenance.inputs.emplace_back(path, sha256(read_whole(path)));
    }
    return provenance.json();
}

void learn_backward(Context& context, BackwardOptions& options) {
    check_learned_name(context, "backward " + options.setup.emulator);
    options.config.budget = seconds_from(options.budget);
    options.config.seed = context.seed;
    options.config.threads = context.threads;
    train::check(options.config);
    const std::string log_path = check_learned_files(context);
    const Seen seen(emulate::find_forward_emulator(options.setup.emulator), options.setup.curves);
    const infer::SedFit fit = fit_of(options, seen);
    train::BackwardTraining training = train::train_backward(fit, options.config, options.observing, *context.progress);
    training.network.network.provenance = provenance_of(context, options, fit, training.steps);
    write_emulator(context.output, to_emulator(training.network));
    write_atomically(log_path, log_json(training) + "\n");
    context.say(std::to_string(training.steps) + " steps of " + std::to_string(options.config.batch) + " sources in " +
                duration_text(training.seconds) + ", ended by " + training.ended_by + "; " +
                std::to_string(options.config.judged) + " other sources:");
    for (const train::BackwardError& of : training.errors)
        context.say("  " + of.name + ": error " + to_text(of.rms, 3) + " on its scale (of the prior alone " +
                    to_text(of.prior_rms, 3) + "); the 68 % interval holds " + percent(of.inside_68) +
                    ", the 95 % one " + percent(of.inside_95));
    context.say("written: " + context.output + " and " + log_path);
    if (training.ended_by == "interrupt")
        throw Interrupted("training was stopped after " + std::to_string(training.steps) +
                              " steps; the network so far is in " + context.output,
                          stop_signal());
}

void add_observing_options(CLI::App& command, infer::ObservingOptions& observing) {
    command.add_option("--least-error", observing.least_relative, "smallest relative error of a source's fluxes")
        ->check(CLI::Range(1e-6, 10.0))
        ->capture_default_str();
    command.add_option("--most-error", observing.most_relative, "largest relative error of a source's fluxes")
        ->check(CLI::Range(1e-6, 10.0))
        ->capture_default_str();
    command.add_option("--most-missing", observing.most_missing, "largest share of bands that were not observed")
        ->check(CLI::Range(0.0, 1.0))
        ->capture_default_str();
}

}  // namespace

void add_backward(CLI::App& program, Context& context) {
    const auto options = std::make_shared<BackwardOptions>();
    CLI::App& command = add_command(
        program, context, "backward", backward_summary,
        "ismulate backward bands.ism --amount dust_mass -p dust_mass=1e3:1e6 --calibration PACS=0.05,SPIRE=0.055 -o "
        "backward.ism\n"
        "  ismulate fit backward.ism galaxies.csv --distance '3.2 Mpc' -o parameters.ecsv\n\n"
        "It learns from synthetic sources: parameters and amount from their priors, fluxes of the emulator, noise of "
        "all\n"
        "sizes, bands left out at random, upper limits. Estimates are those of all sources that look alike: the "
        "priors\n"
        "matter, and sources unlike the synthetic ones are not for it.",
        [&context, options] { learn_backward(context, *options); });
    command.add_option("emulator", options->setup.emulator, "a shipped emulator or an .ism file")
        ->required()
        ->type_name("NAME|FILE");
    command
        .add_option("--bands", options->bands, "bands or instruments, separated by commas; default: all that it knows")
        ->type_name("NAME,...");
    add_fit_setup_options(command, options->setup);
    add_observing_options(command, options->observing);
    command.add_option("--width", options->config.width, "neurons of a hidden layer")
        ->check(whole_number(1, 4096))
        ->capture_default_str();
    command.add_option("--depth", options->config.depth, "hidden layers")
        ->check(whole_number(1, 64))
        ->capture_default_str();
    command.add_option("--batch", options->config.batch, "synthetic sources of a step")
        ->check(whole_number(2, 1000000))
        ->capture_default_str();
    command.add_option("--steps", options->config.steps, "most steps")
        ->check(whole_number(1, 1000000000))
        ->capture_default_str();
    command
        .add_option("--learning-rate", options->config.learning_rate,
                    "highest learning rate; falls along half a cosine")
        ->capture_default_str();
    command.add_option("--budget", options->budget, "time that training may take: 90s, 15m, 2h; 0: no limit")
        ->capture_default_str();
}

}  // namespace ism::app
