#include <algorithm>
#include <filesystem>
#include <iostream>
#include <map>

#include <nlohmann/json.hpp>

#include <ism/base/errors.hpp>
#include <ism/base/text.hpp>
#include <ism/emulate/shipped.hpp>
#include <ism/infer/backward.hpp>
#include <ism/io/dataset_file.hpp>
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
    if (!info.axis.values.empty()) axis["values"] = info.axis.values;
    if (!info.axis.labels.empty()) axis["labels"] = info.axis.labels;
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

/// What a network that runs an emulator backward takes and finds, as its user gives and gets it.
Json json_of(const infer::BackwardRecord& backward) {
    Json coordinates = Json::array();
    for (const infer::BackwardCoordinate& one : backward.coordinates)
        coordinates.push_back({{"name", one.name},
                               {"unit", one.unit},
                               {"low", one.low},
                               {"high", one.high},
                               {"scale", to_string(one.scale)}});
    return {{"kind", "backward network"},
            {"name", backward.network.info.name},
            {"summary", backward.network.info.summary},
            {"model", backward.model},
            {"bands", backward.bands},
            {"finds", coordinates},
            {"amount", infer::to_string(backward.amount)},
            {"architecture", emulate::describe(backward.network.network)},
            {"weights", emulate::weight_count(backward.network.network)},
            {"provenance", Json::parse(backward.network.provenance, nullptr, false)}};
}

Json json_of_network(const std::string& name) {
    const emulate::EmulatorRecord record = emulate::find_emulator(name);
    const auto backward = infer::backward_from(record);
    return backward ? json_of(*backward) : json_of(record);
}

/// Reasons of failed models with how many have each, the most frequent first.
std::vector<std::pair<std::string, std::size_t>> failures_of(const Dataset& dataset) {
    std::map<std::string, std::size_t> counts;
    for (std::size_t i = 0; i < dataset.size(); ++i) {
        if (!dataset.done(i)) ++counts[dataset.reason.empty() ? "no reason is given" : dataset.reason[i]];
    }
    std::vector<std::pair<std::string, std::size_t>> failures(counts.begin(), counts.end());
    std::stable_sort(failures.begin(), failures.end(),
                     [](const auto& a, const auto& b) { return a.second > b.second; });
    return failures;
}

/// Models with a parameter outside the range that the dataset declares.
std::size_t count_outside(const Dataset& dataset) {
    const std::size_t p = dataset.info.parameter_count();
    std::size_t outside = 0;
    for (std::size_t i = 0; i < dataset.size(); ++i) {
        bool inside = true;
        for (std::size_t k = 0; k < p; ++k)
            inside = inside && dataset.info.parameters[k].contains(dataset.parameters[i * p + k]);
        outside += inside ? 0 : 1;
    }
    return outside;
}

Json json_of(const Dataset& dataset) {
    Json json = json_of(dataset.info);
    json["kind"] = "dataset";
    std::size_t failed = 0;
    Json failures = Json::array();
    for (const auto& [reason, count] : failures_of(dataset)) {
        failed += count;
        failures.push_back({{"reason", reason}, {"models", count}});
    }
    std::size_t masked = 0;
    for (std::size_t k = 0; k < dataset.mask.size(); ++k)
        masked += dataset.mask[k] == 0 && dataset.done(k / dataset.info.output_count()) ? 1 : 0;
    json["models"] = {{"all", dataset.size()},
                      {"failed", failed},
                      {"outside", count_outside(dataset)},
                      {"masked_values", masked},
                      {"failures", failures}};
    json["provenance"] = Json::parse(dataset.provenance, nullptr, false);
    return json;
}

Json json_of(const simulate::Simulator& simulator, const simulate::Settings& given) {
    const simulate::Settings settings = simulate::complete(simulator, given);
    Json json = json_of(simulator.create(settings, {})->info());
    json["kind"] = "simulator";
    json["settings"] = Json::array();
    for (const auto& setting : simulator.settings) {
        json["settings"].push_back({{"name", setting.name},
                                    {"values", setting.placeholder},
                                    {"default", setting.fallback},
                                    {"value", settings.at(setting.name)},
                                    {"help", setting.help}});
    }
    return json;
}

/// 1e6 rather than 1e+06: as one types it.
std::string number_text(const Json& value) {
    std::string text = to_text(value.get<double>(), 6);
    const auto exponent = text.find('e');
    if (exponent == std::string::npos) return text;
    const std::string sign = text[exponent + 1] == '-' ? "-" : "";
    return text.substr(0, exponent + 1) + sign + text.substr(text.find_first_of("123456789", exponent));
}

