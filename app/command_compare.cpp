#include <algorithm>
#include <cmath>
#include <functional>

#include <nlohmann/json.hpp>

#include <ism/base/atomic_file.hpp>
#include <ism/base/errors.hpp>
#include <ism/base/parallel.hpp>
#include <ism/base/sha256.hpp>
#include <ism/base/text.hpp>
#include <ism/emulate/shipped.hpp>
#include <ism/io/dataset_file.hpp>
#include <ism/observe/photometry.hpp>
#include <ism/regress/regressor.hpp>

#include "bands_option.hpp"
#include "budget.hpp"
#include "compare_call.hpp"
#include "compare_networks.hpp"
#include "grid_check.hpp"

namespace ism::app {
namespace {

using Json = nlohmann::ordered_json;

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

/// A grid, of which a share is held out, or all of it where test models are given.
Material gather_to_learn(const CompareCall& call, const Context& context) {
    Material material;
    material.provenance = context.provenance();
    material.nodes = read(call.grid, call, context, material);
    if (!call.regular_grid.empty()) material.regular = read(call.regular_grid, call, context, material);
    material.nodes = checked_grid(std::move(material.nodes), call.grid, call.outputs.floor, context);
    if (material.regular)
        material.regular = with_outputs_of(material.nodes, std::move(*material.regular), call.regular_grid);
    if (call.test.empty())
        split_grid(material, call, context);
    else
        material.test = with_outputs_of(material.nodes, read(call.test, call, context, material), call.test);
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

/// Shares to learn come with a random split, which holds out what the largest leaves.
void check_fractions(CompareCall& call) {
    if (call.fractions.empty()) return;
    const auto refuse = [](const std::string& found, const std::string& allowed) {
        throw InputError(
            {.where = "--fractions", .found = found, .allowed = allowed, .effect = "nothing was compared"});
    };
    if (!call.learns() || !call.test.empty())
        refuse(call.learns() ? "--test names the held-out models" : "the emulator is learned already",
               "a grid of which shares can be learned");
    for (const double share : call.fractions)
        if (!(share > 0.0 && share < 1.0)) refuse(to_text(share) + " is no share", "numbers between 0 and 1");
    std::sort(call.fractions.begin(), call.fractions.end(), std::greater<>());
    if (std::adjacent_find(call.fractions.begin(), call.fractions.end()) != call.fractions.end())
        refuse("a share comes twice", "numbers that differ");
    if (!call.has_split) {
        call.has_split = true;
        call.split = to_text(call.fractions.front());
    }
    const auto split = number_from(call.split);
    if (!split) refuse("--split " + call.split + " is not at random", "--split 0.8");
    if (call.fractions.front() > *split)
        refuse(to_text(call.fractions.front()) + " is more than --split " + call.split + " leaves to learn",
               "at most " + call.split);
}

void check_call(CompareCall& call, const Context& context) {
    check_compare_outputs(call, context);
    if (!call.test.empty() && call.has_split)
        throw InputError({.where = "--test and --split", .found = "both are given", .allowed = "one of them"});
    if (!call.learns() && !call.split.empty())
        throw InputError({.where = "--split " + call.split,
                          .found = "an emulator that exists was trained on its own share of the models",
                          .allowed = "--split alone: the models that its training kept for the test",
                          .effect = "nothing was compared",
                          .next = "leave --emulator out to learn a network here"});
    for (const std::string& name : call.methods) {
        if (!call.learns() && name != "network" && is_network(name))
            throw InputError({.where = "--methods " + name,
                              .found = "an emulator that exists is compared as 'network'",
                              .effect = "nothing was compared",
                              .next = "leave --emulator out to learn other networks"});
        const auto names = method_names();
        if (std::find(names.begin(), names.end(), name) == names.end())
            refuse_name(name, names, {.where = "--methods", .found = "there is no method '" + name + "'"});
        if (std::count(call.methods.begin(), call.methods.end(), name) > 1)
            throw InputError({.where = "--methods", .found = name + " comes twice"});
        if ((name == "forest" || name == "boosting") && !regress::has_trees())
            throw MachineError(ErrorText{.where = "--methods " + name,
                                         .found = "this ismulate was built without XGBoost",
                                         .effect = "nothing was compared",
                                         .next = "install libxgboost-dev and build again"});
    }
    check_fractions(call);
    (void)seconds_from(call.budget);
    if (call.test.empty()) call.has_split = true;
}

/// Settings that follow from what was read.
void settle(CompareCall& call, const Material& material, const Context& context) {
    const bool spectra = material.nodes.info.axis.kind == "wavelength";
    call.options.faint = std::isnan(call.faint) ? (spectra ? call.options.faint : 0.0) : call.faint;
    call.options.factors = !spectra && material.nodes.info.axis.kind != "band";
    call.options.seed = context.seed;
    if (call.learns() && call.methods.front() == "full" && material.nodes.provenance.empty())
        call.methods.erase(call.methods.begin());
}

/// The same held-out models, methods made from shares of the grid. The share that the main table is of is not made
/// again.
std::vector<explain::FractionResult> fractions_of(const CompareCall& call, const explain::Comparison& comparison,
                                                  const Dataset& test, Material& material, Context& context) {
    material.beyond = true;  // a small share may not reach the edges, and all are judged by the same models
    std::vector<explain::FractionResult> results;
    for (const double share : call.fractions) {
        const auto count = static_cast<std::size_t>(std::llround(share * static_cast<double>(material.grid_size)));
        if (count >= material.nodes.size()) {
            results.push_back({share, material.nodes.size(), comparison.methods});
            continue;
        }
        if (count < 2)
            throw InputError({.where = "--fractions " + to_text(share),
                              .found = std::to_string(count) + " of " + std::to_string(material.grid_size) + " models",
                              .allowed = "two or more to learn from"});
        std::vector<std::size_t> some(material.order.begin(),
                                      material.order.begin() + static_cast<std::ptrdiff_t>(count));
        std::sort(some.begin(), some.end());
        const auto contenders = contenders_of(call, rows(material.nodes, some), material, context);
        results.push_back(explain::measure_fraction(contenders, test, share, count, call.options.faint));
    }
    return results;
}

void run_compare(Context& context, CompareCall call) {
    check_call(call, context);
    const bool networks = std::any_of(call.methods.begin(), call.methods.end(), is_network);
    if (call.learns() && networks) require_learning(context);
    Material material = gather(call, context);
    settle(call, material, context);
    const unsigned threads = thread_count();
    const auto contenders = contenders_of(call, material.nodes, material, context);
    set_thread_count(1);  // CPU times are those of one thread
    std::vector<const Dataset*> known{&material.nodes};
    if (material.regular) known.push_back(&*material.regular);
    const explain::HeldOut held = explain::held_out(material.test, known, contenders);
    auto comparison = explain::compare(contenders, held, "network", call.options, *context.progress);
    set_thread_count(threads);
    comparison.fractions = fractions_of(call, comparison, held.data, material, context);
    put_comparison(call, comparison, material.provenance, context);
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
            "0.8: methods are made from 80 % of the models and judged by the others; lines=0.2[:PARAMETER]: whole "
            "lines of "
            "the grid are held out, lines=PARAMETER:VALUE: one; edges=0.1[:PARAMETER]: the outermost models; with "
            "--emulator and without a value: those that its training kept for the test")
        ->expected(0, 1)
        ->type_name("[SHARE|KIND=..]");
    command
        .add_option("--fractions", call->fractions,
                    "0.8,0.4,0.2,0.1,0.05: repeats it from these shares of the models, judged by the same others")
        ->delimiter(',');
    command.add_option("--report", call->report, "a page with the table and the pictures")->type_name("FILE.html");
    command.add_option("--figures", call->figures, "each picture as an .svg file")->type_name("FOLDER");
    command.add_option("--budget", call->budget, "time that learning a network may take: 90s, 15m, 2h")
        ->capture_default_str();
    add_output_choice(command, call->outputs);
    command
        .add_option("--regular-grid", call->regular_grid,
                    "as many models in a regular grid, for linear and cubic interpolation")
        ->type_name("FILE");
    command
        .add_option("--methods", call->methods,
                    "any of full, nearest, linear, cubic, rbf-linear, rbf-cubic, rbf-quintic, neighbours, polynomial, "
                    "forest, boosting, gaussian-process, network, network-plain, "
                    "network-robust, network-polynomial, network-dense, network-polynomial-dense")
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
