#pragma once
#include <string>

#include <CLI/CLI.hpp>

#include <ism/base/dataset.hpp>
#include <ism/base/provenance.hpp>
#include <ism/train/anomalies.hpp>
#include <ism/train/train.hpp>

#include "context.hpp"

namespace ism::app {

/// How wrong values of a dataset are dealt with, as it was typed.
struct AnomalyOptions {
    bool search = false;  ///< --anomalies
    std::string rules;    ///< TOML file; ""
    std::string listed;   ///< a list of values to leave out; ""
    train::AnomalyBars bars;
    [[nodiscard]] bool used() const noexcept { return search || !rules.empty() || !listed.empty(); }
};

/// Adds --anomalies, --rules, --without and the bars.
void add_anomaly_options(CLI::App& command, AnomalyOptions& options);

/// Throws InputError where the list or its picture would replace a file, --without names the list that will be written.
void check_anomaly_files(const Context& context, const AnomalyOptions& options);

/// The dataset without the values that --without lists, that break a rule, or, with --anomalies, that a network learned
/// with the loss of `config` does not believe: that takes half of the budget (and epochs) again. Writes the list
/// (NAME.anomalies.ecsv) and its picture (NAME.anomalies.svg). Throws Interrupted where the search was stopped.
[[nodiscard]] Dataset without_anomalies(Context& context, const Dataset& dataset, const train::TrainConfig& config,
                                        const AnomalyOptions& options, Provenance& provenance);

}  // namespace ism::app