/// Rows of cells in columns as wide as their widest cell; the last column is free.
void print_columns(const std::vector<std::vector<std::string>>& rows) {
    std::vector<std::size_t> widths(rows.front().size(), 0);
    for (const auto& row : rows) {
        for (std::size_t k = 0; k < row.size(); ++k) widths[k] = std::max(widths[k], row[k].size());
    }
    for (const auto& row : rows) {
        std::string line;
        for (std::size_t k = 0; k < row.size(); ++k) {
            line += "  " + row[k];
            if (k + 1 < row.size()) line.append(widths[k] - row[k].size(), ' ');
        }
        std::cout << line << '\n';
    }
}

void print_parameters(const Json& parameters) {
    std::cout << "\nparameters (-p NAME=VALUE)\n";
    std::vector<std::vector<std::string>> rows{{"name", "range", "unit", "scale", "default", ""}};
    for (const auto& p : parameters) {
        rows.push_back({p["name"], number_text(p["low"]) + " .. " + number_text(p["high"]), p["unit"], p["scale"],
                        number_text(p["default"]), p["help"]});
    }
    print_columns(rows);
}

void print_output(const Json& output, const Json& axis) {
    std::cout << "\noutput\n  " << output["name"].get<std::string>() << " [" << output["unit"].get<std::string>()
              << "]: " << output["help"].get<std::string>() << "\n  at " << axis["size"] << " "
              << axis["kind"].get<std::string>() << "s";
    if (axis.contains("values"))
        std::cout << ", " << number_text(axis["values"].front()) << " .. " << number_text(axis["values"].back()) << ' '
                  << axis["unit"].get<std::string>();
    std::cout << '\n';
}

void print_backward(const Json& json) {
    std::cout << "\nfluxes in\n ";
    for (const auto& band : json["bands"]) std::cout << ' ' << band.get<std::string>();
    std::cout << "\n\nfinds, with the priors of its training\n";
    std::vector<std::vector<std::string>> rows{{"name", "range", "unit", "scale"}};
    for (const auto& one : json["finds"])
        rows.push_back(
            {one["name"], number_text(one["low"]) + " .. " + number_text(one["high"]), one["unit"], one["scale"]});
    print_columns(rows);
}

void print_settings(const std::string& name, const Json& settings) {
    std::cout << "\nsettings (they also decide which parameters there are: ismulate describe " << name << " --"
              << settings[0]["name"].get<std::string>() << " ...)\n";
    std::vector<std::vector<std::string>> rows;
    for (const auto& setting : settings) {
        const std::string value = setting["value"];
        rows.push_back({"--" + setting["name"].get<std::string>(), value.empty() ? "-" : value,
                        setting["help"].get<std::string>() + " [" + setting["values"].get<std::string>() + "]"});
    }
    print_columns(rows);
}

void print_errors(const Json& errors) {
    const auto percent = [](const Json& value) { return to_text(100 * value.get<double>(), 3) + " %"; };
    std::cout << "\nerror on models that training never saw\n";
    if (errors.empty()) std::cout << "  it was not measured\n";
    for (const auto& row : errors) {
        std::cout << "  " << row["quantity"].get<std::string>() << ", " << row["models"] << " models:\n    median "
                  << percent(row["median"]) << ", mean " << percent(row["mean"]) << ", 99th percentile "
                  << percent(row["percentile_99"]) << ", maximum " << percent(row["maximum"]) << '\n';
    }
}

void print_models(const Json& models) {
    constexpr std::size_t shown = 5;  // reasons
    std::cout << "\nmodels\n  " << models["all"] << ", of which " << models["failed"] << " failed";
    if (models["masked_values"] > 0) std::cout << "; " << models["masked_values"] << " values of others are masked";
    if (models["outside"] > 0) std::cout << "; " << models["outside"] << " lie outside the ranges above";
    std::cout << '\n';
    const Json& failures = models["failures"];
    for (std::size_t i = 0; i < std::min(shown, failures.size()); ++i)
        std::cout << "  " << failures[i]["models"] << " failed: " << failures[i]["reason"].get<std::string>() << '\n';
    if (failures.size() > shown) std::cout << "  and " << failures.size() - shown << " further reasons: --json\n";
}

/// A member that is of the wrong kind counts as missing: the file may come from anywhere.
std::string text_in(const Json& object, const std::string& key) {
    return object.contains(key) && object[key].is_string() ? object[key].get<std::string>() : "?";
}
const Json& object_in(const Json& object, const std::string& key) {
    static const Json none = Json::object();
    const auto found = object.find(key);
    return found != object.end() && found->is_object() ? *found : none;
}

