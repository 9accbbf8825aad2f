#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include <ism/base/atomic_file.hpp>
#include <ism/base/errors.hpp>
#include <ism/base/select.hpp>

#include "anomaly_list.hpp"
#include "toml_file.hpp"

namespace ism::app {
namespace {

using Kind = train::PhysicsRule::Kind;

constexpr std::array<std::pair<std::string_view, Kind>, 5> kinds{{{"rises_with", Kind::rises_with},
                                                                  {"falls_with", Kind::falls_with},
                                                                  {"at_least", Kind::at_least},
                                                                  {"at_most", Kind::at_most},
                                                                  {"below", Kind::below}}};
constexpr const char* example = "[[rule]]\n  outputs = \"CO*\"\n  falls_with = \"Av\"";

/// One [[rule]], with what is needed to complain about it.
struct RuleText {
    const toml::table& table;
    std::string place;
    const ModelInfo& info;

    [[noreturn]] void refuse(const std::string& found, const std::string& allowed) const {
        throw InputError({.where = place, .found = found, .allowed = allowed, .effect = "nothing was learned"});
    }
    [[nodiscard]] std::string text(std::string_view key) const {
        const auto value = table[key].value<std::string>();
        if (!value) refuse(std::string(key) + " is missing or no text", std::string(key) + " = \"...\"");
        return *value;
    }
    [[nodiscard]] double number(std::string_view key) const {
        const auto value = table[key].value<double>();
        if (!value || !std::isfinite(*value)) refuse(std::string(key) + " is no number", std::string(key) + " = 1.0");
        return *value;
    }
    [[nodiscard]] std::size_t parameter(std::string_view key) const {
        const std::string wanted = text(key);
        std::vector<std::string> names;
        for (std::size_t p = 0; p < info.parameter_count(); ++p) {
            if (info.parameters[p].name == wanted) return p;
            names.push_back(info.parameters[p].name);
        }
        refuse_name(wanted, names, {.where = place, .found = "there is no parameter '" + wanted + "'"});
    }
    [[nodiscard]] std::vector<std::size_t> outputs(std::string_view key) const {
        try {
            return chosen_outputs(info.axis, text(key));
        } catch (const InputError& error) {
            throw InputError({.where = place, .found = error.what(), .effect = "nothing was learned"});
        }
    }
};

train::PhysicsRule rule_of(const RuleText& rule, std::size_t number) {
    train::PhysicsRule result{.name = "rule " + std::to_string(number), .outputs = {}};
    if (rule.table.contains("name")) result.name = rule.text("name");
    std::size_t said = 0;
    for (const auto& [key, node] : rule.table) {
        const std::string_view name = key.str();
        const auto* const kind =
            std::find_if(kinds.begin(), kinds.end(), [&](const auto& k) { return k.first == name; });
        if (kind != kinds.end()) {
            result.kind = kind->second;
            ++said;
        } else if (name != "name" && name != "outputs" && name != "tolerance" && name != "factor") {
            rule.refuse("unknown key '" + std::string(name) + "'",
                        "name, outputs, tolerance, factor and one of rises_with, falls_with, at_least, at_most, below");
        }
    }
    if (said != 1)
        rule.refuse(said == 0 ? "it says nothing" : "it says more than one thing",
                    "one of rises_with, falls_with, at_least, at_most, below");
    if (rule.table.contains("outputs")) {
        result.outputs = rule.outputs("outputs");
    } else {
        for (std::size_t j = 0; j < rule.info.output_count(); ++j) result.outputs.push_back(j);
    }
    if (result.kind == Kind::rises_with) result.parameter = rule.parameter("rises_with");
    if (result.kind == Kind::falls_with) result.parameter = rule.parameter("falls_with");
    if (result.kind == Kind::at_least) result.bound = rule.number("at_least");
    if (result.kind == Kind::at_most) result.bound = rule.number("at_most");
    if (result.kind == Kind::below) {
        const auto other = rule.outputs("below");
        if (other.size() != 1) rule.refuse("below names several outputs", "one output");
        result.other = other.front();
    }
    if (rule.table.contains("factor") && result.kind != Kind::below)
        rule.refuse("factor without below", "outputs = \"A\", below = \"B\", factor = 2.0");
    if (rule.table.contains("factor")) result.factor = rule.number("factor");
    if (rule.table.contains("tolerance")) result.tolerance = rule.number("tolerance");
    if (!(result.tolerance >= 0 && result.tolerance < 1)) rule.refuse("tolerance out of range", "0 .. 1, relative");
    if (!(result.factor > 0)) rule.refuse("factor is not positive", "a positive number");
    return result;
}

}  // namespace

std::vector<train::PhysicsRule> read_rules(const std::string& path, const ModelInfo& info) {
    const toml::table file = toml_from(read_whole(path), path);
    const toml::array* rules = file["rule"].as_array();
    if (rules == nullptr || rules->empty() || file.size() != 1)
        throw InputError({.where = path,
                          .found = file.size() > 1 ? "something else than rules" : "no rules",
                          .allowed = example,
                          .effect = "nothing was learned"});
    std::vector<train::PhysicsRule> result;
    for (const auto& node : *rules) {
        const toml::table* table = node.as_table();
        const std::string place = path + ":" + std::to_string(node.source().begin.line);
        if (table == nullptr) throw InputError({.where = place, .found = "no table", .allowed = example});
        result.push_back(rule_of({*table, place, info}, result.size() + 1));
    }
    return result;
}

}  // namespace ism::app
