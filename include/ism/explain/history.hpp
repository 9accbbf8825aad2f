#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include <ism/emulate/emulator_file.hpp>

/// What the logs beside a dataset (NAME.h5.log.json) and an emulator (NAME.ism.log.json) tell.
namespace ism::explain {

/// How an emulator learned: NAME.ism.log.json of `ismulate train`.
struct TrainingHistory {
    std::string network{}, device{}, ended_by{};
    double seconds = 0.0;
    std::size_t best_epoch = 0;
    std::size_t training = 0, validation = 0, test = 0;  ///< models
    std::vector<double> epoch{}, learning_rate{}, training_loss{}, validation_loss{};
    std::vector<emulate::ErrorRow> errors{};
    std::vector<double> axis_median{}, axis_percentile_99{}, axis_maximum{};  ///< (M), or empty: there was no test
};

/// One call of `ismulate grid` that had a part in a dataset; a grid that was killed or shared out has several.
struct GridRunRecord {
    double seconds = 0.0;
    std::size_t threads = 0, computed = 0, failed = 0;
    std::string outcome;  ///< "done", "stopped", "machine failed"
};

/// `where` names the file in errors. Both throw InputError where the text is something else or damaged.
[[nodiscard]] TrainingHistory history_from_json(const std::string& text, const std::string& where);
[[nodiscard]] std::vector<GridRunRecord> grid_runs_from_json(const std::string& text, const std::string& where);

}  // namespace ism::explain
