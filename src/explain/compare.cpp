#include <ism/explain/compare.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>
#include <set>

#include <ism/base/errors.hpp>
#include <ism/base/parallel.hpp>

namespace ism::explain {
namespace {

constexpr std::size_t examples = 3;       // worst and typical spectra that are kept
constexpr std::size_t worst_models = 10;  // of each method

/// Parameters to 12 digits on their own scale, comparable across files.
std::vector<long long> key_of(const ModelInfo& info, const double* point) {
    std::vector<long long> key;
    for (std::size_t k = 0; k < info.parameter_count(); ++k) {
        const bool log = info.parameters[k].scale == Scale::log && point[k] > 0.0;
        const double span = info.parameters[k].high - info.parameters[k].low;
        const double value = log ? std::log(point[k]) : (span > 0.0 ? point[k] / span : point[k]);
        key.push_back(std::llround(value * 1e12));
    }
    return key;
}

std::set<std::vector<long long>> keys_of(const std::vector<const Dataset*>& known, const ModelInfo& info) {
    std::set<std::vector<long long>> keys;
    for (const Dataset* data : known) {
        const auto parameters = parameters_for(info, *data);
        for (std::size_t i = 0; i < data->size(); ++i)
            keys.insert(key_of(info, parameters.data() + i * info.parameter_count()));
    }
    return keys;
}

/// For each model of `test`: true where some contender's range does not hold it.
std::vector<bool> outside_of_any(const Dataset& test, const std::vector<Contender>& contenders) {
    std::vector<bool> outside(test.size(), false);
    for (const Contender& contender : contenders) {
        if (!contender.model) continue;
        const ModelInfo& info = contender.model->info();
        const auto parameters = parameters_for(info, test);
        for (std::size_t i = 0; i < test.size(); ++i) {
            for (std::size_t k = 0; k < info.parameter_count(); ++k) {
                if (!info.parameters[k].contains(parameters[i * info.parameter_count() + k])) outside[i] = true;
            }
        }
    }
    return outside;
}

void check_axis(const Contender& contender, const Dataset& test) {
    const Axis& own = contender.model->info().axis;
    const Axis& axis = test.info.axis;
    bool same = own.size() == axis.size() && own.labels == axis.labels && own.values.size() == axis.values.size();
    for (std::size_t j = 0; same && j < axis.values.size(); ++j) {
        same = std::abs(own.values[j] - axis.values[j]) <= 1e-9 * std::abs(axis.values[j]);
    }
    if (same && contender.model->info().output_unit == test.info.output_unit) return;
    throw InputError(
        {.where = contender.title,
         .found = std::to_string(own.size()) + " outputs [" + contender.model->info().output_unit +
                  "] on another axis or in another unit than the test data",
         .allowed = "the " + std::to_string(axis.size()) + " outputs [" + test.info.output_unit + "] of the test data",
         .effect = "nothing was compared",
         .next = "use test data made with the same settings as the grid"});
}

std::vector<double> predict(const Model& model, const Dataset& test) {
    const auto parameters = parameters_for(model.info(), test);
    std::vector<double> outputs(test.outputs.size());
    constexpr std::size_t batch = 256;
    const std::size_t p = model.info().parameter_count();
    const std::size_t m = test.info.output_count();
    parallel_for((test.size() + batch - 1) / batch, [&](std::size_t b) {
        throw_if_stopped();
        const std::size_t first = b * batch;
        const std::size_t count = std::min(batch, test.size() - first);
        model.evaluate(std::span(parameters).subspan(first * p, count * p),
                       std::span(outputs).subspan(first * m, count * m));
    });
    return outputs;
}

ExampleSpectrum example(const Dataset& test, const std::vector<double>& predicted, const Accuracy& accuracy,
                        std::size_t i) {
    const auto row = [i](const std::vector<double>& values, std::size_t n) {
        const auto first = values.begin() + static_cast<std::ptrdiff_t>(i * n);
        return std::vector<double>(first, first + static_cast<std::ptrdiff_t>(n));
    };
    const std::size_t m = test.info.output_count();
    return {row(test.parameters, test.info.parameter_count()), row(test.outputs, m), row(predicted, m),
            accuracy.worst_of_model[i]};
}

void keep_examples(const Dataset& test, const std::vector<double>& predicted, const Accuracy& accuracy,
                   Comparison& comparison) {
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < test.size(); ++i) {
        if (!std::isnan(accuracy.worst_of_model[i])) order.push_back(i);
    }
    const auto& worst = accuracy.worst_of_model;
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return worst[a] > worst[b]; });
    const std::size_t kept = std::min(examples, order.size());
    for (std::size_t i = 0; i < kept; ++i) comparison.worst.push_back(example(test, predicted, accuracy, order[i]));
    // Typical: of the half of the models whose error is nearest to the middle, low, medium and high first parameter.
    const auto quarter = static_cast<std::ptrdiff_t>(order.size() / 4);
    std::vector<std::size_t> middle(order.begin() + quarter, order.end() - quarter);
    const std::size_t p = test.info.parameter_count();
    std::stable_sort(middle.begin(), middle.end(),
                     [&](std::size_t a, std::size_t b) { return test.parameters[a * p] < test.parameters[b * p]; });
    for (std::size_t i = 0; i < kept && !middle.empty(); ++i) {
        comparison.typical.push_back(
            example(test, predicted, accuracy, middle[(2 * i + 1) * middle.size() / (2 * kept)]));
    }
}

