#pragma once
#include <string>
#include <vector>

#include <ism/base/dataset.hpp>
#include <ism/io/table.hpp>
#include <ism/train/anomalies.hpp>

namespace ism::app {

/// The list that a user reviews: model (row of the dataset, from 0), its parameters, output, value, prediction,
/// deviation, score, kind, rule.
[[nodiscard]] io::Table table_of(const Dataset& dataset, const std::vector<train::Anomaly>& anomalies);

/// Such a list, perhaps with fewer rows. Throws InputError where a row names no model or output of the dataset, or a
/// model with other parameters: the list is of another grid.
[[nodiscard]] std::vector<train::Anomaly> read_anomalies(const std::string& path, const Dataset& dataset);

/// Rules of physics from a TOML file (docs/lines.md). Throws InputError with the line.
[[nodiscard]] std::vector<train::PhysicsRule> read_rules(const std::string& path, const ModelInfo& info);

}  // namespace ism::app
