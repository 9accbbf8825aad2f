#include "arguments.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <filesystem>
#include <set>

#include <ism/base/atomic_file.hpp>
#include <ism/base/errors.hpp>
#include <ism/base/sha256.hpp>
#include <ism/base/text.hpp>
#include <ism/base/units.hpp>
#include <ism/emulate/shipped.hpp>

namespace ism::app {
namespace {

[[noreturn]] void refuse_choice(const std::string& text, const std::string& found, const std::string& allowed,
                                const std::string& next = "") {
    throw InputError({.where = "-p " + text, .found = found, .allowed = allowed, .next = next});
}

/// A number with a unit behind it, "10 Myr".
struct Measured {
    double value = 0.0;
    Unit unit;
};

std::optional<Measured> measured(const std::string& text) {
    for (std::size_t size = text.size(); size-- > 1;) {
        const auto value = number_from(text.substr(0, size));
        if (!value || std::isalpha(static_cast<unsigned char>(trimmed(text.substr(size)).front())) == 0) continue;
        try {
            return Measured{*value, Unit(trimmed(text.substr(size)))};
        } catch (const InputError&) {  // letters that are no unit
        }
    }
    return std::nullopt;
}

/// "-p age=10Myr": says the unit that is meant without being typed, and the number in it.
void refuse_unit(const std::string& text, const std::string& name, const std::string& value, const UnitOf& unit_of) {
    const auto found = measured(value);
    if (!found) return;
    const auto own = unit_of(name);
    const std::string unit = !own ? "its own unit: ismulate describe MODEL" : own->empty() ? "a pure number" : *own;
    std::string next;
    if (own && found->unit.same_dimension(Unit(*own)))
        next = "-p " + name + "=" + to_text(found->value * conversion_factor(found->unit, Unit(*own)), 12);
    refuse_choice(text, "a unit is typed behind the number",
                  "the number alone; '" + name + "' is " + (own && own->empty() ? unit : "in " + unit), next);
}

/// One value of a choice, or an error that says what is wrong with it.
double value_in(const std::string& text, const std::string& name, const std::string& value, const UnitOf& unit_of) {
    const std::string forms = "-p NAME=VALUE or -p NAME=LOW:HIGH";
    const auto number = number_from(value);
    if (!number) {
        if (!value.empty()) refuse_unit(text, name, value, unit_of);
        refuse_choice(text, "this is neither a value nor a range", forms);
    }
    if (!std::isfinite(*number))
        refuse_choice(text, "'" + value + "' is no value that a parameter can have", "a finite number");
    return *number;
}

ParameterChoice parse_parameter(const std::string& text, const UnitOf& unit_of) {
    const auto equals = text.find('=');
    if (equals == std::string::npos || equals == 0)
        refuse_choice(text, "this is neither a value nor a range", "-p NAME=VALUE or -p NAME=LOW:HIGH");
    ParameterChoice choice{.name = text.substr(0, equals)};
    const std::string range = text.substr(equals + 1);
    const auto colon = range.find(':');
    choice.low = value_in(text, choice.name, range.substr(0, colon), unit_of);
    choice.high =
        colon == std::string::npos ? choice.low : value_in(text, choice.name, range.substr(colon + 1), unit_of);
    if (!(choice.low <= choice.high))
        refuse_choice(text, "the range runs downwards", "-p " + choice.name + "=LOW:HIGH with LOW < HIGH");
    return choice;
}

/// The words of a setting that are values as they stand: "mathis", "bpass" of "mathis|bpass|blackbody:T|FILE".
std::vector<std::string> plain_values(const simulate::Setting& setting) {
    std::vector<std::string> values;
    for (const auto word : split(setting.placeholder, '|')) {
        const bool plain =
            std::all_of(word.begin(), word.end(), [](char c) { return (c >= 'a' && c <= 'z') || c == '-'; });
        if (plain && !word.empty()) values.emplace_back(word);
    }
    return values;
}

bool has_parameter(const ModelInfo& info, const std::string& name) {
    return std::any_of(info.parameters.begin(), info.parameters.end(),
                       [&](const Parameter& parameter) { return parameter.name == name; });
}

/// The model of a call with one more setting; none where the settings do not go together.
std::unique_ptr<Model> model_with(const SimulatorCall& call, const std::string& setting, const std::string& value) {
    try {
        simulate::Settings settings = call.settings;
        settings[setting] = value;
        return call.simulator->create(simulate::complete(*call.simulator, settings), {});
    } catch (const Error&) {
        return nullptr;
    }
}

/// Units as the model of this call declares them.
UnitOf unit_in_call(const SimulatorCall& call) {
    return [&call](const std::string& name) -> std::optional<std::string> {
        try {
            const std::vector<std::string> requested{name};
            const auto model = call.simulator->create(simulate::complete(*call.simulator, call.settings), requested);
            return unit_in(model->info())(name);
        } catch (const Error&) {  // what is wrong with the settings is not the point here
            return std::nullopt;
        }
    };
}

}  // namespace

UnitOf unit_in(const ModelInfo& info) {
    return [&info](const std::string& name) -> std::optional<std::string> {
        for (const auto& parameter : info.parameters) {
            if (parameter.name == name) return parameter.unit;
        }
        return std::nullopt;
    };
}

std::vector<ParameterChoice> parse_parameters(const std::vector<std::string>& texts, const UnitOf& unit_of) {
    std::vector<ParameterChoice> choices;
    std::set<std::string> seen;
    for (const auto& text : texts) {
        choices.push_back(parse_parameter(text, unit_of));
        if (!seen.insert(choices.back().name).second) {
            throw InputError(
                {.where = "-p " + text, .found = "parameter '" + choices.back().name + "' is given twice"});
        }
    }
    return choices;
}

void SimulatorCall::check_names(const ModelInfo& info) const {
    for (const auto& choice : choices) {
        if (has_parameter(info, choice.name)) continue;
        for (const auto& setting : simulator->settings) {
            for (const auto& value : plain_values(setting)) {
                const auto other = model_with(*this, setting.name, value);
                if (!other || !has_parameter(other->info(), choice.name)) continue;
                throw InputError(
                    {.where = "-p " + choice.name,
                     .found = "model '" + info.name + "' has this parameter only with --" + setting.name + " " + value,
                     .effect = "nothing was computed",
                     .next = "add --" + setting.name + " " + value + ", or leave -p " + choice.name + " out"});
            }
        }
    }
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
    for (const auto& name : emulate::shipped_emulators())
        context.hints[name] = name + " is an emulator: ismulate predict " + name;
    for (const auto& simulator : simulate::simulators()) {
        const auto call = std::make_shared<SimulatorCall>();
        const auto texts = std::make_shared<std::vector<std::string>>();
        call->simulator = &simulator;
        CLI::App& command = add_command(verb, context, simulator.name, simulator.summary,
                                        "ismulate " + verb.get_name() + " " + simulator.*example, [call, texts, work] {
                                            call->choices = parse_parameters(*texts, unit_in_call(*call));
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
