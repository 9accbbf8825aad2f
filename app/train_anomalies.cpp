#include "train_anomalies.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>

#include <ism/base/atomic_file.hpp>
#include <ism/base/errors.hpp>
#include <ism/base/parallel.hpp>
#include <ism/base/sha256.hpp>
#include <ism/base/text.hpp>
#include <ism/emulate/emulator.hpp>
#include <ism/explain/chart.hpp>

#include "anomaly_list.hpp"
#include "anomaly_pictures.hpp"

namespace ism::app {
namespace {

std::string file_name(const std::string& path) { return path.substr(path.find_last_of('/') + 1); }

std::string list_path(const Context& context) {
    return context.output.substr(0, context.output.size() - 4) + ".anomalies.ecsv";
}
std::string picture_path(const Context& context) {
    return context.output.substr(0, context.output.size() - 4) + ".anomalies.svg";
}

/// A robust network of all models, learned in half of the time, and what it says of each.
std::vector<double> robust_predictions(Context& context, const Dataset& dataset, train::TrainConfig config) {
    config.test = 0.0;
    config.epochs = std::max<std::size_t>(1, config.epochs / 2);
    config.budget /= 2;
    context.say("looking for anomalies: a network learned with the " + train::to_string(config.loss) + " loss");
    train::Training training = train::train(dataset, config, *context.progress);
    if (training.report.ended_by == "interrupt")
        throw Interrupted("the search for anomalies was stopped; nothing was written", stop_signal());
    const emulate::Emulator emulator(std::move(training.emulator), {.outside = emulate::Outside::nearest});
    std::vector<double> predictions(dataset.outputs.size());
    const std::size_t parameters = dataset.info.parameter_count(), outputs = dataset.info.output_count();
    for (std::size_t i = 0; i < dataset.size(); ++i) {
        if (!dataset.done(i)) continue;  // its parameters may be anything
        emulator.evaluate(std::span<const double>(dataset.parameters).subspan(i * parameters, parameters),
                          std::span<double>(predictions).subspan(i * outputs, outputs));
    }
    return predictions;
}

/// Each value once: what a rule says comes first.
void add_new(std::vector<train::Anomaly>& all, const std::vector<train::Anomaly>& more) {
    std::set<std::pair<std::size_t, std::size_t>> known;
    for (const auto& anomaly : all) known.emplace(anomaly.model, anomaly.output);
    for (const auto& anomaly : more) {
        if (known.emplace(anomaly.model, anomaly.output).second) all.push_back(anomaly);
    }
}

void say_what_was_found(const Context& context, const Dataset& dataset, const std::vector<train::Anomaly>& found) {
    std::set<std::size_t> whole, models;
    std::size_t rules = 0;
    for (const auto& anomaly : found) {
        models.insert(anomaly.model);
        if (anomaly.kind == train::Anomaly::Kind::model) whole.insert(anomaly.model);
        rules += anomaly.kind == train::Anomaly::Kind::rule;
    }
    context.say(std::to_string(found.size()) + " of " + std::to_string(dataset.outputs.size()) +
                " values are anomalies, in " + std::to_string(models.size()) + " models; " +
                std::to_string(whole.size()) + (whole.size() == 1 ? " model is" : " models are") + " wrong as a whole" +
                (rules > 0 ? ", " + std::to_string(rules) + " values break a rule" : "") +
                ". They are not learned and not judged");
    context.say("review them in " + list_path(context) + " (picture: " + picture_path(context) +
                "); take out the rows that you trust and learn again with --without " + list_path(context));
}

}  // namespace

void add_anomaly_options(CLI::App& command, AnomalyOptions& options) {
    const auto finite = [](const std::string& typed) {
        const auto value = number_from(typed);
        return value && std::isfinite(*value) ? std::string() : "'" + typed + "' is no finite number";
    };
    CLI::Option* const search = command.add_flag(
        "--anomalies", options.search,
        "first look for wrong values: a network learned with a robust loss (--loss, else cauchy; half of "
        "the budget again), then what it misses otherwise than the neighbours; they are listed in "
        "NAME.anomalies.ecsv and left out");
    command
        .add_option("--rules", options.rules,
                    "what physics says, [[rule]] in TOML: outputs = \"CO*\", falls_with = \"Av\" (or rises_with, "
                    "at_least, at_most, below); values that break a rule are listed and left out")
        ->type_name("FILE");
    command.add_option("--without", options.listed, "leave out the values of such a list, after your review")
        ->type_name("LIST");
    command
        .add_option("--anomaly-score", options.bars.score, "smallest score of an anomaly, in sigmas of its neighbours")
        ->capture_default_str()
        ->check(CLI::Range(3.0, 1e6))
        ->check(finite)
        ->needs(search);
    command
        .add_option("--anomaly-deviation", options.bars.deviation,
                    "smallest deviation of an anomaly: log10 of the factor by which it is off")
        ->capture_default_str()
        ->check(CLI::Range(0.0, 100.0))
        ->check(finite)
        ->needs(search);
}

void check_anomaly_files(const Context& context, const AnomalyOptions& options) {
    if (!options.search && options.rules.empty()) return;
    check_output(list_path(context), context.force);
    check_output(picture_path(context), context.force);
    const auto whole = [](const std::string& path) { return std::filesystem::weakly_canonical(path); };
    if (!options.listed.empty() && whole(options.listed) == whole(list_path(context)))
        throw InputError({.where = "--without " + options.listed,
                          .found = "the list that is read would be replaced by the one that is written",
                          .effect = "nothing was learned",
                          .next = "another name for -o, or leave --anomalies and --rules out"});
}

Dataset without_anomalies(Context& context, const Dataset& dataset, const train::TrainConfig& config,
                          const AnomalyOptions& options, Provenance& provenance) {
    Dataset kept = dataset;
    if (!options.listed.empty()) {
        const auto listed = read_anomalies(options.listed, dataset);
        provenance.inputs.emplace_back(file_name(options.listed), sha256(read_whole(options.listed)));
        context.say(std::to_string(listed.size()) + " values are left out as " + options.listed + " says");
        kept = train::without(std::move(kept), listed);
    }
    if (!options.search && options.rules.empty()) return kept;
    std::vector<train::Anomaly> found;
    if (!options.rules.empty()) {
        add_new(found, train::broken_rules(kept, read_rules(options.rules, kept.info)));
        provenance.inputs.emplace_back(file_name(options.rules), sha256(read_whole(options.rules)));
        kept = train::without(std::move(kept), found);
    }
    if (options.search) {
        const auto predictions = robust_predictions(context, kept, config);
        const auto suspected = train::find_anomalies(kept, predictions, options.bars);
        kept = train::without(std::move(kept), suspected);
        add_new(found, suspected);
        provenance.settings.emplace_back("anomaly-score", to_text(options.bars.score));
        provenance.settings.emplace_back("anomaly-deviation", to_text(options.bars.deviation));
    }
    provenance.settings.emplace_back("anomalies", std::to_string(found.size()));
    io::Table table = table_of(dataset, found);
    table.meta.emplace_back("provenance", provenance.json());
    io::write_table(list_path(context), table);
    write_atomically(picture_path(context), explain::to_svg_file(anomaly_chart(dataset, found)));
    say_what_was_found(context, dataset, found);
    return kept;
}

}  // namespace ism::app
