#include "train/learning_data.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include <ism/base/errors.hpp>
#include <ism/base/parallel.hpp>
#include <ism/base/text.hpp>

namespace ism::train {
namespace {

constexpr double least_weight = 1e-6;  ///< of a value far below `faint`: it is learned, roughly
constexpr double edge_gap = 0.02;      ///< data that come this near to a declared limit are taken to fill the range

bool is_log(const Dataset& dataset) { return dataset.info.output_scale == Scale::log; }
double scaled(Scale scale, double x) { return scale == Scale::log ? std::log10(x) : x; }
double output_at(const Dataset& dataset, std::size_t i, std::size_t j) {
    return dataset.outputs[i * dataset.info.output_count() + j];
}

[[noreturn]] void refuse_model(std::size_t i, const std::string& found, const std::string& allowed) {
    throw InputError({.where = "dataset, model " + std::to_string(i),
                      .found = found,
                      .allowed = allowed,
                      .effect = "nothing was learned",
                      .next = "mask the value (/mask = 0) or mark the model as failed (/status = 1)"});
}

void check_parameters(const Dataset& dataset, std::size_t i) {
    const auto& declared = dataset.info.parameters;
    for (std::size_t p = 0; p < declared.size(); ++p) {
        const double x = dataset.parameters[i * declared.size() + p];
        const bool fits = std::isfinite(x) && (declared[p].scale == Scale::linear || x > 0);
        if (!fits)
            refuse_model(i, declared[p].name + " = " + to_text(x),
                         declared[p].scale == Scale::log ? "> 0 (its scale is log)" : "a finite number");
    }
}

void check_outputs(const Dataset& dataset, std::size_t i) {
    for (std::size_t j = 0; j < dataset.info.output_count(); ++j) {
        if (!dataset.used(i, j)) continue;
        const double y = output_at(dataset, i, j);
        const bool fits = std::isfinite(y) && (!is_log(dataset) || y >= 0);
        if (!fits)
            refuse_model(i, "output " + std::to_string(j) + " is " + to_text(y),
                         is_log(dataset) ? "0 or more: the output is learned in log" : "a finite number");
    }
}

struct Moments {
    double mean = 0, spread = 0;
};

/// Mean and standard deviation of one output, on the output's scale.
Moments moments_of(const Dataset& dataset, const std::vector<std::size_t>& rows, std::size_t j) {
    double sum = 0, squares = 0;
    std::size_t count = 0;
    for (const std::size_t i : rows) {
        if (!learnable(dataset, i, j)) continue;
        sum += scaled(dataset.info.output_scale, output_at(dataset, i, j));
        ++count;
    }
    if (count == 0) {
        throw InputError({.where = "dataset, output " + std::to_string(j),
                          .found = "every value of it is masked or zero",
                          .allowed = "at least one usable value",
                          .effect = "nothing was learned",
                          .next = "leave this output out of the dataset"});
    }
    const double mean = sum / static_cast<double>(count);
    for (const std::size_t i : rows) {
        if (!learnable(dataset, i, j)) continue;
        const double d = scaled(dataset.info.output_scale, output_at(dataset, i, j)) - mean;
        squares += d * d;
    }
    return {mean, std::sqrt(squares / static_cast<double>(count))};
}

/// Smallest and largest value of parameter p, on its scale.
std::pair<double, double> extent(const Dataset& dataset, const std::vector<std::size_t>& rows, std::size_t p) {
    const std::size_t count = dataset.info.parameter_count();
    double low = std::numeric_limits<double>::infinity(), high = -low;
    for (const std::size_t i : rows) {
        const double s = scaled(dataset.info.parameters[p].scale, dataset.parameters[i * count + p]);
        low = std::min(low, s);
        high = std::max(high, s);
    }
    return {low, high};
}

double peak_of(const Dataset& dataset, std::size_t i) {
    double peak = 0;
    for (std::size_t j = 0; j < dataset.info.output_count(); ++j) {
        if (learnable(dataset, i, j)) peak = std::max(peak, output_at(dataset, i, j));
    }
    return peak;
}

/// Weight of (prediction - target)^2 in standardised units: see the loss in train.hpp.
double weight_of(double y, double peak, double faint, double width, bool log) {
    if (!log) return 1.0;
    const double ratio = faint * peak / y;
    const double unit = std::numbers::ln10 * width;  // of d ln y per standardised unit
    return unit * unit * (1.0 / (1.0 + ratio * ratio) + least_weight);
}

}  // namespace

double faint_level(const ModelInfo& info, const TrainConfig& config) {
    return config.faint.value_or(info.axis.kind == "wavelength" ? 2e-5 : 0.0);
}

Dataset with_floor(const Dataset& dataset, double faint, std::size_t& raised) {
    raised = 0;
    Dataset copy = dataset;
    if (!(faint > 0)) return copy;
    const std::size_t outputs = dataset.info.output_count();
    for (std::size_t i = 0; i < dataset.size(); ++i) {
        const double floor = dataset.done(i) ? floor_of_faint * faint * peak_of(dataset, i) : 0.0;
        for (std::size_t j = 0; j < outputs; ++j) {
            double& y = copy.outputs[i * outputs + j];
            if (!dataset.done(i) || !dataset.used(i, j) || !(y < floor)) continue;
            y = floor;
            ++raised;
        }
    }
    return copy;
}

void check_values(const Dataset& dataset) {
    for (std::size_t i = 0; i < dataset.size(); ++i) {
        if (!dataset.done(i)) continue;
        check_parameters(dataset, i);
        check_outputs(dataset, i);
    }
}

bool learnable(const Dataset& dataset, std::size_t model, std::size_t output) {
    return dataset.used(model, output) && (!is_log(dataset) || output_at(dataset, model, output) > 0);
}

std::size_t count_zeros(const Dataset& dataset) {
    std::size_t zeros = 0;
    for (std::size_t i = 0; i < dataset.size(); ++i) {
        for (std::size_t j = 0; dataset.done(i) && j < dataset.info.output_count(); ++j) {
            zeros += dataset.used(i, j) && !learnable(dataset, i, j);
        }
    }
    return zeros;
}

Scaling scaling_of(const Dataset& dataset, const std::vector<std::size_t>& rows) {
    Scaling scaling;
    for (std::size_t p = 0; p < dataset.info.parameter_count(); ++p) {
        const auto [low, high] = extent(dataset, rows, p);
        scaling.input.scales.push_back(dataset.info.parameters[p].scale);
        scaling.input.centre.push_back(0.5 * (low + high));
        // an evenly filled range gets variance 1; a parameter that never varies stays at 0
        scaling.input.width.push_back(high > low ? 0.5 * (high - low) / std::numbers::sqrt3 : 1.0);
    }
    const std::size_t outputs = dataset.info.output_count();
    scaling.output = {.scale = dataset.info.output_scale,
                      .centre = std::vector<double>(outputs),
                      .width = std::vector<double>(outputs)};
    parallel_for(outputs, [&](std::size_t j) {
        const auto [mean, spread] = moments_of(dataset, rows, j);
        scaling.output.centre[j] = mean;
        scaling.output.width[j] = spread > 1e-12 * std::abs(mean) ? spread : std::max(1e-12, std::abs(mean));
    });
    return scaling;
}

LearningData learning_data(const Dataset& dataset, const std::vector<std::size_t>& rows, const Scaling& scaling,
                           double faint) {
    const std::size_t parameters = dataset.info.parameter_count(), outputs = dataset.info.output_count();
    LearningData data{.models = rows.size(), .inputs = {}, .targets = {}, .weights = {}, .limits = {}};
    data.inputs.resize(rows.size() * parameters);
    data.targets.assign(rows.size() * outputs, 0.0F);
    data.weights.assign(rows.size() * outputs, 0.0F);
    const bool limits = std::find(dataset.mask.begin(), dataset.mask.end(), Dataset::limit) != dataset.mask.end();
    if (limits) data.limits.assign(rows.size() * outputs, 0.0F);
    parallel_for(rows.size(), [&](std::size_t r) {
        const std::size_t i = rows[r];
        for (std::size_t p = 0; p < parameters; ++p) {
            const double s = scaled(scaling.input.scales[p], dataset.parameters[i * parameters + p]);
            data.inputs[r * parameters + p] =
                static_cast<float>((s - scaling.input.centre[p]) / scaling.input.width[p]);
        }
        const double peak = is_log(dataset) ? peak_of(dataset, i) : 0.0;
        for (std::size_t j = 0; j < outputs; ++j) {
            if (!learnable(dataset, i, j) && !dataset.is_limit(i, j)) continue;
            if (limits) data.limits[r * outputs + j] = dataset.is_limit(i, j) ? 1.0F : 0.0F;
            const double y = output_at(dataset, i, j), width = scaling.output.width[j];
            data.targets[r * outputs + j] =
                static_cast<float>((scaled(scaling.output.scale, y) - scaling.output.centre[j]) / width);
            data.weights[r * outputs + j] = static_cast<float>(weight_of(y, peak, faint, width, is_log(dataset)));
        }
    });
    return data;
}

emulate::TrainingDomain domain_of(const Dataset& dataset, const std::vector<std::size_t>& rows) {
    emulate::TrainingDomain domain;
    for (std::size_t p = 0; p < dataset.info.parameter_count(); ++p) {
        const Parameter& declared = dataset.info.parameters[p];
        const auto [low, high] = extent(dataset, rows, p);
        const auto value = [&](double s) { return declared.scale == Scale::log ? std::pow(10.0, s) : s; };
        double first = value(low), last = value(high);
        if (declared.low < declared.high && std::isfinite(declared.low) && std::isfinite(declared.high)) {
            if (declared.to_unit_interval(first) < edge_gap) first = declared.low;
            if (declared.to_unit_interval(last) > 1 - edge_gap) last = declared.high;
        }
        domain.low.push_back(first);
        domain.high.push_back(last);
    }
    return domain;
}

}  // namespace ism::train
