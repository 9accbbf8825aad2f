#include <algorithm>
#include <chrono>
#include <cmath>
#include <iostream>
#include <optional>

#include <nlohmann/json.hpp>

#include <ism/base/atomic_file.hpp>
#include <ism/base/errors.hpp>
#include <ism/base/parallel.hpp>
#include <ism/base/random.hpp>
#include <ism/base/sha256.hpp>
#include <ism/base/text.hpp>
#include <ism/emulate/emulator.hpp>
#include <ism/emulate/interpolator.hpp>
#include <ism/emulate/shipped.hpp>
#include <ism/explain/compare.hpp>
#include <ism/io/dataset_file.hpp>
#include <ism/simulate/registry.hpp>

#include "bands_option.hpp"
#include "budget.hpp"
#include "compare_networks.hpp"
#include "comparison_physics.hpp"
#include "context.hpp"
#include "output_choice.hpp"

namespace ism::app {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint64_t split_stream = 1;  // of the seed

struct CompareCall {
    std::string grid, emulator, test, regular_grid;
    std::vector<std::string> methods{"full", "nearest", "linear", "cubic", "neighbours", "network"};
    std::vector<std::string> parameters;
    std::string budget = "15m";
    OutputChoice outputs;
    std::string split;  ///< as typed: a share of the models, or nothing after --split
    bool has_split = false;
    double faint = std::nan("");
    explain::CompareOptions options;

