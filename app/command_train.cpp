#include <cmath>
#include <cstdio>
#include <iostream>

#include <nlohmann/json.hpp>

#include <ism/base/atomic_file.hpp>
#include <ism/base/errors.hpp>
#include <ism/base/parallel.hpp>
#include <ism/base/sha256.hpp>
#include <ism/base/text.hpp>
#include <ism/emulate/emulator_file.hpp>
#include <ism/io/dataset_file.hpp>
#include <ism/train/train.hpp>

#include "bands_option.hpp"
#include "budget.hpp"
#include "context.hpp"
#include "grid_check.hpp"
#include "learned_output.hpp"
#include "output_choice.hpp"
#include "terminal_progress.hpp"
#include "train_anomalies.hpp"

namespace ism::app {
namespace {

/// What the user typed; the names of enumerations and the budget are still text.
struct TrainOptions {
    train::TrainConfig config;
    std::string grid, activation, method, device, budget, test = "0.1", bands, convention = "instrument";
    double faint = std::nan("");
    OutputChoice outputs;
    AnomalyOptions anomalies;
    std::optional<std::size_t> order;  ///< these three have defaults that depend on the dataset
    std::optional<double> weight_decay;
    std::string loss;
    std::vector<std::string> parameters;  ///< columns that are parameters, where the dataset is a table
};

void add_network_options(CLI::App& command, TrainOptions& options) {
    train::TrainConfig& c = options.config;
    command.add_option("--width", c.width, "neurons of a hidden layer")->capture_default_str();
    command.add_option("--depth", c.depth, "hidden layers")->capture_default_str();
    command.add_flag("--residual,!--plain", c.residual,
                     "hidden layers add to what they are given (default; --plain: they replace it)");
    command.add_flag("--ladder,!--no-ladder", c.ladder,
                     "the first layer starts as steps evenly spread along each parameter (default)");
    command
        .add_option("--growth", c.growth,
                    "each hidden layer hands on the n values that it is given and adds ceil(growth n): 0.25 .. 1; "
                    "then --width is not used; 0: layers of one width")
        ->capture_default_str();
    command.add_option(
        "--order", options.order,
        "begin with all products of up to so many parameters [3 for lines of fewer than 4000 models, else 1]");
    command.add_option("--pca", c.components, "principal components between hidden layers and outputs; 0: none")
        ->capture_default_str();
    options.activation = emulate::to_string(c.activation);
    command
        .add_option("--activation", options.activation,
                    "relu, leaky_relu, elu, selu, softplus, tanh, silu, gelu, gelu_tanh or adaptive_silu")
        ->capture_default_str();
}

void add_search_options(CLI::App& command, TrainOptions& options) {
    train::TrainConfig& c = options.config;
    options.method = train::to_string(c.method);
    command.add_option("--method", options.method, "adam or soap (Adam in the eigenbasis of the gradients)")
        ->capture_default_str();
    command.add_option("--learning-rate", c.learning_rate, "highest learning rate; falls along half a cosine")
        ->capture_default_str();
    command.add_option("--warm-up", c.warm_up, "steps in which the learning rate rises")->capture_default_str();
    command.add_option(
        "--weight-decay", options.weight_decay,
        "decay of the weights per step and learning rate [0.003 for lines of fewer than 4000 models, else 0]");
    command
        .add_option(
            "--loss", options.loss,
            "square, or huber, log-cosh, student, cauchy: wrong values among the data bend the network less "
            "[huber for lines of fewer than 4000 models; else square, with --anomalies, --rules or --without log-cosh]")
        ->type_name("TEXT");
    command
        .add_option("--loss-scale", c.loss_scale,
                    "relative error beyond which these give way; 0: three times the network's median error")
        ->capture_default_str();
    command.add_option("--batch", c.batch, "models per step")->capture_default_str();
    command.add_option("--epochs", c.epochs, "passes through the data")->capture_default_str();
    options.budget = std::to_string(static_cast<int>(c.budget / 60)) + "m";
    command.add_option("--budget", options.budget, "time that training may take: 90s, 15m, 2h; 0: no limit")
        ->capture_default_str();
    command.add_option("--patience", c.patience, "epochs without progress after which training stops; 0: never")
        ->capture_default_str();
    command.add_option("--averaging", c.averaging, "decay of the running average of the weights; 0: none")
        ->capture_default_str();
    command.add_option("--faint", options.faint,
                       "outputs fainter than this share of the model's peak count less [2e-5 for spectra, else 0]");
}

void add_data_options(CLI::App& command, TrainOptions& options) {
    command.add_option("grid", options.grid, "dataset: .h5 from `ismulate grid`, or a table with --parameters")
        ->required()
        ->type_name("GRID");
    command.add_option("--parameters", options.parameters, "columns that are parameters, where GRID is a table: a,b,c")
        ->delimiter(',');
    command.add_option("--validation", options.config.validation, "share of the models that judges progress")
        ->capture_default_str();
    command.add_option("--test", options.test, "share of the models kept for the error table, or another dataset")
        ->capture_default_str();
    add_output_choice(command, options.outputs);
    add_bands_options(command, options.bands, options.convention);
    options.device = train::to_string(options.config.device);
    command.add_option("--device", options.device, "auto, cpu or cuda")->capture_default_str();
}

train::TrainConfig config_from(const TrainOptions& options, const Context& context) {
    train::TrainConfig config = options.config;
    config.activation = emulate::activation_from_string(options.activation);
    config.method = train::method_from_string(options.method);
    config.device = train::device_from_string(options.device);
    config.budget = seconds_from(options.budget);
    config.test = number_from(options.test).value_or(0.0);
    if (!std::isnan(options.faint)) config.faint = options.faint;
    config.seed = context.seed;
    config.threads = context.threads == 0 ? 1 : thread_count();  // two that wait for each other are often slower
    return config;
}

/// What depends on the dataset where the user has not said it.
void settle(train::TrainConfig& config, const TrainOptions& options, const Dataset& dataset) {
    const train::TrainConfig defaults = train::defaults_for(dataset.info, dataset.size());
    config.order = options.order.value_or(defaults.order);
    config.weight_decay = options.weight_decay.value_or(defaults.weight_decay);
    config.loss = options.loss.empty() ? defaults.loss : train::loss_from_string(options.loss);
    // a few wrong values escape every search; the square would make them the judge of the training
    if (options.loss.empty() && options.anomalies.used() && config.loss == train::Loss::square)
        config.loss = train::Loss::log_cosh;
    train::check(config);
}

/// A dataset as it will be learned: with --bands its spectra are seen through them.
Dataset dataset_from(const std::string& path, const TrainOptions& options, Context& context, Provenance& provenance) {
    io::ReadDataset read = io::read_dataset(path, options.parameters);
    for (const auto& warning : read.warnings) context.say("warning: " + warning);
    provenance.inputs.emplace_back(path.substr(path.find_last_of('/') + 1), sha256(read_whole(path)));
    read.dataset = chosen(std::move(read.dataset), options.outputs);
    const auto checked = [&](Dataset dataset) {
        if (path != options.grid) return dataset;
        return checked_grid(std::move(dataset), path, options.outputs.floor, context);
    };
    if (options.bands.empty()) return checked(std::move(read.dataset));
    const observe::Photometer photometer(bands_from(options.bands), observe::wavelengths_of(read.dataset.info),
                                         convention_of(options.convention));
    return checked(observe::through_bands(read.dataset, photometer));
}

std::string text_of(const emulate::ErrorRow& row) {
    const auto percent = [](double x) { return to_text(100 * x, 3) + " %"; };
    return row.quantity + ", " + std::to_string(row.models) + " models never trained on:\n  median " +
           percent(row.median) + ", mean " + percent(row.mean) + ", 99th percentile " + percent(row.percentile_99) +
           ", maximum " + percent(row.maximum);
}

void report(const Context& context, const train::Training& training, const std::string& log) {
    if (context.json) {
        std::cout << log;
        return;
    }
    const train::TrainReport& r = training.report;
    context.say(emulate::describe(training.emulator.network) + ", " +
                std::to_string(emulate::weight_count(training.emulator.network)) + " weights");
    context.say(std::to_string(r.split.training.size()) + " models learned, " +
                std::to_string(r.split.validation.size()) + " judged; " + duration_text(r.seconds) + " on " + r.device +
                "; best after epoch " + std::to_string(r.best_epoch) + ", ended by " + r.ended_by);
    if (r.failed_models > 0)
        context.say(std::to_string(r.failed_models) + " models were left out: their computation had failed");
    if (r.raised > 0)
        context.say(std::to_string(r.raised) + " values were learned as " + to_text(r.floor, 3) +
                    " of their model's largest output: they are fainter than that, or zero");
    if (r.zeros_left_out > 0)
        context.say(std::to_string(r.zeros_left_out) +
                    " values were left out: they are zero, and outputs are learned in log");
    for (const auto& row : r.errors) context.say(text_of(row));
    if (const std::string caution = emulate::caution(training.emulator); !caution.empty())
        context.say("warning: " + caution);
    context.say("written: " + context.output + " and " + context.output + ".log.json");
}

/// The network that found them learned the test models too: its list makes their errors look smaller than they are.
void say_what_is_not_judged(const Context& context, const Dataset& all, const Dataset& kept,
                            const std::vector<std::size_t>& test) {
    std::size_t left_out = 0, values = 0;
    for (const std::size_t i : test) {
        for (std::size_t j = 0; j < all.info.output_count(); ++j) {
            values += all.used(i, j);
            left_out += all.used(i, j) && !kept.used(i, j);
        }
    }
    if (left_out > 0)
        context.say("note: " + std::to_string(left_out) + " of the " + std::to_string(values) +
                    " values of the test models are among the anomalies and were not judged");
}

void train_emulator(Context& context, const TrainOptions& options) {
    check_learned_name(context, "train " + options.grid);
    train::TrainConfig config = config_from(options, context);
    settle(config, options, {});  // what is wrong with the options is said before the data are read
    const std::string log_path = check_learned_files(context);
    check_anomaly_files(context, options.anomalies);
    Provenance provenance = context.provenance();
    if (!options.outputs.globs.empty()) provenance.settings.emplace_back("outputs", options.outputs.globs);
    if (options.outputs.floor > 0.0) provenance.settings.emplace_back("floor", to_text(options.outputs.floor));
    if (!options.bands.empty()) add_bands(provenance, bands_from(options.bands), options.convention);
    Dataset dataset = dataset_from(options.grid, options, context, provenance);
    settle(config, options, dataset);
    const auto settings = train::settings(config);
    provenance.settings.insert(provenance.settings.begin(), settings.begin(), settings.end());
    Dataset all;  // before wrong values are left out
    if (options.anomalies.used()) {
        all = dataset;
        train::TrainConfig search = config;
        if (options.loss.empty()) search.loss = train::Loss::cauchy;
        dataset = without_anomalies(context, dataset, search, options.anomalies, provenance);
    }
    std::optional<Dataset> test;
    if (!number_from(options.test))
        test = with_outputs_of(dataset, dataset_from(options.test, options, context, provenance), options.test);
    train::Training training = train::train(dataset, config, *context.progress, test ? &*test : nullptr);
    nlohmann::ordered_json origin = nlohmann::ordered_json::parse(provenance.json());
    if (!dataset.provenance.empty())
        origin["dataset"] = nlohmann::ordered_json::parse(dataset.provenance, nullptr, false);
    training.emulator.provenance = origin.dump();
    const std::string log = train::log_json(training, config);
    write_emulator(context.output, training.emulator);
    write_atomically(log_path, log);
    report(context, training, log);
    if (!context.json && !all.outputs.empty())
        say_what_is_not_judged(context, all, dataset, training.report.split.test);
    if (training.report.ended_by == "interrupt") {
        throw Interrupted("training was stopped in epoch " + std::to_string(training.report.curve.back().epoch) +
                              "; the best network so far is in " + context.output,
                          stop_signal());
    }
}

}  // namespace

void add_train(CLI::App& program, Context& context) {
    const auto options = std::make_shared<TrainOptions>();
    CLI::App& command = add_command(
        program, context, "train", train_summary,
        "ismulate grid dust -p U=0.1:1e6 -p age=1e6:1e10 -p amin=0.35:2 --field bpass --size 20000 -o dust.h5\n"
        "  ismulate train dust.h5 -o dust.ism --budget 15m\n"
        "  ismulate predict dust.ism -p U=10 -p age=1e7 -p amin=0.5 -o sed.ecsv\n"
        "  ismulate train dust.h5 --bands IRAC,WISE,MIPS_24,PACS,SPIRE -o bands.ism",
        [&context, options] { train_emulator(context, *options); });
    add_data_options(command, *options);
    add_anomaly_options(command, options->anomalies);
    add_network_options(command, *options);
    add_search_options(command, *options);
}

}  // namespace ism::app