/// How a grid was made, as one would type it: its command tells the simulator only.
std::string grid_command(const Json& told) {
    std::string line = text_in(told, "command");
    for (const auto& [name, range] : object_in(told, "ranges").items()) {
        if (range.is_array() && range.size() == 2 && range[0].is_number() && range[1].is_number())
            line += " -p " + name + "=" + number_text(range[0]) + ":" + number_text(range[1]);
    }
    if (const Json& design = object_in(told, "design"); design.contains("size"))
        line += " --design " + text_in(design, "kind") + " --size " + design["size"].dump();
    for (const auto& [name, value] : object_in(told, "settings").items()) {
        if (!value.is_string() || value.get_ref<const std::string&>().empty()) continue;
        line += (name.starts_with("-p ") ? " " + name + "=" : " --" + name + " ") + value.get<std::string>();
    }
    return line;
}

void print_command(const Json& told, const std::string& line) {
    std::cout << "  " << line << "\n    version " << text_in(told, "version") << ", seed " << text_in(told, "seed");
    for (const auto& [name, checksum] : object_in(told, "inputs").items())
        std::cout << ", sha256 of " << name << ": " << checksum.dump().substr(1, 12) << "...";
    std::cout << '\n';
}

void print_origin(const Json& provenance, bool grid) {
    std::cout << "\norigin (in full: --json)\n";
    if (!provenance.is_object()) {
        std::cout << "  unknown\n";
        return;
    }
    const Json& dataset = object_in(provenance, "dataset");
    if (!dataset.empty()) print_command(dataset, grid_command(dataset));
    print_command(provenance, grid ? grid_command(provenance) : text_in(provenance, "command"));
}

void print(const Json& json) {
    const std::string name = json["name"];
    std::cout << json["kind"].get<std::string>() << " '" << name << "': " << json["summary"].get<std::string>() << '\n';
    if (json.contains("finds")) print_backward(json);
    if (json.contains("parameters")) print_parameters(json["parameters"]);
    if (json.contains("output")) print_output(json["output"], json["axis"]);
    if (json.contains("settings") && !json["settings"].empty()) print_settings(name, json["settings"]);
    if (json.contains("architecture"))
        std::cout << "\nnetwork\n  " << json["architecture"].get<std::string>() << ", " << json["weights"]
                  << " weights\n";
    if (json.contains("errors")) print_errors(json["errors"]);
    if (json.contains("models")) print_models(json["models"]);
    if (json.contains("provenance")) print_origin(json["provenance"], json["kind"] == "dataset");
}

/// Throws InputError where `name` is neither a simulator nor an emulator nor a file.
void check_known(const std::string& name) {
    std::vector<std::string> names;
    for (const auto& one : simulate::simulators()) names.push_back(one.name);
    names.insert(names.end(), emulate::shipped_emulators().begin(), emulate::shipped_emulators().end());
    if (std::find(names.begin(), names.end(), name) != names.end() || std::filesystem::exists(name)) return;
    refuse_name(name, names, {.where = name, .found = "there is no model and no file of this name"},
                "the name of an .ism or .h5 file");
}

bool is_dataset_name(const std::string& name) { return name.ends_with(".h5") || name.ends_with(".hdf5"); }

Dataset dataset_of(const Context& context, const std::string& path) {
    io::ReadDataset read = io::read_dataset(path);
    for (const auto& warning : read.warnings) context.say("warning: " + warning);
    return std::move(read.dataset);
}

void describe(const Context& context, const std::string& name, const simulate::Settings& settings) {
    check_known(name);
    const auto& all = simulate::simulators();
    const auto found = std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.name == name; });
    if (found == all.end() && !settings.empty()) {
        throw InputError({.where = "--" + settings.begin()->first,
                          .found = "'" + name + "' is no simulator: its settings were chosen when it was made",
                          .next = "ismulate describe " + name});
    }
    const Json json = found != all.end()      ? json_of(*found, settings)
                      : is_dataset_name(name) ? json_of(dataset_of(context, name))
                                              : json_of_network(name);
    if (context.json)
        std::cout << json.dump(1) << '\n';
    else
        print(json);
}

}  // namespace

void add_describe(CLI::App& program, Context& context) {
    const auto name = std::make_shared<std::string>();
    const auto settings = std::make_shared<simulate::Settings>();
    CLI::App& command = add_command(
        program, context, "describe", "parameters, ranges, units, outputs, origin and errors of a model or dataset",
        "ismulate describe themis\n  ismulate describe dust --field bpass\n  ismulate describe grid.h5",
        [&context, name, settings] { describe(context, *name, *settings); });
    command.add_option("name", *name, "a simulator, a shipped emulator, an .ism file or a dataset (.h5)")
        ->required()
        ->type_name("NAME|FILE");
    for (const auto& simulator : simulate::simulators()) add_settings(command, simulator, settings);
}

}  // namespace ism::app
