#include <algorithm>
#include <filesystem>
#include <iostream>

#include <nlohmann/json.hpp>

#include <ism/base/errors.hpp>
#include <ism/base/text.hpp>
#include <ism/emulate/shipped.hpp>
#include <ism/simulate/registry.hpp>

#include "arguments.hpp"
#include "context.hpp"

namespace ism::app {
namespace {

using Json = nlohmann::ordered_json;

Json json_of(const ModelInfo& info) {
    Json parameters = Json::array();
    for (const auto& p : info.parameters) {
        parameters.push_back({{"name", p.name},
                              {"unit", p.unit},
                              {"low", p.low},
                              {"high", p.high},
                              {"default", p.fallback},
                              {"scale", to_string(p.scale)},
                              {"help", p.help}});
    }
    Json axis{{"name", info.axis.name}, {"kind", info.axis.kind}, {"unit", info.axis.unit}, {"size", info.axis.size()}};
    if (!info.axis.values.empty())
        axis["values"] = info.axis.values;
    else
        axis["labels"] = info.axis.labels;
    return {{"name", info.name},
            {"summary", info.summary},
            {"parameters", parameters},
            {"axis", axis},
            {"output",
             {{"name", info.output_name},
              {"unit", info.output_unit},
              {"scale", to_string(info.output_scale)},
              {"help", info.output_help}}}};
}

Json json_of(const emulate::EmulatorRecord& record) {
    Json json = json_of(record.info);
    json["kind"] = "emulator";
    json["architecture"] = emulate::describe(record.network);
    json["weights"] = emulate::weight_count(record.network);
    json["domain"] = {{"low", record.domain.low}, {"high", record.domain.high}};
    json["errors"] = Json::array();
    for (const auto& row : record.errors) {
        json["errors"].push_back({{"quantity", row.quantity},
                                  {"models", row.models},
                                  {"median", row.median},
                                  {"mean", row.mean},
                                  {"percentile_99", row.percentile_99},
                                  {"maximum", row.maximum}});
    }
    json["provenance"] = Json::parse(record.provenance, nullptr, false);
    return json;
}

Json json_of(const simulate::Simulator& simulator, const simulate::Settings& settings) {
    Json json = json_of(simulator.create(simulate::complete(simulator, settings), {})->info());
    json["kind"] = "simulator";
    json["settings"] = Json::array();
    for (const auto& setting : simulator.settings) {
        json["settings"].push_back({{"name", setting.name},
                                    {"values", setting.placeholder},
                                    {"default", setting.fallback},
                                    {"help", setting.help}});
    }
    return json;
}

void print_parameters(const Json& parameters) {
    std::cout << "\nparameters (-p NAME=VALUE)\n";
    for (const auto& p : parameters) {
        std::cout << "  " << p["name"].get<std::string>() << " = " << to_text(p["low"].get<double>(), 6) << " .. "
                  << to_text(p["high"].get<double>(), 6) << ' ' << p["unit"].get<std::string>() << " ("
                  << p["scale"].get<std::string>() << ", default " << to_text(p["default"].get<double>(), 6)
                  << "): " << p["help"].get<std::string>() << '\n';
    }
}

void print_output(const Json& output, const Json& axis) {
    std::cout << "\noutput\n  " << output["name"].get<std::string>() << " [" << output["unit"].get<std::string>()
              << "]: " << output["help"].get<std::string>() << "\n  on " << axis["size"] << " "
              << axis["kind"].get<std::string>() << "s";
    if (axis.contains("values"))
        std::cout << ", " << axis["values"].front() << " .. " << axis["values"].back() << ' '
                  << axis["unit"].get<std::string>();
    std::cout << '\n';
}

void print_errors(const Json& errors) {
    std::cout << "\nerror on models that training never saw (per cent)\n";
    for (const auto& row : errors) {
        std::cout << "  " << row["quantity"].get<std::string>() << ", " << row["models"] << " models: median "
                  << to_text(100 * row["median"].get<double>(), 3) << ", mean "
                  << to_text(100 * row["mean"].get<double>(), 3) << ", 99th percentile "
                  << to_text(100 * row["percentile_99"].get<double>(), 3) << ", maximum "
                  << to_text(100 * row["maximum"].get<double>(), 3) << '\n';
    }
}

void print(const Json& json) {
    std::cout << json["kind"].get<std::string>() << " '" << json["name"].get<std::string>()
              << "': " << json["summary"].get<std::string>() << '\n';
    print_parameters(json["parameters"]);
    print_output(json["output"], json["axis"]);
    if (json.contains("settings") && !json["settings"].empty()) {
        std::cout << "\nsettings\n";
        for (const auto& setting : json["settings"]) {
            std::cout << "  --" << setting["name"].get<std::string>() << ' ' << setting["values"].get<std::string>()
                      << " (default '" << setting["default"].get<std::string>()
                      << "'): " << setting["help"].get<std::string>() << '\n';
        }
    }
    if (json.contains("architecture"))
        std::cout << "\nnetwork\n  " << json["architecture"].get<std::string>() << ", " << json["weights"]
                  << " weights\n";
    if (json.contains("errors")) print_errors(json["errors"]);
    if (json.contains("provenance")) std::cout << "\nprovenance\n" << json["provenance"].dump(2) << '\n';
}

/// Throws InputError where `name` is neither a simulator nor an emulator nor a file.
void check_known(const std::string& name) {
    std::vector<std::string> names;
    for (const auto& one : simulate::simulators()) names.push_back(one.name);
    names.insert(names.end(), emulate::shipped_emulators().begin(), emulate::shipped_emulators().end());
    if (std::find(names.begin(), names.end(), name) != names.end() || std::filesystem::exists(name)) return;
    std::string list;
    for (const auto& one : names) list += one + ", ";
    throw InputError({.where = name,
                      .found = "there is no model and no file of this name",
                      .allowed = list + "or the name of an .ism file",
                      .next = did_you_mean(name, names)});
}

void describe(const Context& context, const std::string& name) {
    check_known(name);
    const auto& all = simulate::simulators();
    const auto found = std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.name == name; });
    const Json json = found != all.end() ? json_of(*found, {}) : json_of(emulate::find_emulator(name));
    if (context.json)
        std::cout << json.dump(1) << '\n';
    else
        print(json);
}

}  // namespace

void add_describe(CLI::App& program, Context& context) {
    const auto name = std::make_shared<std::string>();
    CLI::App& command =
        add_command(program, context, "describe", "parameters, ranges, units, outputs, origin and errors of a model",
                    "ismulate describe themis", [&context, name] { describe(context, *name); });
    command.add_option("name", *name, "a simulator, a shipped emulator or an .ism file")
        ->required()
        ->type_name("NAME|FILE");
}

}  // namespace ism::app
