#pragma once
#include <cstddef>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <ism/base/dataset.hpp>

/// Values of a grid that are wrong: the code did not converge, jumped to another branch, or printed a floor.
namespace ism::train {

/// A value that does not fit, and why.
struct Anomaly {
    enum class Kind {
        value,  ///< by itself
        model,  ///< with most other outputs of its model
        rule,   ///< against a rule of physics that the user gave
    };
    std::size_t model = 0, output = 0;
    Kind kind = Kind::value;
    double value = 0.0;       ///< in the dataset, in the unit of the output
    double prediction = 0.0;  ///< of the robust network, moved by what it misses in the neighbourhood
    double deviation = 0.0;   ///< log10 value - log10 prediction; linear outputs: value - prediction in their spreads
    double score = 0.0;       ///< |deviation| in units of the scatter of the neighbourhood; a rule: of its tolerance
    std::string rule{};       ///< its name
};
[[nodiscard]] std::string to_string(Anomaly::Kind kind);

/// When a value counts as an anomaly.
struct AnomalyBars {
    double score = 10.0;          ///< smallest score
    double deviation = 0.03;      ///< and smallest |deviation|
    double share_of_model = 0.5;  ///< of a model's outputs: where more are anomalies, all of them are
    std::size_t neighbours = 18;  ///< models that a value is compared with; at least 3 (P + 1) are taken
};

/// Values that a network, learned with a robust loss on all of the dataset, misses otherwise than it misses their
/// neighbours.
///
/// Residuals are deviations from the network. Around each model a plane is fitted to the residuals of an output at its
/// nearest neighbours (least squares with Cauchy weights, so that wrong neighbours hardly count; the value itself takes
/// no part); distances are counted in steps of the grid, or for scattered models in mean distances. What is left of the
/// value's residual is its deviation; the score divides by the scatter of the neighbours about the plane (1.4826 times
/// their median |residual|), which is not taken smaller than that of the output over the whole dataset. So where the
/// outputs are steep and the network is poor, it misses all neighbours alike, or all of them badly, and none is
/// suspected. Values found are left out of the neighbourhoods in a second pass. Where fewer than 2 (P + 1) neighbours
/// are left the residual itself is the deviation.
///
/// predictions (N x M) in the unit of the outputs. Masked values, limits and failed models take no part. Sorted by
/// score, largest first. Throws InputError where fewer than 2 (P + 1) models can be used.
[[nodiscard]] std::vector<Anomaly> find_anomalies(const Dataset& dataset, std::span<const double> predictions,
                                                  const AnomalyBars& bars = {});

/// What physics says of some outputs.
struct PhysicsRule {
    std::string name;
    std::vector<std::size_t> outputs;  ///< that it holds for
    enum class Kind { rises_with, falls_with, at_least, at_most, below } kind = Kind::at_most;
    std::size_t parameter = 0;  ///< of rises_with and falls_with
    double bound = 0.0;         ///< of at_least and at_most, in the unit of the outputs
    std::size_t other = 0;      ///< of below: the outputs are at most `factor` times this one
    double factor = 1.0;
    double tolerance = 0.05;  ///< relative; a value may break the rule by so much, along a line: from one model
                              ///< to the next
};

/// Values that break a rule. rises_with and falls_with look along each line of the grid (models that agree in all other
/// parameters, three or more); of values that contradict each other as few as possible are named: those outside of the
/// longest sequence that obeys. Throws InputError where a rule has no such lines.
[[nodiscard]] std::vector<Anomaly> broken_rules(const Dataset& dataset, const std::vector<PhysicsRule>& rules);

/// The dataset without the values listed: their mask is 0.
[[nodiscard]] Dataset without(Dataset dataset, const std::vector<Anomaly>& anomalies);

/// Where models lie, in steps of the grid: the place of each parameter among its distinct values, (N x P). Where they
/// have many more combinations than there are models, it is stretched so that the mean distance of models is 1.
[[nodiscard]] std::vector<double> places_in_grid(const Dataset& dataset);

}  // namespace ism::train
