#include "arguments.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>

#include <ism/base/atomic_file.hpp>
#include <ism/base/errors.hpp>
#include <ism/base/sha256.hpp>
#include <ism/base/text.hpp>

namespace ism::app {
namespace {

ParameterChoice parse_parameter(const std::string& text) {
    const auto refuse = [&]() -> ParameterChoice {
        throw InputError({.where = "-p " + text,
                          .found = "this is neither a value nor a range",
                          .allowed = "-p NAME=VALUE or -p NAME=LOW:HIGH"});
    };
    const auto equals = text.find('=');
    if (equals == std::string::npos || equals == 0) return refuse();
    ParameterChoice choice{.name = text.substr(0, equals)};
    const std::string range = text.substr(equals + 1);
    const auto colon = range.find(':');
    const auto low = number_from(range.substr(0, colon));
    const auto high = colon == std::string::npos ? low : number_from(range.substr(colon + 1));
    if (!low || !high || !std::isfinite(*low) || !std::isfinite(*high)) return refuse();
    if (!(*low <= *high)) {
        throw InputError({.where = "-p " + text,
                          .found = "the range runs downwards",
                          .allowed = "-p " + choice.name + "=LOW:HIGH with LOW < HIGH"});
    }
    choice.low = *low;
    choice.high = *high;
    return choice;
}

}  // namespace

std::vector<ParameterChoice> parse_parameters(const std::vector<std::string>& texts) {
    std::vector<ParameterChoice> choices;
    std::set<std::string> seen;
    for (const auto& text : texts) {
        choices.push_back(parse_parameter(text));
        if (!seen.insert(choices.back().name).second) {
            throw InputError(
                {.where = "-p " + text, .found = "parameter '" + choices.back().name + "' is given twice"});
        }
    }
    return choices;
}

std::vector<Parameter> ranges_from(const ModelInfo& info, std::span<const ParameterChoice> choices, Checked checked) {
    std::vector<Parameter> ranges = info.parameters;
    for (auto& parameter : ranges) parameter.low = parameter.high = parameter.fallback;
    for (const auto& choice : choices) {
        const std::size_t i = index_of(info.parameters, choice.name, info.name);
        if (checked == Checked::yes) {
            check_range(info.parameters[i], choice.low, info.name);
            check_range(info.parameters[i], choice.high, info.name);
        }
        ranges[i].low = choice.low;
        ranges[i].high = choice.high;
    }
    return ranges;
}

std::vector<double> point_from(const ModelInfo& info, std::span<const ParameterChoice> choices, Checked checked) {
    std::vector<double> point;
    for (const auto& choice : choices) {
        if (choice.fixed()) continue;
        throw InputError({.where = "-p " + choice.name,
                          .found = "a range is given where one value is needed",
                          .next = "ismulate grid computes many models"});
    }
    for (const auto& parameter : ranges_from(info, choices, checked)) point.push_back(parameter.low);
    return point;
}

std::unique_ptr<Model> SimulatorCall::create() const {
    std::vector<std::string> requested;
    for (const auto& choice : choices) requested.push_back(choice.name);
    return simulator->create(simulate::complete(*simulator, settings), requested);
}

void add_settings(CLI::App& command, const simulate::Simulator& simulator,
                  const std::shared_ptr<simulate::Settings>& settings) {
    for (const auto& setting : simulator.settings) {
        if (command.get_option_no_throw("--" + setting.name) != nullptr) continue;
        command
            .add_option_function<std::string>(
                "--" + setting.name,
                [settings, name = setting.name](const std::string& value) { (*settings)[name] = value; }, setting.help)
            ->type_name(setting.placeholder)
            ->default_str(setting.fallback);
    }
}

void add_simulator_commands(CLI::App& verb, Context& context, std::string simulate::Simulator::* example,
                            const std::function<void(CLI::App&)>& extend,
                            const std::function<void(const SimulatorCall&)>& work) {
    verb.require_subcommand(1);
    for (const auto& simulator : simulate::simulators()) {
        const auto call = std::make_shared<SimulatorCall>();
        const auto texts = std::make_shared<std::vector<std::string>>();
        call->simulator = &simulator;
        CLI::App& command = add_command(verb, context, simulator.name, simulator.summary,
                                        "ismulate " + verb.get_name() + " " + simulator.*example, [call, texts, work] {
                                            call->choices = parse_parameters(*texts);
                                            work(*call);
                                        });
        add_settings(command, simulator, {call, &call->settings});
        command
            .add_option("-p", *texts, "a parameter: NAME=VALUE, or NAME=LOW:HIGH where it may vary; may be repeated")
            ->type_name("NAME=VALUE")
            ->allow_extra_args(false);
        if (extend) extend(command);
    }
}

namespace {

/// SHA-256 of a file, or of the names and checksums of all files of a folder.
std::string checksum(const std::filesystem::path& path) {
    if (!std::filesystem::is_directory(path)) return sha256(read_whole(path.string()));
    std::vector<std::string> entries;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path)) {
        if (entry.is_regular_file())
            entries.push_back(entry.path().lexically_relative(path).string() + " " +
                              sha256(read_whole(entry.path().string())) + "\n");
    }
    std::sort(entries.begin(), entries.end());
    std::string all;
    for (const auto& entry : entries) all += entry;
    return sha256(all);
}

}  // namespace

void add_settings(Provenance& provenance, const SimulatorCall& call) {
    for (const auto& [name, value] : simulate::complete(*call.simulator, call.settings)) {
        provenance.settings.emplace_back(name, value);
        const std::string path = value.substr(value.starts_with("bpass:") ? 6 : 0);
        std::error_code ignored;
        if (!path.empty() && std::filesystem::exists(path, ignored))
            provenance.inputs.emplace_back(path, checksum(path));
    }
}

}  // namespace ism::app