std::vector<WorstModel> worst_of(const Dataset& test, const std::vector<double>& predicted, const Accuracy& accuracy) {
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < test.size(); ++i) {
        if (!std::isnan(accuracy.factor_of_model[i])) order.push_back(i);
    }
    const auto& factor = accuracy.factor_of_model;
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return factor[a] > factor[b]; });
    order.resize(std::min(order.size(), worst_models));
    std::vector<WorstModel> worst;
    const std::size_t p = test.info.parameter_count(), m = test.info.output_count();
    for (const std::size_t i : order) {
        const auto first = test.parameters.begin() + static_cast<std::ptrdiff_t>(i * p);
        const std::size_t output = accuracy.output_of_model[i];
        worst.push_back({{first, first + static_cast<std::ptrdiff_t>(p)},
                         output,
                         test.outputs[i * m + output],
                         predicted[i * m + output],
                         factor[i]});
    }
    return worst;
}

MethodResult result_of(const Contender& contender) {
    return {contender.name, contender.title,    contender.description,
            contender.note, contender.is_truth, contender.memory};
}

}  // namespace

FractionResult measure_fraction(const std::vector<Contender>& contenders, const Dataset& test, double fraction,
                                std::size_t models, double faint) {
    FractionResult share{fraction, models};
    for (const Contender& contender : contenders) {
        throw_if_stopped();
        MethodResult result = result_of(contender);
        if (contender.model && !contender.is_truth) {
            check_axis(contender, test);
            result.accuracy = measure(test, predict(*contender.model, test), faint);
            result.train_seconds = contender.train_seconds;
            result.differentiable = contender.model->differentiable();
        }
        share.methods.push_back(std::move(result));
    }
    return share;
}

HeldOut held_out(const Dataset& test, const std::vector<const Dataset*>& known,
                 const std::vector<Contender>& contenders) {
    check_shapes(test);
    HeldOut result;
    result.given = test.size();
    const auto keys = keys_of(known, test.info);
    const auto outside = outside_of_any(test, contenders);
    std::vector<std::size_t> good;
    for (std::size_t i = 0; i < test.size(); ++i) {
        if (!test.done(i))
            ++result.failed;
        else if (keys.contains(key_of(test.info, test.parameters.data() + i * test.info.parameter_count())))
            ++result.duplicates;
        else if (outside[i])
            ++result.outside;
        else
            good.push_back(i);
    }
    if (good.empty()) {
        throw InputError({.where = "test data",
                          .found = "of " + std::to_string(result.given) + " models " + std::to_string(result.failed) +
                                   " failed, " + std::to_string(result.duplicates) +
                                   " were used for learning or interpolating, " + std::to_string(result.outside) +
                                   " are outside the range of a method",
                          .allowed = "models at random parameters that no method has seen",
                          .effect = "nothing was compared",
                          .next = "ismulate grid ... --design random --seed 2 -o test.h5"});
    }
    result.data = rows(test, good);
    return result;
}

Comparison compare(const std::vector<Contender>& contenders, HeldOut test, const std::string& judged,
                   const CompareOptions& options, Progress& progress) {
    using Clock = std::chrono::steady_clock;
    const auto start = Clock::now();
    Comparison comparison;
    comparison.info = test.data.info;
    comparison.options = options;
    comparison.judged = judged;
    progress.begin("comparing", contenders.size());
    for (const Contender& contender : contenders) {
        throw_if_stopped();
        MethodResult result = result_of(contender);
        if (contender.model) {
            check_axis(contender, test.data);
            if (!contender.is_truth) {
                const auto predicted = predict(*contender.model, test.data);
                result.accuracy = measure(test.data, predicted, options.faint);
                if (options.factors) result.worst_models = worst_of(test.data, predicted, *result.accuracy);
                if (contender.name == judged) keep_examples(test.data, predicted, *result.accuracy, comparison);
            }
            const Timing timing = time_model(*contender.model, options);
            result.cpu_seconds = timing.seconds;
            result.spectra_timed = timing.timed;
            result.one_point = time_one_point(*contender.model, options);
            result.train_seconds = contender.train_seconds;
            result.differentiable = contender.model->differentiable();
        }
        comparison.methods.push_back(std::move(result));
        progress.advance(1, contender.title);
    }
    progress.end();
    comparison.held_out = std::move(test);
    Dataset kept;
    kept.info = comparison.info;
    kept.parameters = std::move(comparison.held_out.data.parameters);
    comparison.held_out.data = std::move(kept);
    comparison.seconds = std::chrono::duration<double>(Clock::now() - start).count();
    return comparison;
}

}  // namespace ism::explain
