#include "report_parts.hpp"

#include <algorithm>

#include "markup.hpp"

namespace ism::explain {

const MethodResult* judged_method(const Comparison& comparison) {
    for (const MethodResult& method : comparison.methods) {
        if (method.name == comparison.judged && method.accuracy) return &method;
    }
    return nullptr;
}

const MethodResult* timed_truth(const Comparison& comparison) {
    for (const MethodResult& method : comparison.methods) {
        if (method.is_truth && method.cpu_seconds) return &method;
    }
    return nullptr;
}

const MethodResult* best_interpolation(const Comparison& comparison) {
    const MethodResult* best = nullptr;
    for (const MethodResult& method : comparison.methods) {
        if (!method.accuracy || method.name == comparison.judged) continue;
        if (!best || method.accuracy->percentile_99 < best->accuracy->percentile_99) best = &method;
    }
    return best;
}

std::string point_text(const ModelInfo& info, const std::vector<double>& point) {
    std::string text;
    for (std::size_t k = 0; k < std::min(info.parameter_count(), point.size()); ++k) {
        const Parameter& parameter = info.parameters[k];
        text += (k == 0 ? "" : ", ") + parameter.name + " = " + value_text(point[k]);
        if (!parameter.unit.empty()) text += " " + unit_text(parameter.unit);
    }
    return text;
}

PlotAxis parameter_axis(const Parameter& parameter) {
    return {.title = with_unit(parameter.name, parameter.unit), .log = parameter.scale == Scale::log};
}

}  // namespace ism::explain
