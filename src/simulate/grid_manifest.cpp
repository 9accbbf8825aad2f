#include <simulate/grid_manifest.hpp>

#include <limits>
#include <map>

#include <nlohmann/json.hpp>

#include <ism/base/errors.hpp>
#include <ism/base/sha256.hpp>
#include <ism/base/text.hpp>

namespace ism::simulate {
namespace {

using Json = nlohmann::ordered_json;

Json json_of(const Parameter& p) {
    return {{"name", p.name},        {"unit", p.unit}, {"scale", to_string(p.scale)}, {"low", p.low}, {"high", p.high},
            {"default", p.fallback}, {"help", p.help}};
}

Parameter parameter_from(const Json& json) {
    return {.name = json.at("name"),
            .unit = json.at("unit"),
            .low = json.at("low"),
            .high = json.at("high"),
            .fallback = json.at("default"),
            .scale = scale_from_string(json.at("scale").get<std::string>()),
            .help = json.at("help")};
}

Json json_of(const ModelInfo& info) {
    Json parameters = Json::array();
    for (const auto& parameter : info.parameters) parameters.push_back(json_of(parameter));
    return {{"name", info.name},
            {"summary", info.summary},
            {"parameters", parameters},
            {"axis",
             {{"name", info.axis.name},
              {"kind", info.axis.kind},
              {"unit", info.axis.unit},
              {"values", info.axis.values},
              {"labels", info.axis.labels}}},
            {"output",
             {{"name", info.output_name},
              {"unit", info.output_unit},
              {"scale", to_string(info.output_scale)},
              {"help", info.output_help}}}};
}

ModelInfo info_from(const Json& json) {
    ModelInfo info;
    info.name = json.at("name");
    info.summary = json.at("summary");
    for (const auto& parameter : json.at("parameters")) info.parameters.push_back(parameter_from(parameter));
    const Json& axis = json.at("axis");
    info.axis = {.name = axis.at("name"),
                 .kind = axis.at("kind"),
                 .unit = axis.at("unit"),
                 .values = axis.at("values"),
                 .labels = axis.at("labels")};
    const Json& output = json.at("output");
    info.output_name = output.at("name");
    info.output_unit = output.at("unit");
    info.output_scale = scale_from_string(output.at("scale").get<std::string>());
    info.output_help = output.at("help");
    return info;
}

Json json_of(const DesignSettings& design) {
    Json json{{"kind", to_string(design.kind)}};
    if (design.kind == DesignKind::regular) {
        json["counts"] = design.counts;
        return json;
    }
    json["size"] = design.size;
    if (design.kind == DesignKind::sobol) json["scramble"] = design.scramble;
    if (design.kind != DesignKind::sobol || design.scramble) json["seed"] = design.seed;
    return json;
}

DesignSettings design_settings_from(const Json& json) {
    DesignSettings design;
    design.kind = design_from_string(json.at("kind").get<std::string>());
    design.size = json.value("size", std::size_t{0});
    if (json.contains("counts")) design.counts = json.at("counts").get<std::vector<std::size_t>>();
    design.seed = json.value("seed", design.seed);
    design.scramble = json.value("scramble", true);
    return design;
}

void require(bool holds, const std::string& where, const std::string& found) {
    if (!holds)
        throw InputError({.where = where,
                          .found = "it describes a grid that cannot be: " + found,
                          .next = "remove the folder and start again"});
}

/// What is read later relies on: sizes whose products do not overflow, ranges with a logarithm where one is taken.
void check(const GridManifest& manifest, const std::string& where) {
    constexpr std::size_t most = 1'000'000'000'000;
    const ModelInfo& info = manifest.info;
    require(manifest.size > 0 && manifest.size <= most, where, std::to_string(manifest.size) + " models");
    require(manifest.chunk > 0 && manifest.chunk <= most, where, "parts of " + std::to_string(manifest.chunk));
    require(info.parameter_count() > 0 && info.output_count() > 0, where, "no parameter or no output");
    require(info.axis.values.empty() || info.axis.labels.empty() || info.axis.labels.size() == info.axis.values.size(),
            where, "an axis with another number of labels than values");
    for (const auto& parameter : info.parameters) {
        const double lowest = parameter.scale == Scale::log ? std::numeric_limits<double>::min() : parameter.low;
        require(parameter.low <= parameter.high && parameter.low >= lowest, where,
                "parameter '" + parameter.name + "' from " + to_text(parameter.low) + " to " + to_text(parameter.high));
    }
}

/// An object where the text is one, else the text.
Json parsed_or_text(const std::string& text) {
    Json json = Json::parse(text, nullptr, false);
    return json.is_object() ? json : Json(text);
}

/// Every leaf with its path.
std::map<std::string, std::string> leaves(const GridManifest& manifest) {
    Json json = Json::parse(manifest.json());
    json["provenance"] = parsed_or_text(manifest.provenance);
    std::map<std::string, std::string> found;
    const Json flat = json.flatten();
    for (const auto& [path, value] : flat.items()) found[path.substr(1)] = value.dump();
    return found;
}

}  // namespace

std::string GridManifest::json() const {
    const Json json{{"format", "ismulate-grid"},
                    {"version", 1},
                    {"size", size},
                    {"chunk", chunk},
                    {"design", json_of(design)},
                    {"model", json_of(info)},
                    {"provenance", provenance}};
    return json.dump(1) + "\n";
}

std::string GridManifest::fingerprint() const { return sha256(json()); }

std::string GridManifest::dataset_provenance() const {
    Json json = parsed_or_text(provenance);
    if (!json.is_object()) json = Json{{"remark", provenance}};
    Json ranges = Json::object();
    for (const auto& parameter : info.parameters) ranges[parameter.name] = {parameter.low, parameter.high};
    json["design"] = json_of(design);
    json["ranges"] = ranges;
    return json.dump();
}

GridManifest manifest_from_json(const std::string& text, const std::string& where) {
    try {
        const Json json = Json::parse(text);
        if (json.at("format") != "ismulate-grid" || json.at("version") != 1)
            throw InputError({.where = where, .found = "it is not the description of a grid of this version"});
        GridManifest manifest;
        manifest.info = info_from(json.at("model"));
        manifest.design = design_settings_from(json.at("design"));
        manifest.size = json.at("size");
        manifest.chunk = json.at("chunk");
        manifest.provenance = json.at("provenance");
        check(manifest, where);
        return manifest;
    } catch (const Json::exception& error) {
        throw InputError({.where = where,
                          .found = std::string("it is not the description of a grid: ") + error.what(),
                          .next = "remove the folder and start again"});
    }
}

std::string difference(const GridManifest& there, const GridManifest& here) {
    constexpr std::size_t most = 6;  // differences that are listed
    const auto a = leaves(there), b = leaves(here);
    std::vector<std::string> found;
    for (const auto& [path, value] : a) {
        const auto other = b.find(path);
        if (other == b.end())
            found.push_back(path + ": " + value + " there, absent here");
        else if (other->second != value)
            found.push_back(path + ": " + value + " there, " + other->second + " here");
    }
    for (const auto& [path, value] : b) {
        if (!a.contains(path)) found.push_back(path + ": absent there, " + value + " here");
    }
    std::string text;
    for (std::size_t i = 0; i < std::min(most, found.size()); ++i) text += (text.empty() ? "" : "; ") + found[i];
    return found.size() > most ? text + "; and " + std::to_string(found.size() - most) + " more" : text;
}

}  // namespace ism::simulate
