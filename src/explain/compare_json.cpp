#include <cmath>

#include <nlohmann/json.hpp>

#include <ism/base/provenance.hpp>
#include <ism/explain/compare.hpp>

namespace ism::explain {
namespace {

using Json = nlohmann::ordered_json;

/// Six digits are enough to draw and to compare, and keep the file small.
Json rounded(const std::vector<double>& values) {
    Json array = Json::array();
    for (const double value : values) {
        if (!std::isfinite(value) || value == 0.0) {
            array.push_back(value);  // NaN and infinity become null
            continue;
        }
        const double scale = std::pow(10.0, 5.0 - std::floor(std::log10(std::abs(value))));
        array.push_back(std::isfinite(scale) && scale > 0.0 ? std::round(value * scale) / scale : value);
    }
    return array;
}

Json accuracy_json(const Accuracy& accuracy) {
    return {{"models", accuracy.models},
            {"values", accuracy.values},
            {"median", accuracy.median},
            {"mean", accuracy.mean},
            {"percentile_99", accuracy.percentile_99},
            {"maximum", accuracy.maximum},
            {"log_error_percent", accuracy.log_error},
            {"axis_median", rounded(accuracy.axis_median)},
            {"axis_percentile_99", rounded(accuracy.axis_percentile_99)},
            {"axis_maximum", rounded(accuracy.axis_maximum)},
            {"worst_of_model", rounded(accuracy.worst_of_model)},
            {"exceedance",
             {{"share", rounded(exceedance_shares(accuracy.values))}, {"error", rounded(accuracy.exceeded)}}}};
}

Json or_null(const std::optional<double>& value, double factor) { return value ? Json(*value * factor) : Json(); }

Json factor_json(const ErrorFactor& factor) {
    return {{"mean", factor.mean}, {"median", factor.median}, {"p99", factor.percentile_99}, {"max", factor.maximum}};
}

Json lines_json(const Accuracy& accuracy, const Axis& axis) {
    Json json = Json::object();
    for (std::size_t j = 0; j < std::min(axis.labels.size(), accuracy.axis_factor.size()); ++j)
        json[axis.labels[j]] = factor_json(accuracy.axis_factor[j]);
    return json;
}

Json worst_json(const std::vector<WorstModel>& worst, const ModelInfo& info) {
    Json array = Json::array();
    for (const WorstModel& model : worst) {
        Json parameters = Json::object();
        for (std::size_t k = 0; k < info.parameter_count(); ++k)
            parameters[info.parameters[k].name] = model.parameters[k];
        const auto& labels = info.axis.labels;
        array.push_back({{"parameters", std::move(parameters)},
                         {"line", model.output < labels.size() ? labels[model.output] : ""},
                         {"truth", model.truth},
                         {"predicted", model.predicted},
                         {"error_factor", model.factor}});
    }
    return array;
}

/// Errors per line, the worst models and the distribution of the error factor.
void add_factors(Json& json, const MethodResult& method, const ModelInfo& info) {
    const Accuracy& accuracy = *method.accuracy;
    json["lines"] = lines_json(accuracy, info.axis);
    json["worst_models"] = worst_json(method.worst_models, info);
    json["errors"]["exceedance"]["error_factor"] = rounded(accuracy.factor_exceeded);
}

/// Error factors are in per cent, as they are published.
Json method_json(const MethodResult& method, double spectra) {
    Json json{{"title", method.title}, {"description", method.description}, {"note", method.note}};
    json["is_truth"] = method.is_truth;
    json["error_factor"] = method.accuracy ? factor_json(method.accuracy->factor) : Json();
    json["memory_bytes"] = method.memory > 0 ? Json(method.memory) : Json();
    json["ms_per_1000"] = or_null(method.cpu_seconds, 1e6 / spectra);
    json["us_per_point"] = or_null(method.one_point, 1e6);
    json["train_seconds"] = or_null(method.train_seconds, 1.0);
    json["differentiable"] = method.differentiable;
    json["cpu_seconds"] = or_null(method.cpu_seconds, 1.0);
    json["spectra_timed"] = method.spectra_timed;
    json["errors"] = method.accuracy ? accuracy_json(*method.accuracy) : Json();
    return json;
}

Json fraction_json(const FractionResult& share) {
    Json methods = Json::object();
    for (const MethodResult& method : share.methods) {
        methods[method.name] = {{"title", method.title}, {"note", method.note}};
        Json& one = methods[method.name];
        one["error_factor"] = method.accuracy ? factor_json(method.accuracy->factor) : Json();
        one["memory_bytes"] = method.memory > 0 ? Json(method.memory) : Json();
        one["train_seconds"] = or_null(method.train_seconds, 1.0);
    }
    return {{"fraction", share.fraction}, {"models", share.models}, {"methods", std::move(methods)}};
}

Json examples_json(const std::vector<ExampleSpectrum>& examples) {
    Json array = Json::array();
    for (const auto& example : examples) {
        array.push_back({{"parameters", example.parameters},
                         {"truth", rounded(example.truth)},
                         {"predicted", rounded(example.predicted)},
                         {"worst", example.worst}});
    }
    return array;
}

Json info_json(const ModelInfo& info) {
    Json parameters = Json::array();
    for (const Parameter& p : info.parameters) {
        parameters.push_back({{"name", p.name},
                              {"unit", p.unit},
                              {"low", p.low},
                              {"high", p.high},
                              {"scale", to_string(p.scale)},
                              {"help", p.help}});
    }
    return {{"name", info.name},
            {"summary", info.summary},
            {"parameters", parameters},
            {"axis",
             {{"name", info.axis.name},
              {"unit", info.axis.unit},
              {"values", info.axis.values},
              {"labels", info.axis.labels}}},
            {"output",
             {{"name", info.output_name},
              {"unit", info.output_unit},
              {"scale", to_string(info.output_scale)},
              {"help", info.output_help}}}};
}

}  // namespace

std::string to_json(const Comparison& comparison, const std::string& provenance) {
    Json json{{"format", "ismulate-comparison"}, {"version", version()}};
    json["provenance"] = Json::parse(provenance);
    json["model"] = info_json(comparison.info);
    json["settings"] = {{"faint", comparison.options.faint},
                        {"spectra", comparison.options.spectra},
                        {"repetitions", comparison.options.repetitions},
                        {"factors", comparison.options.factors},
                        {"log_error_unit", comparison.info.output_unit}};
    const HeldOut& test = comparison.held_out;
    json["held_out"] = {
        {"given", test.given}, {"failed", test.failed}, {"duplicates", test.duplicates}, {"outside", test.outside}};
    json["held_out"]["parameters"] = rounded(test.data.parameters);
    json["seconds"] = comparison.seconds;
    json["verdict"] = verdict(comparison);
    json["methods"] = Json::object();
    for (const auto& method : comparison.methods) {
        Json& one = json["methods"][method.name] = method_json(method, static_cast<double>(comparison.options.spectra));
        if (comparison.options.factors && method.accuracy) add_factors(one, method, comparison.info);
    }
    json["judged"] = comparison.judged;
    json["worst"] = examples_json(comparison.worst);
    json["typical"] = examples_json(comparison.typical);
    for (const FractionResult& share : comparison.fractions) json["fractions"].push_back(fraction_json(share));
    return json.dump(1) + "\n";
}

}  // namespace ism::explain
