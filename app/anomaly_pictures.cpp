#include "anomaly_pictures.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include <ism/base/text.hpp>

namespace ism::app {
namespace {

constexpr std::size_t pictures = 12;
constexpr std::size_t nearest = 18;  ///< models shown where there is no grid line

std::size_t longest_parameter(const Dataset& dataset) {
    const std::size_t count = dataset.info.parameter_count();
    std::size_t best = 0, most = 0;
    for (std::size_t p = 0; p < count; ++p) {
        std::set<double> values;
        for (std::size_t i = 0; i < dataset.size(); ++i) values.insert(dataset.parameters[i * count + p]);
        if (values.size() > most) {
            most = values.size();
            best = p;
        }
    }
    return best;
}

/// Models that agree with `model` in all parameters but `along`; where there are none, the nearest ones.
std::vector<std::size_t> neighbourhood(const Dataset& dataset, const std::vector<double>& places, std::size_t model,
                                       std::size_t along) {
    const std::size_t count = dataset.info.parameter_count();
    std::vector<std::pair<double, std::size_t>> far;
    std::vector<std::size_t> line;
    for (std::size_t i = 0; i < dataset.size(); ++i) {
        if (!dataset.done(i) || i == model) continue;
        double others = 0, all = 0;
        for (std::size_t p = 0; p < count; ++p) {
            const double d = places[i * count + p] - places[model * count + p];
            all += d * d;
            if (p != along) others += d * d;
        }
        if (others == 0) line.push_back(i);
        far.emplace_back(all, i);
    }
    if (line.size() >= 3) return line;
    std::sort(far.begin(), far.end());
    line.clear();
    for (std::size_t k = 0; k < std::min(nearest, far.size()); ++k) line.push_back(far[k].second);
    return line;
}

explain::Panel panel_of(const Dataset& dataset, const std::vector<double>& places, const train::Anomaly& anomaly,
                        std::size_t along) {
    const ModelInfo& info = dataset.info;
    const std::size_t parameters = info.parameter_count(), outputs = info.output_count();
    const auto x = [&](std::size_t i) { return dataset.parameters[i * parameters + along]; };
    explain::Series others{.name = "its neighbours", .mark = explain::Mark::dots, .colour = 7, .size = 4};
    auto near = neighbourhood(dataset, places, anomaly.model, along);
    std::sort(near.begin(), near.end(), [&](std::size_t a, std::size_t b) { return x(a) < x(b); });
    for (const std::size_t i : near) {
        if (!dataset.used(i, anomaly.output)) continue;
        others.x.push_back(x(i));
        others.y.push_back(dataset.outputs[i * outputs + anomaly.output]);
    }
    explain::Panel panel;
    const std::string name =
        info.axis.labels.empty() ? to_text(info.axis.values[anomaly.output]) : info.axis.labels[anomaly.output];
    panel.title = name + ", model " + std::to_string(anomaly.model);
    panel.x = {.title = info.parameters[along].name, .log = info.parameters[along].scale == Scale::log};
    panel.y = {.title = info.output_unit.empty() ? info.output_name : info.output_unit,
               .log = info.output_scale == Scale::log};
    panel.height = 150;
    panel.series = {others,
                    {.name = "expected",
                     .x = {x(anomaly.model)},
                     .y = {anomaly.prediction},
                     .mark = explain::Mark::dots,
                     .colour = 3,
                     .size = 8},
                    {.name = "the anomaly",
                     .x = {x(anomaly.model)},
                     .y = {anomaly.value},
                     .mark = explain::Mark::dots,
                     .colour = 2,
                     .size = 8}};
    return panel;
}

}  // namespace

explain::Chart anomaly_chart(const Dataset& dataset, const std::vector<train::Anomaly>& anomalies) {
    explain::Chart chart{.title = "anomalies and their neighbourhoods",
                         .description = "values of the output along one parameter; the anomaly and what was expected",
                         .panels = {},
                         .columns = 3,
                         .width = 1000};
    const std::vector<double> places = train::places_in_grid(dataset);
    const std::size_t along = longest_parameter(dataset);
    std::set<std::size_t> shown;
    for (const train::Anomaly& anomaly : anomalies) {
        if (chart.panels.size() == pictures) break;
        if (shown.insert(anomaly.model).second) chart.panels.push_back(panel_of(dataset, places, anomaly, along));
    }
    if (chart.panels.empty()) chart.panels.push_back({.title = "no anomalies were found"});
    return chart;
}

}  // namespace ism::app