    /// Networks are learned here, on a share of the grid; else an emulator that exists is compared.
    [[nodiscard]] bool learns() const { return emulator.empty(); }
};

/// What is compared on what; owns the models that the contenders point to.
struct Material {
    Dataset nodes, test;
    std::optional<Dataset> regular;
    std::unique_ptr<emulate::Emulator> network;
    std::vector<std::unique_ptr<emulate::Emulator>> learned;
    std::optional<Through> through;
    std::vector<std::unique_ptr<Model>> models;
    Provenance provenance;
    std::string grid_checksum;
};

/// The bands of an emulator of bands, as its provenance tells; nothing for other emulators.
std::optional<Through> through_of(const emulate::EmulatorRecord& record, const std::string& emulator) {
    if (record.info.axis.kind != "band") return std::nullopt;
    const auto told = Json::parse(record.provenance, nullptr, false);
    const auto bands = Json::json_pointer("/settings/bands"), convention = Json::json_pointer("/settings/convention");
    if (!told.is_object() || !told.contains(bands) || !told[bands].is_string() || !told.contains(convention) ||
        !told[convention].is_string())
        throw InputError({.where = emulator,
                          .found = "it knows fluxes in bands and does not tell how they were made from spectra",
                          .effect = "nothing was compared",
                          .next = "compare an emulator that ismulate train --bands made"});
    return Through{bands_from(told[bands].get<std::string>()), convention_of(told[convention].get<std::string>()), {}};
}

/// A dataset, through the bands of the emulator where it knows only these.
Dataset read(const std::string& path, const CompareCall& call, const Context& context, Material& material) {
    io::ReadDataset dataset = io::read_dataset(path, call.parameters);
    for (const auto& warning : dataset.warnings) context.say("warning: " + warning);
    material.provenance.inputs.emplace_back(path.substr(path.find_last_of('/') + 1), sha256(read_whole(path)));
    dataset.dataset = chosen(std::move(dataset.dataset), call.outputs);
    if (!material.through || dataset.dataset.info.axis.kind == "band") return std::move(dataset.dataset);
    material.through->spectra = dataset.dataset.info.axis;
    const observe::Photometer photometer(material.through->bands, observe::wavelengths_of(dataset.dataset.info),
                                         material.through->convention);
    return observe::through_bands(dataset.dataset, photometer);
}

/// Rows that training kept for its own test, from the history beside the emulator.
std::vector<std::size_t> test_rows_of(const std::string& emulator, std::size_t size) {
    const std::string path = emulator + ".log.json";
    const auto log = Json::parse(read_whole(path), nullptr, false);
    std::vector<std::size_t> kept;
    if (log.is_object() && log.contains("test_rows") && log["test_rows"].is_array()) {
        for (const auto& row : log["test_rows"])
            kept.push_back(row.is_number_unsigned() ? row.get<std::size_t>() : size);
    }
    if (kept.empty()) {
        throw InputError({.where = path,
                          .found = "it names no models of the grid that training kept for its test",
                          .effect = "nothing was compared",
                          .next = "give held-out models with --test FILE.h5"});
    }
    for (const std::size_t row : kept) {
        if (row < size) continue;
        throw InputError({.where = path,
                          .found = "it names a model that the grid does not have; the grid has " + std::to_string(size),
                          .effect = "nothing was compared",
                          .next = "use the grid that the emulator was trained on, or --test FILE.h5"});
    }
    return kept;
}

/// Takes the models that training never saw out of the grid.
void split_off_test(Material& material, const std::string& emulator) {
    const auto kept = test_rows_of(emulator, material.nodes.size());
    std::vector<bool> is_test(material.nodes.size(), false);
    for (const std::size_t row : kept) is_test[row] = true;
    std::vector<std::size_t> others;
    for (std::size_t i = 0; i < is_test.size(); ++i) {
        if (!is_test[i]) others.push_back(i);
    }
    material.test = rows(material.nodes, kept);
    material.nodes = rows(material.nodes, others);
}

/// Training data are known by their checksum; another grid may hide models that the network has seen.
void check_origin(const Material& material, const CompareCall& call, const Context& context) {
    const auto origin = Json::parse(material.network->record().provenance, nullptr, false);
    if (origin.is_object() && origin.contains("inputs") && origin["inputs"].is_object()) {
        for (const auto& [name, checksum] : origin["inputs"].items()) {
            if (checksum.is_string() && checksum.get<std::string>() == material.grid_checksum) return;
        }
    }
    if (call.has_split) {
        throw InputError(
            {.where = call.emulator,
             .found = "it was not trained on " + call.grid + " (other checksum), so its split means nothing there",
             .effect = "nothing was compared",
             .next = "use the grid that it was trained on, or --test FILE.h5"});
    }
    context.say("note: " + call.emulator + " was trained on another grid than " + call.grid +
                "; make sure that the test models are not among those it learned");
}

/// A share of the models at random to make the methods from, the others to judge them.
void split_at_random(Material& material, const CompareCall& call, const Context& context) {
    const auto share = number_from(call.split);
    if (!share || !(*share > 0.0 && *share < 1.0))
        throw InputError({.where = "--split " + call.split,
                          .found = call.split.empty() ? "no share" : "no share of the models",
                          .allowed = "a number between 0 and 1: 0.8 makes the methods from 80 % of the models",
                          .effect = "nothing was compared"});
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < material.nodes.size(); ++i) order.push_back(i);
    Random random(context.seed, split_stream);
    shuffle(order, random);
    const auto kept = static_cast<std::size_t>(std::llround(*share * static_cast<double>(order.size())));
    if (kept < 2 || kept >= order.size())
        throw InputError({.where = "--split " + call.split,
                          .found = std::to_string(kept) + " of " + std::to_string(order.size()) + " models",
                          .allowed = "two or more to learn from, one or more to judge by"});
    std::vector<std::size_t> learned(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(kept));
    std::vector<std::size_t> judged(order.begin() + static_cast<std::ptrdiff_t>(kept), order.end());
    std::sort(learned.begin(), learned.end());
    std::sort(judged.begin(), judged.end());
    material.test = rows(material.nodes, judged);
    material.nodes = rows(material.nodes, learned);
}

/// A grid, of which a share is held out, or all of it where test models are given.
Material gather_to_learn(const CompareCall& call, const Context& context) {
    Material material;
    material.provenance = context.provenance();
    material.nodes = read(call.grid, call, context, material);
    if (!call.regular_grid.empty()) material.regular = read(call.regular_grid, call, context, material);
    if (call.test.empty())
        split_at_random(material, call, context);
    else
        material.test = read(call.test, call, context, material);
    return material;
}

