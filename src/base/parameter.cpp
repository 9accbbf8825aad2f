#include <ism/base/parameter.hpp>

#include <algorithm>
#include <cmath>

#include <ism/base/errors.hpp>
#include <ism/base/text.hpp>

namespace ism {
namespace {

std::string with_unit(const std::string& text, const std::string& unit) {
    return unit.empty() ? text : text + " " + unit;
}

}  // namespace

std::string to_string(Scale scale) { return scale == Scale::log ? "log" : "linear"; }

Scale scale_from_string(std::string_view text) {
    if (text == "log") return Scale::log;
    if (text == "linear") return Scale::linear;
    throw InputError({.found = "scale '" + std::string(text) + "' is not known", .allowed = "linear, log"});
}

double Parameter::to_unit_interval(double value) const {
    if (scale == Scale::log) return std::log(value / low) / std::log(high / low);
    return (value - low) / (high - low);
}

double Parameter::from_unit_interval(double position) const {
    const double value = scale == Scale::log ? low * std::pow(high / low, position) : low + position * (high - low);
    return std::clamp(value, low, high);  // rounding must not leave the range
}

void check_range(const Parameter& parameter, double value, std::string_view model) {
    if (parameter.contains(value)) return;
    throw InputError(
        {.where = "parameter " + parameter.name,
         .found = parameter.name + " = " + with_unit(to_text(value), parameter.unit) +
                  " is outside the range of model '" + std::string(model) + "'",
         .allowed = to_text(parameter.low, 6) + " .. " + with_unit(to_text(parameter.high, 6), parameter.unit),
         .next = "all ranges: ismulate describe " + std::string(model)});
}

std::size_t index_of(std::span<const Parameter> parameters, std::string_view name, std::string_view model) {
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        if (parameters[i].name == name) return i;
    }
    std::vector<std::string> names;
    for (const auto& parameter : parameters) names.push_back(parameter.name);
    const std::string unknown(name);
    refuse_name(unknown, names,
                {.where = "parameter " + unknown,
                 .found = "model '" + std::string(model) + "' has no parameter '" + unknown + "'"});
}

}  // namespace ism
