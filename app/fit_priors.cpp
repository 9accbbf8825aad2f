#include "fit_priors.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>

#include <fnmatch.h>

#include <ism/base/atomic_file.hpp>
#include <ism/base/errors.hpp>
#include <ism/base/text.hpp>

#include "toml_file.hpp"

namespace ism::app {
namespace {

using infer::Prior;

/// One table of the file, with what is needed to complain about it.
struct PriorTable {
    const toml::table& table;
    std::string place;  // "priors.toml:3: [U]"

    [[noreturn]] void refuse(const std::string& found, const std::string& allowed) const {
        throw InputError({.where = place, .found = found, .allowed = allowed});
    }
    [[nodiscard]] double number(const char* key) const {
        const auto value = table[key].value<double>();
        if (!value) refuse(std::string(key) + " is missing or no number", std::string(key) + " = 1.0");
        return *value;
    }
    [[nodiscard]] double number_or(const char* key, double otherwise) const {
        return table.contains(key) ? number(key) : otherwise;
    }
};

Prior prior_of(const PriorTable& text) {
    const auto shape = text.table["shape"].value<std::string>();
    if (!shape) text.refuse("no shape", "shape = \"log-uniform\"");
    for (const auto& [key, node] : text.table) {
        const std::string name(key.str());
        if (name != "shape" && name != "low" && name != "high" && name != "mean" && name != "median" &&
            name != "width" && name != "value")
            text.refuse("unknown key '" + name + "'", "shape, low, high, mean, median, width, value");
    }
    if (*shape == "fixed") return Prior::fixed(text.number("value"));
    if (*shape == "uniform") return Prior::uniform(text.number("low"), text.number("high"));
    if (*shape == "log-uniform") return Prior::log_uniform(text.number("low"), text.number("high"));
    const double high = text.number_or("high", Prior::infinity);
    if (*shape == "normal")
        return Prior::normal(text.number("mean"), text.number("width"), text.number_or("low", -Prior::infinity), high);
    if (*shape == "log-normal")
        return Prior::log_normal(text.number("median"), text.number("width"), text.number_or("low", 0.0), high);
    text.refuse("shape '" + *shape + "'", "uniform, log-uniform, normal, log-normal or fixed");
}

}  // namespace

std::map<std::string, Prior> read_priors(const std::string& path) {
    const toml::table file = toml_from(read_whole(path), path);
    std::map<std::string, Prior> priors;
    for (const auto& [key, node] : file) {
        const std::string place =
            path + ":" + std::to_string(node.source().begin.line) + ": [" + std::string(key.str()) + "]";
        const auto* table = node.as_table();
        if (table == nullptr)
            throw InputError({.where = place,
                              .found = "no table",
                              .allowed = "[U]\nshape = \"log-uniform\"\nlow = 0.1\nhigh = 1e4"});
        try {
            priors.emplace(std::string(key.str()), prior_of({*table, place}));
        } catch (const InputError& error) {
            if (std::string(error.what()).starts_with(path)) throw;
            throw InputError(ErrorText{.where = place, .found = error.what()});
        }
    }
    return priors;
}

void add_choices(const std::vector<ParameterChoice>& choices, const ModelInfo& info,
                 std::map<std::string, Prior>& priors) {
    for (const ParameterChoice& choice : choices) {
        const auto parameter = std::find_if(info.parameters.begin(), info.parameters.end(),
                                            [&](const Parameter& one) { return one.name == choice.name; });
        const bool log = parameter == info.parameters.end() ? choice.low > 0.0 : parameter->scale == Scale::log;
        const Prior prior = choice.fixed() ? Prior::fixed(choice.low)
                            : log          ? Prior::log_uniform(choice.low, choice.high)
                                           : Prior::uniform(choice.low, choice.high);
        if (parameter != info.parameters.end()) {
            check_range(*parameter, choice.low, info.name);
            check_range(*parameter, choice.high, info.name);
        }
        if (!priors.emplace(choice.name, prior).second)
            throw InputError(
                {.where = "-p " + choice.name, .found = "the file of priors gives it too", .allowed = "one of them"});
    }
}

namespace {

/// s of "0.1" or "factor 1.3".
double multiplicative_of(std::string_view text, const std::string& where) {
    const auto parts = words(text);
    const bool factor = parts.size() == 2 && parts[0] == "factor";
    const auto number = factor ? number_from(parts[1]) : parts.size() == 1 ? number_from(parts[0]) : std::nullopt;
    const double s = !number ? std::nan("") : factor ? std::log(*number) : *number;
    if (s == 0.0 || (s >= infer::least_multiplicative && s <= infer::most_multiplicative)) return s;
    throw InputError({.where = where,
                      .found = "'" + std::string(trimmed(text)) + "'",
                      .allowed = "0, " + to_text(infer::least_multiplicative) + " .. " +
                                 to_text(infer::most_multiplicative) +
                                 ": the standard deviation of ln of the calibration; or 'factor 1.3', its exp",
                      .effect = "nothing was fitted"});
}

}  // namespace

void add_multiplicative(const std::string& text, std::vector<infer::FluxBand>& lines) {
    const std::string where = "--multiplicative '" + text + "'";
    for (const std::string_view item : split(text, ',')) {
        if (trimmed(item).empty()) continue;
        const std::size_t equals = item.find('=');
        const std::string glob(equals == std::string_view::npos ? "*" : trimmed(item.substr(0, equals)));
        const double s = multiplicative_of(equals == std::string_view::npos ? item : item.substr(equals + 1), where);
        std::vector<std::string> names;
        bool fits = false;
        for (infer::FluxBand& line : lines) {
            names.push_back(line.name);
            if (line.name != glob && ::fnmatch(glob.c_str(), line.name.c_str(), 0) != 0) continue;
            line.multiplicative = s;
            fits = true;
        }
        if (!fits)
            refuse_name(glob, names,
                        {.where = where, .found = "no line that was observed", .effect = "nothing was fitted"});
    }
}

std::map<std::string, double> parse_calibration(const std::string& text) {
    std::map<std::string, double> calibration;
    for (const std::string_view item : split(text, ',')) {
        if (trimmed(item).empty()) continue;
        const auto parts = split(trimmed(item), '=');
        const auto value = parts.size() == 2 ? number_from(parts[1]) : std::nullopt;
        if (!value || !(*value >= 0.0 && *value < 1.0))
            throw InputError({.where = "--calibration " + text,
                              .found = "'" + std::string(item) + "'",
                              .allowed = "INSTRUMENT=FRACTION with a fraction of 0 .. 1: PACS=0.05,SPIRE=0.055"});
        std::string name(trimmed(parts[0]));
        for (char& c : name) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
        if (!calibration.emplace(name, *value).second)
            throw InputError({.where = "--calibration " + text, .found = name + " comes twice"});
    }
    return calibration;
}

}  // namespace ism::app