Material gather(const CompareCall& call, const Context& context) {
    if (call.learns()) return gather_to_learn(call, context);
    Material material;
    material.provenance = context.provenance();
    material.network = std::make_unique<emulate::Emulator>(emulate::find_forward_emulator(call.emulator));
    material.through = through_of(material.network->record(), call.emulator);
    material.nodes = read(call.grid, call, context, material);
    material.grid_checksum = material.provenance.inputs.back().second;
    if (call.emulator.ends_with(".ism")) {
        material.provenance.inputs.emplace_back(call.emulator.substr(call.emulator.find_last_of('/') + 1),
                                                sha256(read_whole(call.emulator)));
    }
    check_origin(material, call, context);
    if (!call.regular_grid.empty()) material.regular = read(call.regular_grid, call, context, material);
    if (call.has_split)
        split_off_test(material, call.emulator);
    else
        material.test = read(call.test, call, context, material);
    return material;
}

std::size_t memory_of(const emulate::Emulator& network) {
    const ModelInfo& info = network.info();
    const std::size_t scalings = 2 * (info.parameter_count() + info.output_count());
    return 4 * emulate::weight_count(network.record().network) + 8 * scalings;
}

explain::Contender network_contender(const emulate::Emulator& network) {
    return {.name = "network",
            .title = "neural network",
            .description = emulate::describe(network.record().network) + ", " +
                           std::to_string(emulate::weight_count(network.record().network)) + " weights",
            .model = &network,
            .memory = memory_of(network)};
}

/// Linear and cubic interpolation take the regular grid where there is one.
explain::Contender interpolation_contender(const emulate::InterpolationMethod& method, Material& material) {
    explain::Contender contender{.name = method.name, .title = method.title};
    const bool wants_regular = method.name == "linear" || method.name == "cubic";
    const Dataset& data = wants_regular && material.regular ? *material.regular : material.nodes;
    try {
        const auto start = std::chrono::steady_clock::now();
        auto model = method.make(data);
        contender.train_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        contender.description = model->description();
        contender.memory = model->memory();
        contender.model = model.get();
        if (model->dropped() > 0)
            contender.note = std::to_string(model->dropped()) + " failed or masked models left out";
        material.models.push_back(std::move(model));
    } catch (const InputError& error) {
        contender.note = error.what();
    }
    return contender;
}

explain::Contender physics_contender(Material& material) {
    explain::Contender contender{.name = "full", .title = "full computation", .is_truth = true};
    contender.model = physics_of(material.nodes, material.test, material.through, material.models, contender.note);
    if (contender.model != nullptr) contender.description = "simulator '" + material.nodes.info.name + "'";
    return contender;
}

const NetworkKind* network_kind(const std::string& name) {
    const auto* const found = std::find_if(std::begin(network_kinds), std::end(network_kinds),
                                           [&](const NetworkKind& kind) { return kind.name == name; });
    return found == std::end(network_kinds) ? nullptr : found;
}

explain::Contender learned_contender(const NetworkKind& kind, const CompareCall& call, Material& material,
                                     Context& context) {
    LearnedNetwork learned = learn_network(kind, material.nodes, seconds_from(call.budget), context);
    material.learned.push_back(std::make_unique<emulate::Emulator>(std::move(learned.record)));
    explain::Contender contender = network_contender(*material.learned.back());
    contender.name = kind.name;
    contender.title = kind.title;
    contender.train_seconds = learned.seconds;
    return contender;
}

std::vector<std::string> method_names() {
    std::vector<std::string> names{"full"};
    for (const auto& method : emulate::interpolation_methods()) names.push_back(method.name);
    for (const NetworkKind& kind : network_kinds) names.emplace_back(kind.name);
    return names;
}

