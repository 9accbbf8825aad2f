#pragma once
#include <vector>

#include <ism/base/dataset.hpp>
#include <ism/explain/chart.hpp>
#include <ism/train/anomalies.hpp>

namespace ism::app {

/// The neighbourhoods of the first twelve anomalies, one of each model: the values of the output along the parameter
/// with most distinct values (the other parameters as in the model; for scattered models those of the nearest ones),
/// the anomaly, and what was expected.
[[nodiscard]] explain::Chart anomaly_chart(const Dataset& dataset, const std::vector<train::Anomaly>& anomalies);

}  // namespace ism::app
