#include "fit_parts.hpp"

#include <algorithm>
#include <cmath>

#include "markup.hpp"

namespace ism::explain {

PlotAxis value_axis(const std::string& name, const std::string& unit, bool log, const std::vector<double>& values,
                    const std::vector<double>& also) {
    constexpr double tail = 0.001, room = 0.06;
    const auto usable = [log](double value) { return std::isfinite(value) && (!log || value > 0.0); };
    PlotAxis axis{.title = with_unit(name, unit), .log = log};
    std::vector<double> sorted;
    std::copy_if(values.begin(), values.end(), std::back_inserter(sorted), usable);
    if (sorted.empty()) return axis;
    std::sort(sorted.begin(), sorted.end());
    const auto last = static_cast<double>(sorted.size() - 1);
    double low = sorted[static_cast<std::size_t>(tail * last)];
    double high = sorted[static_cast<std::size_t>(std::ceil((1.0 - tail) * last))];
    for (const double value : also) {
        if (!usable(value)) continue;
        low = std::min(low, value);
        high = std::max(high, value);
    }
    const double margin = log ? std::pow(high / low, room) : room * (high - low);
    axis.low = log ? low / margin : low - margin;
    axis.high = log ? high * margin : high + margin;
    return axis;
}

Series histogram(const std::vector<double>& values, const PlotAxis& axis, std::size_t bins) {
    const auto scaled = [&](double value) { return axis.log ? std::log(value) : value; };
    const double low = scaled(axis.low), step = (scaled(axis.high) - low) / static_cast<double>(bins);
    std::vector<double> counts(bins, 0.0);
    for (const double value : values) {
        const double place = std::floor((scaled(value) - low) / step);
        if (place >= 0.0 && place < static_cast<double>(bins)) ++counts[static_cast<std::size_t>(place)];
    }
    Series steps{.mark = Mark::band};
    for (std::size_t i = 0; i < bins; ++i) {
        for (const std::size_t end : {i, i + 1}) {
            const double x = low + step * static_cast<double>(end);
            steps.x.push_back(axis.log ? std::exp(x) : x);
            steps.y.push_back(counts[i]);
            steps.low.push_back(0.0);
        }
    }
    return steps;
}

Series upright(double x, double top, const std::string& name, int colour, bool dashed) {
    return {.name = name, .x = {x, x}, .y = {0.0, top}, .colour = colour, .size = 1.8, .dashed = dashed};
}

}  // namespace ism::explain