std::vector<explain::Contender> contenders_of(const CompareCall& call, Material& material, Context& context) {
    std::vector<explain::Contender> contenders;
    for (const auto& name : call.methods) {
        if (name == "full") {
            contenders.push_back(physics_contender(material));
        } else if (const NetworkKind* kind = network_kind(name)) {
            contenders.push_back(call.learns() ? learned_contender(*kind, call, material, context)
                                               : network_contender(*material.network));
        } else {
            const auto& all = emulate::interpolation_methods();
            const auto found =
                std::find_if(all.begin(), all.end(), [&](const auto& method) { return method.name == name; });
            contenders.push_back(interpolation_contender(*found, material));
        }
    }
    return contenders;
}

io::Table table_of(const explain::Comparison& comparison) {
    constexpr double none = std::numeric_limits<double>::quiet_NaN();
    const std::string spectra = std::to_string(comparison.options.spectra) + " spectra";
    io::Table table;
    table.columns = {
        {"method", "", "name of the method", {}, {}},
        {"median", "", "relative error, median", {}, {}},
        {"mean", "", "relative error, mean", {}, {}},
        {"percentile_99", "", "relative error, 99th percentile", {}, {}},
        {"maximum", "", "relative error, maximum", {}, {}},
        {"log_error", "", "mean |d log10 / log10| of values in " + comparison.info.output_unit + ", per cent", {}, {}},
        {"memory", "byte", "what must be kept", {}, {}},
        {"cpu_time", "s", "one thread, " + spectra, {}, {}}};
    for (const auto& method : comparison.methods) {
        table.columns[0].texts.push_back(method.name);
        const auto* a = method.accuracy ? &*method.accuracy : nullptr;
        const double values[] = {a ? a->median : none,
                                 a ? a->mean : none,
                                 a ? a->percentile_99 : none,
                                 a ? a->maximum : none,
                                 a ? a->log_error : none,
                                 method.memory > 0 ? static_cast<double>(method.memory) : none,
                                 method.cpu_seconds.value_or(none)};
        for (std::size_t k = 0; k < std::size(values); ++k) table.columns[k + 1].values.push_back(values[k]);
    }
    table.meta.emplace_back("verdict", explain::verdict(comparison));
    return table;
}

void check_call(CompareCall& call, const Context& context) {
    if (!context.output.empty()) {
        if (!context.output.ends_with(".json") && !context.output.ends_with(".ecsv") &&
            !context.output.ends_with(".csv") && !context.output.ends_with(".fits")) {
            throw InputError({.where = "-o " + context.output,
                              .found = "the ending does not name a format",
                              .allowed = ".json (everything), .ecsv, .csv, .fits (the table)",
                              .effect = "nothing was compared"});
        }
        check_output(context.output, context.force);
    }
    if (!call.test.empty() && call.has_split)
        throw InputError({.where = "--test and --split", .found = "both are given", .allowed = "one of them"});
    if (!call.learns() && !call.split.empty())
        throw InputError({.where = "--split " + call.split,
                          .found = "an emulator that exists was trained on its own share of the models",
                          .allowed = "--split alone: the models that its training kept for the test",
                          .effect = "nothing was compared",
                          .next = "leave --emulator out to learn a network here"});
    for (const std::string& name : call.methods) {
        if (!call.learns() && name != "network" && network_kind(name))
            throw InputError({.where = "--methods " + name,
                              .found = "an emulator that exists is compared as 'network'",
                              .effect = "nothing was compared",
                              .next = "leave --emulator out to learn other networks"});
        const auto names = method_names();
        if (std::find(names.begin(), names.end(), name) == names.end())
            refuse_name(name, names, {.where = "--methods", .found = "there is no method '" + name + "'"});
        if (std::count(call.methods.begin(), call.methods.end(), name) > 1)
            throw InputError({.where = "--methods", .found = name + " comes twice"});
    }
    (void)seconds_from(call.budget);
    if (call.test.empty()) call.has_split = true;
}

