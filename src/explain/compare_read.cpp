#include <algorithm>

#include <ism/base/errors.hpp>
#include <ism/explain/compare.hpp>

#include "json_view.hpp"

namespace ism::explain {
namespace {

Parameter parameter_from(const JsonView& json) {
    return {.name = json.at("name").text(),
            .unit = json.at("unit").text(),
            .low = json.at("low").number(),
            .high = json.at("high").number(),
            .scale = scale_from_string(json.at("scale").text()),
            .help = json.at("help").text()};
}

ModelInfo info_from(const JsonView& json) {
    ModelInfo info;
    info.name = json.at("name").text();
    info.summary = json.at("summary").text();
    for (const auto& parameter : json.at("parameters").items()) info.parameters.push_back(parameter_from(parameter));
    const JsonView axis = json.at("axis"), output = json.at("output");
    info.axis.name = axis.at("name").text();
    info.axis.kind = axis.has("kind") ? axis.at("kind").text() : info.axis.name;
    info.axis.unit = axis.at("unit").text();
    info.axis.values = axis.at("values").numbers();
    info.axis.labels = axis.at("labels").texts();
    info.output_name = output.at("name").text();
    info.output_unit = output.at("unit").text();
    info.output_scale = scale_from_string(output.at("scale").text());
    info.output_help = output.at("help").text();
    return info;
}

/// A list that must have one entry for each of `size` things.
std::vector<double> numbers_of(const JsonView& json, const std::string& key, std::size_t size) {
    auto numbers = json.at(key).numbers();
    if (numbers.size() != size) json.at(key).refuse("a list of " + std::to_string(size) + " numbers");
    return numbers;
}

Accuracy accuracy_from(const JsonView& json, std::size_t models, std::size_t outputs) {
    Accuracy a;
    a.models = json.at("models").count();
    a.values = json.at("values").count();
    a.median = json.at("median").number();
    a.mean = json.at("mean").number();
    a.percentile_99 = json.at("percentile_99").number();
    a.maximum = json.at("maximum").number();
    a.log_error = json.at("log_error_percent").number();
    a.axis_median = numbers_of(json, "axis_median", outputs);
    a.axis_percentile_99 = numbers_of(json, "axis_percentile_99", outputs);
    a.axis_maximum = numbers_of(json, "axis_maximum", outputs);
    a.worst_of_model = numbers_of(json, "worst_of_model", models);
    a.exceeded = numbers_of(json.at("exceedance"), "error", exceedance_shares(a.values).size());
    return a;
}

std::optional<double> number_or_nothing(const JsonView& json, double factor) {
    return json.is_null() ? std::nullopt : std::optional(json.number() * factor);
}

ErrorFactor factor_from(const JsonView& json) {
    return {.median = json.at("median").number(),
            .mean = json.at("mean").number(),
            .percentile_99 = json.at("p99").number(),
            .maximum = json.at("max").number()};
}

/// What `compare` writes of lines; files of before do not have it.
void read_factors(const JsonView& json, const ModelInfo& info, MethodResult& method) {
    if (!json.has("lines") || info.axis.labels.size() != info.output_count()) return;
    for (const std::string& label : info.axis.labels)
        method.accuracy->axis_factor.push_back(factor_from(json.at("lines").at(label)));
    method.accuracy->factor_exceeded = numbers_of(json.at("errors").at("exceedance"), "error_factor",
                                                  exceedance_shares(method.accuracy->values).size());
    for (const auto& one : json.at("worst_models").items()) {
        WorstModel worst;
        for (const Parameter& parameter : info.parameters)
            worst.parameters.push_back(one.at("parameters").at(parameter.name).number());
        const auto& labels = info.axis.labels;
        const auto found = std::find(labels.begin(), labels.end(), one.at("line").text());
        if (found == labels.end()) one.at("line").refuse("one of the outputs");
        worst.output = static_cast<std::size_t>(found - labels.begin());
        worst.truth = one.at("truth").number();
        worst.predicted = one.at("predicted").number();
        worst.factor = one.at("error_factor").number();
        method.worst_models.push_back(std::move(worst));
    }
}

FractionResult fraction_from(const JsonView& json) {
    FractionResult share{json.at("fraction").number(), json.at("models").count()};
    for (const auto& [name, one] : json.at("methods").members()) {
        MethodResult method{.name = name, .title = one.at("title").text(), .note = one.at("note").text()};
        if (!one.at("memory_bytes").is_null()) method.memory = one.at("memory_bytes").count();
        method.train_seconds = number_or_nothing(one.at("train_seconds"), 1.0);
        if (!one.at("error_factor").is_null()) method.accuracy.emplace().factor = factor_from(one.at("error_factor"));
        share.methods.push_back(std::move(method));
    }
    return share;
}

MethodResult method_from(const std::string& name, const JsonView& json, std::size_t models, const ModelInfo& info) {
    MethodResult method;
    method.name = name;
    method.title = json.at("title").text();
    method.description = json.at("description").text();
    method.note = json.at("note").text();
    method.is_truth = json.at("is_truth").truth();
    if (!json.at("memory_bytes").is_null()) method.memory = json.at("memory_bytes").count();
    method.cpu_seconds = number_or_nothing(json.at("cpu_seconds"), 1.0);
    method.one_point = number_or_nothing(json.at("us_per_point"), 1e-6);
    method.train_seconds = number_or_nothing(json.at("train_seconds"), 1.0);
    method.differentiable = json.at("differentiable").truth();
    method.spectra_timed = json.at("spectra_timed").count();
    if (!json.at("errors").is_null()) method.accuracy = accuracy_from(json.at("errors"), models, info.output_count());
    if (method.accuracy) {
        method.accuracy->factor = factor_from(json.at("error_factor"));
        read_factors(json, info, method);
    }
    return method;
}

std::vector<ExampleSpectrum> examples_from(const JsonView& json, const ModelInfo& info) {
    std::vector<ExampleSpectrum> examples;
    for (const auto& one : json.items()) {
        examples.push_back({numbers_of(one, "parameters", info.parameter_count()),
                            numbers_of(one, "truth", info.output_count()),
                            numbers_of(one, "predicted", info.output_count()), one.at("worst").number()});
    }
    return examples;
}

void check_format(const JsonView& json, const std::string& where) {
    if (json.has("format") && json.at("format").text() == "ismulate-comparison") return;
    throw InputError({.where = where,
                      .found = "it is JSON, but no comparison of ismulate",
                      .allowed = "what `ismulate compare ... -o NAME.json` writes",
                      .effect = "nothing was written"});
}

}  // namespace

Comparison comparison_from_json(const std::string& text, const std::string& where) {
    const JsonView json = JsonView::parsed(text, where);
    check_format(json, where);
    Comparison c;
    c.info = info_from(json.at("model"));
    const JsonView settings = json.at("settings"), test = json.at("held_out");
    c.options.faint = settings.at("faint").number();
    c.options.spectra = settings.at("spectra").count();
    c.options.repetitions = settings.at("repetitions").count();
    c.options.factors = settings.at("factors").truth();
    c.held_out.given = test.at("given").count();
    c.held_out.failed = test.at("failed").count();
    c.held_out.duplicates = test.at("duplicates").count();
    c.held_out.outside = test.at("outside").count();
    c.held_out.data.info = c.info;
    c.held_out.data.parameters = test.at("parameters").numbers();
    if (c.info.parameters.empty() || c.held_out.data.parameters.size() % c.info.parameter_count() != 0)
        test.at("parameters").refuse("rows of " + std::to_string(c.info.parameter_count()) + " parameters");
    for (const auto& [name, method] : json.at("methods").members())
        c.methods.push_back(method_from(name, method, c.held_out.data.size(), c.info));
    c.judged = json.at("judged").text();
    c.worst = examples_from(json.at("worst"), c.info);
    c.typical = examples_from(json.at("typical"), c.info);
    c.seconds = json.at("seconds").number();
    if (json.has("fractions")) {
        for (const auto& share : json.at("fractions").items()) c.fractions.push_back(fraction_from(share));
    }
    return c;
}

}  // namespace ism::explain
