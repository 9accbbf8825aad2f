#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <ism/base/dataset.hpp>
#include <ism/base/model.hpp>
#include <ism/base/progress.hpp>
#include <ism/explain/accuracy.hpp>

/// Ways to the same spectra beside each other: how wrong, how large, how slow.
namespace ism::explain {

/// Somebody who can predict.
struct Contender {
    std::string name;              ///< "network"
    std::string title;             ///< "neural network"
    std::string description{};     ///< one line: on what, with which settings
    const Model* model = nullptr;  ///< nullptr: not available here; `note` says why
    std::size_t memory = 0;        ///< bytes that have to be kept; 0 = not known
    bool is_truth = false;         ///< the physics itself: it is timed and has no error
    std::string note{};
    std::optional<double> train_seconds{};  ///< by the clock, of what was learned or prepared for this comparison
};

/// A held-out model with a large error, and the output that it is of.
struct WorstModel {
    std::vector<double> parameters{};  ///< (P)
    std::size_t output = 0;            ///< index on the axis
    double truth = 0.0, predicted = 0.0;
    double factor = 0.0;  ///< error factor in per cent
};

struct MethodResult {
    std::string name, title, description{}, note{};
    bool is_truth = false;
    std::size_t memory = 0;
    std::optional<Accuracy> accuracy{};   ///< empty for the truth and where the method is not available
    std::optional<double> cpu_seconds{};  ///< for `CompareOptions::spectra` spectra, one thread
    std::size_t spectra_timed = 0;        ///< fewer than that: scaled up
    std::optional<double> one_point{};    ///< CPU seconds of a call with one point
    std::optional<double> train_seconds{};
    bool differentiable = false;
    std::vector<WorstModel> worst_models{};  ///< by falling error factor; where `CompareOptions::factors`
};

/// Methods made from a share of the models and judged by the same held-out ones.
struct FractionResult {
    double fraction = 0.0;  ///< of all models of the grid
    std::size_t models = 0;
    std::vector<MethodResult> methods{};  ///< without times
};

/// One held-out model: the truth and what the judged method makes of it.
struct ExampleSpectrum {
    std::vector<double> parameters;  ///< (P)
    std::vector<double> truth;       ///< (M)
    std::vector<double> predicted;   ///< (M)
    double worst = 0.0;              ///< largest relative error that counts
};

struct CompareOptions {
    double faint = 1e-4;              ///< values below this share of the peak of their model do not count
    bool factors = false;             ///< the table for people shows error factors: for lines
    std::size_t spectra = 8000;       ///< that the CPU time is given for
    std::size_t repetitions = 5;      ///< of each timing; the median is taken
    double seconds_per_timing = 3.0;  ///< a slower method is timed on fewer spectra and scaled
    std::uint64_t seed = 1;           ///< of the points that are timed
};

/// The held-out models: what is left of the test data, and why the rest was not used.
struct HeldOut {
    Dataset data;
    std::size_t given = 0;       ///< models in the test data
    std::size_t failed = 0;      ///< of these, failed
    std::size_t duplicates = 0;  ///< whose parameters are those of a model that was learned or interpolated
    std::size_t outside = 0;     ///< outside the range of at least one contender
};

struct Comparison {
    ModelInfo info;  ///< of the test data
    CompareOptions options;
    HeldOut held_out;  ///< the counts; of `data` the parameters only
    std::vector<MethodResult> methods;
    std::string judged;                       ///< the method that worst and typical cases belong to
    std::vector<ExampleSpectrum> worst;       ///< largest error first
    std::vector<ExampleSpectrum> typical;     ///< spread over the first parameter
    double seconds = 0.0;                     ///< that the comparison took, by the clock
    std::vector<FractionResult> fractions{};  ///< largest first; empty where none were asked for
};

/// The models of `test` that did not fail, are no node of `known` (same parameters to 1e-12) and lie inside the range
/// of every contender. Throws InputError where none is left.
[[nodiscard]] HeldOut held_out(const Dataset& test, const std::vector<const Dataset*>& known,
                               const std::vector<Contender>& contenders);

/// Measures every contender on the same models. `judged` names the one whose worst and typical cases are kept.
[[nodiscard]] Comparison compare(const std::vector<Contender>& contenders, HeldOut test, const std::string& judged,
                                 const CompareOptions& options, Progress& progress);

/// Errors of contenders made from `models` models, the share `fraction` of a grid; nothing is timed.
[[nodiscard]] FractionResult measure_fraction(const std::vector<Contender>& contenders, const Dataset& test,
                                              double fraction, std::size_t models, double faint);

struct Timing {
    double seconds = 0.0;   ///< CPU time of the process for `CompareOptions::spectra` spectra, scaled from `timed`
    std::size_t timed = 0;  ///< spectra of one repetition
};

/// Evaluates random points in batches after a warm-up. Call it with one thread (set_thread_count(1)).
[[nodiscard]] Timing time_model(const Model& model, const CompareOptions& options);

/// CPU seconds of a call with one point: the median of many. Call it with one thread.
[[nodiscard]] double time_one_point(const Model& model, const CompareOptions& options);

/// The table for people, with what its columns mean and which method to trust.
[[nodiscard]] std::string to_text(const Comparison& comparison);

/// The same for papers: a table in Markdown; where the comparison is of lines, also the worst of them and the worst
/// models of each method, and errors against the share of models learned.
[[nodiscard]] std::string to_markdown(const Comparison& comparison);

/// Which method to trust, in sentences; says so where interpolation wins.
[[nodiscard]] std::string verdict(const Comparison& comparison);

/// One JSON object with everything above, which `report` reads; NaN becomes null. `provenance` is JSON text.
[[nodiscard]] std::string to_json(const Comparison& comparison, const std::string& provenance);

/// What to_json wrote. `where` names the file in errors. Throws InputError where the text is something else.
[[nodiscard]] Comparison comparison_from_json(const std::string& text, const std::string& where);

}  // namespace ism::explain