void run_compare(Context& context, CompareCall call) {
    check_call(call, context);
    const bool networks = std::any_of(call.methods.begin(), call.methods.end(),
                                      [](const std::string& name) { return network_kind(name) != nullptr; });
    if (call.learns() && networks) require_learning(context);
    Material material = gather(call, context);
    const bool spectra = material.nodes.info.axis.kind == "wavelength";
    call.options.faint = std::isnan(call.faint) ? (spectra ? call.options.faint : 0.0) : call.faint;
    call.options.factors = !spectra && material.nodes.info.axis.kind != "band";
    call.options.seed = context.seed;
    if (call.learns() && call.methods.front() == "full" && material.nodes.provenance.empty())
        call.methods.erase(call.methods.begin());
    const auto contenders = contenders_of(call, material, context);
    set_thread_count(1);  // CPU times are those of one thread
    std::vector<const Dataset*> known{&material.nodes};
    if (material.regular) known.push_back(&*material.regular);
    const auto comparison = explain::compare(contenders, explain::held_out(material.test, known, contenders), "network",
                                             call.options, *context.progress);
    const std::string json = explain::to_json(comparison, material.provenance.json());
    if (context.output.ends_with(".json")) {
        write_atomically(context.output, json);
    } else if (!context.output.empty()) {
        io::Table table = table_of(comparison);
        table.meta.emplace_back("provenance", material.provenance.json());
        io::write_table(context.output, table);
    }
    std::cout << (context.json ? json : explain::to_text(comparison));
    if (!context.output.empty()) context.say("wrote " + context.output);
}

}  // namespace

void add_compare(CLI::App& program, Context& context) {
    const auto call = std::make_shared<CompareCall>();
    CLI::App& command = add_command(program, context, "compare", "the table: every method, its error, memory and time",
                                    "ismulate compare dust.h5 --emulator dust.ism --test test.h5 -o compare.json\n"
                                    "  ismulate compare pdr.h5 --outputs 'CO*,!*sm' --split 0.8 --methods "
                                    "nearest,rbf-cubic,network --budget 15m",
                                    [&context, call] { run_compare(context, *call); });
    command.add_option("grid", call->grid, "dataset that the methods are made from")->required()->type_name("GRID");
    command
        .add_option("--emulator", call->emulator,
                    "FILE.ism, or the name of a shipped emulator; without it a network is learned here")
        ->type_name("FILE");
    command.add_option("--test", call->test, "held-out models at random parameters")->type_name("FILE");
    command
        .add_option_function<std::vector<std::string>>(
            "--split",
            [call](const std::vector<std::string>& typed) {
                call->has_split = true;
                call->split = typed.empty() ? "" : typed.front();
            },
            "0.8: methods are made from 80 % of the models and judged by the others; with --emulator and without a "
            "number: by those that its training kept for the test")
        ->expected(0, 1)
        ->type_name("[SHARE]");
    command.add_option("--budget", call->budget, "time that learning a network may take: 90s, 15m, 2h")
        ->capture_default_str();
    add_output_choice(command, call->outputs);
    command
        .add_option("--regular-grid", call->regular_grid,
                    "as many models in a regular grid, for linear and cubic interpolation")
        ->type_name("FILE");
    command
        .add_option("--methods", call->methods,
                    "any of full, nearest, linear, cubic, rbf-linear, rbf-cubic, rbf-quintic, neighbours, network, "
                    "network-polynomial, network-dense, network-polynomial-dense")
        ->delimiter(',');
    command.add_option("--parameters", call->parameters, "columns that are parameters, where the data are tables")
        ->delimiter(',');
    command
        .add_option("--faint", call->faint,
                    "values below this share of the peak of their spectrum do not count [1e-4 for spectra, else 0]")
        ->check(CLI::Range(0.0, 1.0));
    command.add_option("--spectra", call->options.spectra, "number of spectra that CPU times are given for")
        ->capture_default_str()
        ->check(CLI::Range(1, 10000000));
    command.add_option("--repetitions", call->options.repetitions, "of each timing; the median counts")
        ->capture_default_str()
        ->check(CLI::Range(1, 1000));
}

}  // namespace ism::app
