#include <ism/explain/history.hpp>

#include <ism/base/errors.hpp>

#include "json_view.hpp"

namespace ism::explain {
namespace {

void read_curve(const JsonView& json, TrainingHistory& history) {
    history.epoch = json.at("epoch").numbers();
    history.learning_rate = json.at("learning_rate").numbers();
    history.training_loss = json.at("training_loss").numbers();
    history.validation_loss = json.at("validation_loss").numbers();
    for (const char* key : {"learning_rate", "training_loss", "validation_loss"}) {
        if (json.at(key).items().size() != history.epoch.size())
            json.at(key).refuse("a list of " + std::to_string(history.epoch.size()) + " numbers, one for each epoch");
    }
}

emulate::ErrorRow error_row_from(const JsonView& json) {
    return {.quantity = json.at("quantity").text(),
            .models = json.at("models").count(),
            .median = json.at("median").number(),
            .mean = json.at("mean").number(),
            .percentile_99 = json.at("percentile_99").number(),
            .maximum = json.at("maximum").number()};
}

}  // namespace

TrainingHistory history_from_json(const std::string& text, const std::string& where) {
    const JsonView json = JsonView::parsed(text, where);
    if (!json.has("format") || json.at("format").text() != "ismulate-training-log") {
        throw InputError({.where = where,
                          .found = "it is JSON, but no training log of ismulate",
                          .allowed = "what `ismulate train ... -o NAME.ism` writes beside the emulator",
                          .effect = "nothing was written"});
    }
    TrainingHistory history;
    history.network = json.at("network").text();
    history.device = json.at("device").text();
    history.ended_by = json.at("ended_by").text();
    history.seconds = json.at("seconds").number();
    history.best_epoch = json.at("best_epoch").count();
    history.training = json.at("models").at("training").count();
    history.validation = json.at("models").at("validation").count();
    history.test = json.at("models").at("test").count();
    read_curve(json.at("loss_curve"), history);
    for (const auto& row : json.at("errors").items()) history.errors.push_back(error_row_from(row));
    history.axis_median = json.at("errors_per_output").at("median").numbers();
    history.axis_percentile_99 = json.at("errors_per_output").at("percentile_99").numbers();
    history.axis_maximum = json.at("errors_per_output").at("maximum").numbers();
    return history;
}

std::vector<GridRunRecord> grid_runs_from_json(const std::string& text, const std::string& where) {
    std::vector<GridRunRecord> runs;
    for (const auto& run : JsonView::parsed(text, where).at("runs").items()) {
        if (run.is_null()) continue;  // a run whose record was damaged before the log was written
        runs.push_back({.seconds = run.at("seconds").number(),
                        .threads = run.at("threads").count(),
                        .computed = run.at("computed").count(),
                        .failed = run.at("failed").count(),
                        .outcome = run.at("outcome").text()});
    }
    return runs;
}

}  // namespace ism::explain
