#include <cmath>

#include <nlohmann/json.hpp>

#include <ism/base/provenance.hpp>
#include <ism/train/train.hpp>

namespace ism::train {
namespace {

using Json = nlohmann::ordered_json;

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

Json curve_json(const std::vector<EpochRecord>& curve) {
    Json json{{"epoch", Json::array()},
              {"seconds", Json::array()},
              {"learning_rate", Json::array()},
              {"training_loss", Json::array()},
              {"validation_loss", Json::array()}};
    for (const EpochRecord& record : curve) {
        json["epoch"].push_back(record.epoch);
        json["seconds"].push_back(record.seconds);
        json["learning_rate"].push_back(record.learning_rate);
        json["training_loss"].push_back(number(record.training_loss));
        json["validation_loss"].push_back(number(record.validation_loss));
    }
    return json;
}

Json table_json(const std::vector<emulate::ErrorRow>& rows) {
    Json json = Json::array();
    for (const auto& row : rows) {
        json.push_back({{"quantity", row.quantity},
                        {"models", row.models},
                        {"median", row.median},
                        {"mean", row.mean},
                        {"percentile_99", row.percentile_99},
                        {"maximum", row.maximum}});
    }
    return json;
}

Json per_output_json(const Axis& axis, const std::vector<OutputError>& errors) {
    Json json{{"axis", axis.name},       {"unit", axis.unit},       {"at", Json::array()},
              {"values", Json::array()}, {"median", Json::array()}, {"percentile_99", Json::array()},
              {"maximum", Json::array()}};
    for (std::size_t j = 0; j < errors.size(); ++j) {
        json["at"].push_back(is_named(axis) ? Json(axis.labels.at(j)) : Json(axis.values[j]));
        json["values"].push_back(errors[j].values);
        json["median"].push_back(number(errors[j].median));
        json["percentile_99"].push_back(number(errors[j].percentile_99));
        json["maximum"].push_back(number(errors[j].maximum));
    }
    return json;
}

}  // namespace

std::string log_json(const Training& training, const TrainConfig& config) {
    const TrainReport& report = training.report;
    Json json{{"format", "ismulate-training-log"}, {"version", version()}};
    json["network"] = emulate::describe(training.emulator.network);
    json["weights"] = emulate::weight_count(training.emulator.network);
    for (const auto& [name, value] : settings(config)) json["settings"][name] = value;
    json["device"] = report.device;
    json["seconds"] = report.seconds;
    json["ended_by"] = report.ended_by;
    json["best_epoch"] = report.best_epoch;
    json["models"] = {{"training", report.split.training.size()},
                      {"validation", report.split.validation.size()},
                      {"test", report.split.test.size()},
                      {"failed", report.failed_models}};
    json["raised"] = report.raised;
    json["zeros_left_out"] = report.zeros_left_out;
    json["errors"] = table_json(report.errors);
    json["errors_per_output"] = per_output_json(training.emulator.info.axis, report.errors_per_output);
    json["loss_curve"] = curve_json(report.curve);
    json["test_rows"] = report.split.test;
    return json.dump(1) + "\n";
}

}  // namespace ism::train
