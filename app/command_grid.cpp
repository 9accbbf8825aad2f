#include <algorithm>
#include <exception>
#include <filesystem>
#include <iostream>
#include <optional>

#include <nlohmann/json.hpp>

#include <ism/base/atomic_file.hpp>
#include <ism/base/errors.hpp>
#include <ism/base/model_slice.hpp>
#include <ism/base/sha256.hpp>
#include <ism/base/text.hpp>
#include <ism/simulate/grid.hpp>

#include "arguments.hpp"
#include "mpi_team.hpp"

namespace ism::app {
namespace {

/// Options of the verb's own.
struct GridOptions {
    std::string design = "sobol", points, shard, scramble = "owen";
    std::size_t size = 0, chunk = 0;
    bool resume = false, merge = false;
};

void add_options(CLI::App& command, GridOptions& options) {
    command.add_option("--design", options.design, "how the models are spread: sobol, lhs, random or regular")
        ->type_name("KIND")
        ->capture_default_str();
    constexpr std::uint64_t most = std::uint64_t{1} << 32;  // points of a Sobol sequence
    command.add_option("--size", options.size, "number of models (not for regular)")
        ->check(whole_number(1, most))
        ->type_name("N");
    command.add_option("--points", options.points, "levels of each parameter of a regular grid: U=91,age=51")
        ->type_name("NAME=N,...");
    command.add_option("--scramble", options.scramble, "scrambling of sobol: owen (by the seed) or none")
        ->type_name("KIND")
        ->capture_default_str();
    command
        .add_option("--shard", options.shard, "compute the i-th of N parts of the work (i = 1 .. N), for job arrays")
        ->type_name("i/N");
    command.add_option("--chunk", options.chunk, "models per part file; 0 = about a thousandth of the grid")
        ->check(whole_number(0, most))
        ->type_name("N")
        ->capture_default_str();
    command.add_flag("--resume", options.resume, "go on from the parts of an earlier run");
    command.add_flag("--merge", options.merge, "put the parts of all shards together");
}

/// Throws InputError for a parameter of the whole model that does not vary in this grid.
void refuse_fixed(const std::string& points, const std::string& name, const ModelInfo& info, const ModelInfo& whole) {
    const auto named = [&](const Parameter& parameter) { return parameter.name == name; };
    if (std::any_of(info.parameters.begin(), info.parameters.end(), named)) return;
    if (std::none_of(whole.parameters.begin(), whole.parameters.end(), named)) return;
    throw InputError({.where = "--points " + points,
                      .found = "parameter " + name + " does not vary here, so it has no levels",
                      .effect = "nothing was computed",
                      .next = "let it vary with -p " + name + "=LOW:HIGH, or leave " + name + " out of --points"});
}

/// "U=91,age=51" in the order of the parameters that vary.
std::vector<std::size_t> counts_from(const std::string& points, const ModelInfo& info, const ModelInfo& whole) {
    std::vector<std::size_t> counts(info.parameters.size(), 0);
    for (const std::string_view entry : split(points, ',')) {
        const auto equals = entry.find('=');
        const auto number = equals == std::string_view::npos ? std::nullopt : number_from(entry.substr(equals + 1));
        if (!number || !(*number >= 1.0 && *number <= 1e9) ||
            *number != static_cast<double>(static_cast<std::size_t>(*number))) {
            throw InputError({.where = "--points " + points,
                              .found = "'" + std::string(entry) + "' gives no number of levels",
                              .allowed = "NAME=N,NAME=N,... with whole numbers from 1"});
        }
        const std::string name(trimmed(entry.substr(0, equals)));
        refuse_fixed(points, name, info, whole);
        counts[index_of(info.parameters, name, info.name)] = static_cast<std::size_t>(*number);
    }
    for (std::size_t k = 0; k < counts.size(); ++k) {
        if (counts[k] == 0)
            throw InputError({.where = "--points " + points,
                              .found = "parameter " + info.parameters[k].name + " varies and has no number of levels",
                              .allowed = "one for each parameter given as -p NAME=LOW:HIGH"});
    }
    return counts;
}

DesignSettings design_from(const GridOptions& options, std::uint64_t seed, const ModelInfo& info,
                           const ModelInfo& whole) {
    DesignSettings design;
    design.kind = design_from_string(options.design);
    design.seed = seed;
    const bool regular = design.kind == DesignKind::regular;
    if (regular && options.size > 0)
        throw InputError({.where = "--size",
                          .found = "a regular grid has the size of its levels",
                          .next = "--points NAME=N,NAME=N,..."});
    if (!regular && !options.points.empty())
        throw InputError(
            {.where = "--points", .found = "only a regular grid has levels", .next = "--design regular, or --size N"});
    if (!regular && options.size == 0)
        throw InputError({.where = "--size",
                          .found = "the number of models is missing",
                          .allowed = "--size N",
                          .next = "powers of two suit --design sobol best"});
    if (options.scramble != "owen" && options.scramble != "none")
        throw InputError(
            {.where = "--scramble " + options.scramble, .found = "this kind is not known", .allowed = "owen, none"});
    design.scramble = options.scramble == "owen";
    design.size = options.size;
    if (regular) design.counts = counts_from(options.points, info, whole);
    return design;
}

/// What defines the data, and nothing else: no output name, no shard, no threads.
std::string provenance_of(const Context& context, const SimulatorCall& call, const ModelSlice& slice) {
    Provenance provenance;
    provenance.command = "ismulate grid " + call.simulator->name;
    provenance.seed = std::to_string(context.seed);
    add_settings(provenance, call);
    for (const auto& [name, value] : slice.fixed()) provenance.settings.emplace_back("-p " + name, to_text(value));
    return provenance.json();
}

std::string failures_text(const simulate::GridReport& report) {
    if (report.failed == 0) return "none failed";
    return std::to_string(report.failed) +
           " failed and are marked with their reason; the first: " + report.first_failure;
}

void tell(const Context& context, const simulate::GridSettings& settings, const simulate::GridReport& report) {
    for (const auto& notice : report.notices) context.say("note: " + notice);
    if (report.written) {
        context.say("wrote " + settings.output + ": " + std::to_string(report.size) + " models (" +
                    std::to_string(report.computed) + " computed now), " + failures_text(report));
    } else {
        context.say("shard " + std::to_string(settings.shard.index + 1) + "/" + std::to_string(settings.shard.count) +
                    " is done: " + std::to_string(report.computed + report.reused) + " of " +
                    std::to_string(report.size) + " models, " + failures_text(report) +
                    "\nwhen all shards are done: ismulate grid --merge -o " + settings.output);
    }
    if (context.json) {
        std::cout << nlohmann::ordered_json{{"output", settings.output},   {"size", report.size},
                                            {"computed", report.computed}, {"reused", report.reused},
                                            {"failed", report.failed},     {"written", report.written}}
                         .dump(1)
                  << '\n';
    }
}

/// The processes of mpirun are the shards; the first one merges. An error of any of them ends all.
simulate::GridReport run_in_team(const MpiTeam& team, const Model& model, simulate::GridSettings& settings,
                                 Progress& progress) {
    if (team.size() == 1) return simulate::run_grid(model, settings, progress);
    if (settings.shard.count > 1)
        throw InputError(
            {.where = "--shard", .found = "under mpirun each process is a shard already", .next = "leave --shard out"});
    settings.shard = {static_cast<std::size_t>(team.rank()), static_cast<std::size_t>(team.size())};
    simulate::GridReport report;
    std::exception_ptr error;
    int status = 0;
    try {
        if (team.rank() == 0 && settings.force && !settings.resume)
            std::filesystem::remove_all(settings.output + ".parts");
    } catch (const std::filesystem::filesystem_error&) {  // the run meets the same folder and says what is wrong
    }
    (void)team.largest(0);  // nobody begins before the old parts are gone
    try {
        report = simulate::run_grid(model, settings, progress);
    } catch (const Error& caught) {
        error = std::current_exception();
        status = caught.exit_status();
    } catch (...) {
        error = std::current_exception();
        status = 1;
    }
    const int worst = team.largest(status);
    if (error) std::rethrow_exception(error);
    if (worst != 0)
        throw MachineError(
            {.where = "mpirun", .found = "another process of this run failed; its message stands beside this one"});
    if (team.rank() == 0 && !report.written) {
        const std::size_t computed = report.computed;
        report = simulate::merge_grid(settings.output, settings.force, progress);
        report.computed = computed;
    }
    return report;
}

void check_name(const std::string& output) {
    if (output.empty())
        throw InputError({.where = "-o", .found = "the name of the dataset is missing", .allowed = "-o NAME.h5"});
    if (!output.ends_with(".h5") && !output.ends_with(".hdf5"))
        throw InputError(
            {.where = "-o " + output, .found = "a grid is written as HDF5", .allowed = "a name that ends in .h5"});
}

void merge(Context& context) {
    check_name(context.output);
    simulate::GridSettings settings;
    settings.output = context.output;
    tell(context, settings, simulate::merge_grid(context.output, context.force, *context.progress));
}

void compute(Context& context, const GridOptions& options, const SimulatorCall& call) {
    if (options.merge) return merge(context);
    check_name(context.output);
    const MpiTeam team;
    const auto model = call.create();
    call.check_names(model->info());
    const ModelSlice slice(*model, ranges_from(model->info(), call.choices));
    simulate::GridSettings settings;
    settings.design = design_from(options, context.seed, slice.info(), model->info());
    settings.output = context.output;
    settings.provenance = provenance_of(context, call, slice);
    settings.chunk = options.chunk;
    settings.resume = options.resume;
    settings.force = context.force;
    if (!options.shard.empty()) settings.shard = simulate::shard_from_string(options.shard);
    SilentProgress silent;
    const auto report = run_in_team(team, slice, settings, team.rank() == 0 ? *context.progress : silent);
    if (team.rank() == 0) tell(context, settings, report);
}

}  // namespace

void add_grid(CLI::App& program, Context& context) {
    CLI::App& verb =
        *program.add_subcommand("grid", "compute many models: regular, Latin hypercube, Sobol or random designs");
    const auto options = std::make_shared<GridOptions>();
    add_simulator_commands(
        verb, context, &simulate::Simulator::grid_example,
        [options](CLI::App& command) { add_options(command, *options); },
        [&context, options](const SimulatorCall& call) { compute(context, *options, call); });
    verb.require_subcommand(0, 1);  // none with --merge
    add_common_options(verb, context);
    verb.add_flag("--merge", options->merge, "put the parts of all shards together: ismulate grid --merge -o NAME.h5");
    verb.footer(
        "Examples:\n  ismulate grid modified-blackbody -p temperature=10:50 -p beta=1:2.5 --size 1024 -o grid.h5\n  "
        "ismulate grid --merge -o grid.h5");
    verb.callback([&context, &verb, options] {
        if (!verb.get_subcommands().empty()) return;
        if (!options->merge) throw CLI::RequiredError("grid: the name of a simulator, or --merge,");
        context.work = [&context] { merge(context); };
    });
}

}  // namespace ism::app
