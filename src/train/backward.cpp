#include <ism/train/backward.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <future>

#include <ATen/Functions.h>
#include <ATen/Parallel.h>

#include <ism/base/errors.hpp>
#include <ism/base/parallel.hpp>
#include <ism/base/text.hpp>

#include "train/learner.hpp"
#include "train/optimizer.hpp"
#include "train/schedule.hpp"

namespace ism::train {
namespace {

using Clock = std::chrono::steady_clock;
using infer::estimates_per_coordinate;
using infer::Measurement;
using torch::Tensor;

constexpr std::uint64_t batch_stream = std::uint64_t{1} << 40, scaling_stream = batch_stream - 1,
                        judged_stream = batch_stream - 2;
constexpr std::size_t scaling_sources = 20000;
constexpr std::size_t shares = 100;
constexpr long index_16 = 2, index_84 = 4;  // among the estimates of a coordinate
constexpr double narrowest = 0.01;          // half-width of a 68 % interval, in units of the spread of the truths

/// Synthetic sources as the network takes them: inputs (N x P), truths (N x D) on their scales, amounts less the level.
struct Examples {
    std::vector<double> inputs, truths;
};

Examples draw_examples(infer::SyntheticSources& sources, const infer::SedFit& fit, std::size_t count, Random random) {
    const std::size_t d = fit.coordinates().size(), bands = fit.setup().bands.size();
    const std::size_t width = infer::BackwardInputs::count(bands);
    Examples examples{std::vector<double>(count * width), std::vector<double>(count * d)};
    std::vector<Measurement> seen(count * bands);
    sources.draw(random, examples.truths, seen);
    const bool scaled =
        fit.setup().amount != infer::Amount::none && fit.coordinates().back().name == to_string(fit.setup().amount);
    for (std::size_t i = 0; i < count; ++i) {
        const double level = infer::BackwardInputs::fill(std::span(seen).subspan(i * bands, bands),
                                                         std::span(examples.inputs).subspan(i * width, width));
        for (std::size_t k = 0; k < d; ++k) {
            double& truth = examples.truths[i * d + k];
            const bool amount = scaled && k + 1 == d;
            truth = amount ? std::log(truth) - level : fit.coordinates()[k].prior.to_scale(truth);
        }
    }
    return examples;
}

/// Mean, deviation, least and largest of each of `columns` columns.
struct Spread {
    std::vector<double> centre, width, least, most;
    Spread(const std::vector<double>& rows, std::size_t columns)
        : centre(columns), width(columns), least(columns, HUGE_VAL), most(columns, -HUGE_VAL) {
        const auto n = static_cast<double>(rows.size() / columns);
        for (std::size_t c = 0; c < columns; ++c) {
            double sum = 0, squares = 0;
            for (std::size_t i = c; i < rows.size(); i += columns) {
                sum += rows[i];
                least[c] = std::min(least[c], rows[i]);
                most[c] = std::max(most[c], rows[i]);
            }
            centre[c] = sum / n;
            for (std::size_t i = c; i < rows.size(); i += columns) squares += std::pow(rows[i] - centre[c], 2);
            width[c] = squares > 0 ? std::sqrt(squares / n) : 1.0;
        }
    }
    [[nodiscard]] Tensor standardised(const std::vector<double>& rows) const {
        std::vector<float> values(rows.size());
        for (std::size_t i = 0; i < rows.size(); ++i) {
            const std::size_t c = i % centre.size();
            values[i] = static_cast<float>((rows[i] - centre[c]) / width[c]);
        }
        const auto columns = static_cast<long>(centre.size());
        return torch::from_blob(values.data(), {static_cast<long>(values.size()) / columns, columns}, torch::kFloat32)
            .clone();
    }
};

/// Loss and its derivative by the predictions (N x D 6), for truths (N x D).
double loss_and_slope(const Tensor& predicted, const Tensor& truths, Tensor& slope) {
    const at::NoGradGuard no_gradients;
    const long n = truths.size(0), d = truths.size(1), per = static_cast<long>(estimates_per_coordinate);
    const Tensor by_coordinate = predicted.detach().view({n, d, per});
    const Tensor above = by_coordinate - truths.unsqueeze(2);  // > 0 where the prediction is too large
    const std::vector<float> levels(std::begin(infer::estimated_quantiles), std::end(infer::estimated_quantiles));
    const Tensor p = torch::from_blob(const_cast<float*>(levels.data()), {per - 1}, torch::kFloat32);
    const Tensor mean = above.select(2, 0), quantiles = above.slice(2, 1);
    const Tensor pull = (quantiles > 0).to(torch::kFloat32) - p;
    // a source counts by its error in units of its own interval: well known ones are learned as well as the others
    const Tensor width =
        (0.5 * (by_coordinate.select(2, index_84) - by_coordinate.select(2, index_16)).abs()).clamp_min(narrowest);
    const Tensor of_mean = 1 / width, of_quantiles = (1 / width).unsqueeze(2);
    const double values = static_cast<double>(n * d);
    slope = at::cat({(2 * mean * of_mean).unsqueeze(2), 2 * pull * of_quantiles}, 2).view({n, d * per}) / values;
    return ((mean * mean * of_mean).sum().item<double>() + 2 * (pull * quantiles * of_quantiles).sum().item<double>()) /
           values;
}

TrainConfig network_of(const BackwardConfig& config) {
    TrainConfig network;
    network.width = config.width;
    network.depth = config.depth;
    network.ladder = false;
    network.components = 0;
    network.seed = config.seed;
    return network;
}

/// Limits LibTorch's threads while it lives: the sources of the next step are drawn beside it.
class TorchThreads {
public:
    explicit TorchThreads(unsigned count) : before_(at::get_num_threads()) {
        at::set_num_threads(static_cast<int>(count));
    }
    ~TorchThreads() { at::set_num_threads(before_); }
    TorchThreads(const TorchThreads&) = delete;
    TorchThreads& operator=(const TorchThreads&) = delete;

private:
    int before_;
};

emulate::EmulatorRecord record_of(const infer::SedFit& fit, const Spread& inputs, const Spread& truths,
                                  std::vector<emulate::Layer> layers) {
    emulate::EmulatorRecord record;
    ModelInfo& info = record.info;
    info.name = "backward-" + fit.setup().model->info().name;
    info.summary = "parameters from fluxes: " + fit.setup().model->info().name + " run backward";
    const auto add = [&](const std::string& name, const char* help) {
        const std::size_t i = info.parameters.size();
        constexpr double margin = 0.05;  // training sees more sources than those that tell the range
        const double slack = margin * (inputs.most[i] - inputs.least[i]);
        const double low = inputs.least[i] - slack, high = inputs.most[i] + slack;
        info.parameters.push_back(
            {.name = name, .unit = "", .low = low, .high = high, .fallback = inputs.centre[i], .help = help});
        record.domain.low.push_back(low);
        record.domain.high.push_back(high);
    };
    for (const infer::FluxBand& band : fit.setup().bands) {
        add(band.name + "_signal", "asinh(flux / error)");
        add(band.name + "_value", "ln(flux) less the level");
        add(band.name + "_seen", "1 for a detection");
        add(band.name + "_limit", "1 for an upper limit, -1 for a lower one");
    }
    add("level", "ln of the fluxes, averaged");
    info.axis = {.name = "estimate", .kind = "estimate", .unit = "", .values = {}, .labels = {}};
    emulate::OutputScaling output{.scale = Scale::linear, .centre = {}, .width = {}};
    for (std::size_t k = 0; k < fit.coordinates().size(); ++k) {
        for (std::size_t e = 0; e < estimates_per_coordinate; ++e) {
            const std::string which = e == 0 ? "mean" : to_text(100 * infer::estimated_quantiles[e - 1]) + " %";
            info.axis.labels.push_back(fit.coordinates()[k].name + " " + which);
            output.centre.push_back(truths.centre[k]);
            output.width.push_back(truths.width[k]);
        }
    }
    info.output_name = "estimate";
    info.output_scale = Scale::linear;
    info.output_help = "on the scale of each coordinate";
    record.network = {.input = {std::vector<Scale>(inputs.centre.size(), Scale::linear), inputs.centre, inputs.width},
                      .layers = std::move(layers),
                      .output = std::move(output)};
    return record;
}

infer::BackwardRecord declared(const infer::SedFit& fit, emulate::EmulatorRecord network) {
    infer::BackwardRecord record{.network = std::move(network),
                                 .bands = {},
                                 .wavelengths = {},
                                 .coordinates = {},
                                 .amount = fit.setup().amount,
                                 .model = fit.setup().model->info().name,
                                 .model_unit = fit.setup().model->info().output_unit,
                                 .dust_to_hydrogen = fit.setup().dust_to_hydrogen};
    for (const infer::FluxBand& band : fit.setup().bands) {
        record.bands.push_back(band.name);
        record.wavelengths.push_back(band.wavelength);
    }
    for (const infer::Coordinate& one : fit.coordinates()) {
        const bool amount = record.amount != infer::Amount::none && one.name == to_string(record.amount);
        record.coordinates.push_back(
            {one.name, one.unit, amount ? Scale::log : one.prior.scale(), one.prior.low(), one.prior.high(), amount});
    }
    record.network = to_emulator(record);
    return record;
}

/// On sources that training never saw, through the same runtime that the user will call.
std::vector<BackwardError> judge(const infer::SedFit& fit, const infer::BackwardRecord& record,
                                 const BackwardConfig& config, const infer::ObservingOptions& observing) {
    const std::size_t d = fit.coordinates().size(), bands = fit.setup().bands.size(), n = config.judged;
    infer::SyntheticSources sources(fit, observing);
    Random random(config.seed, judged_stream);
    std::vector<double> truths(n * d);
    std::vector<Measurement> seen(n * bands);
    sources.draw(random, truths, seen);
    const std::vector<infer::Estimate> estimates = infer::Backward(record).estimate(seen);
    std::vector<BackwardError> errors;
    for (std::size_t k = 0; k < d; ++k) {
        const auto on_scale = [&](double x) { return record.coordinates[k].scale == Scale::log ? std::log(x) : x; };
        BackwardError of{.name = record.coordinates[k].name};
        double sum = 0, squares = 0, errors2 = 0;
        for (std::size_t i = 0; i < n; ++i) {
            const infer::Estimate& one = estimates[i * d + k];
            const double truth = truths[i * d + k], s = on_scale(truth);
            sum += s, squares += s * s, errors2 += std::pow(on_scale(one.mean) - s, 2);
            of.inside_68 += one.low_68 <= truth && truth <= one.high_68 ? 1 : 0;
            of.inside_95 += one.low_95 <= truth && truth <= one.high_95 ? 1 : 0;
        }
        const auto count = static_cast<double>(n);
        of.rms = std::sqrt(errors2 / count);
        of.prior_rms = std::sqrt(squares / count - std::pow(sum / count, 2));
        of.inside_68 /= count, of.inside_95 /= count;
        errors.push_back(of);
    }
    return errors;
}

}  // namespace

void check(const BackwardConfig& config) {
    const auto refuse = [](const char* option, const std::string& found, const char* allowed) {
        throw InputError({.where = option, .found = found, .allowed = allowed, .effect = "nothing was learned"});
    };
    if (config.width == 0 || config.depth == 0) refuse("--width, --depth", "0", "at least 1");
    if (config.batch < 2 || config.steps == 0) refuse("--batch, --steps", "too few", "at least 2, at least 1");
    if (!(config.learning_rate > 0) || !std::isfinite(config.learning_rate))
        refuse("--learning-rate", to_text(config.learning_rate), "a positive number");
    if (!(config.budget >= 0)) refuse("--budget", to_text(config.budget), "0 or a positive time");
}

BackwardTraining train_backward(const infer::SedFit& fit, const BackwardConfig& config,
                                const infer::ObservingOptions& observing, Progress& progress) {
    check(config);
    for (const infer::Coordinate& one : fit.coordinates()) {
        if (!std::isfinite(one.prior.low()) || !std::isfinite(one.prior.high()))
            throw InputError({.where = "prior of " + one.name,
                              .found = one.prior.str() + " has no bounds",
                              .allowed = "a prior between two finite numbers",
                              .effect = "nothing was learned",
                              .next = "give it low and high"});
    }
    if (!(observing.least_relative <= observing.most_relative))
        throw InputError({.where = "--least-error " + to_text(observing.least_relative),
                          .found = "it is larger than --most-error " + to_text(observing.most_relative),
                          .effect = "nothing was learned"});
    const auto start = Clock::now();
    const auto seconds = [&] { return std::chrono::duration<double>(Clock::now() - start).count(); };
    const unsigned threads = config.threads > 0 ? config.threads : thread_count();
    const TorchThreads limited(std::max(1U, threads - 1));
    infer::SyntheticSources sources(fit, observing);
    const std::size_t d = fit.coordinates().size();
    const Examples first = draw_examples(sources, fit, scaling_sources, Random(config.seed, scaling_stream));
    const Spread inputs(first.inputs, infer::BackwardInputs::count(fit.setup().bands.size())), truths(first.truths, d);
    Learner learner(inputs.centre.size(), d * estimates_per_coordinate, network_of(config));
    Optimizer optimizer(learner.parameters(), Method::soap, 0.0);
    const Schedule schedule(config.learning_rate, std::min(config.warm_up, config.steps / 4), config.steps,
                            config.budget);
    std::vector<Tensor> averaged;
    for (const Tensor& parameter : learner.parameters()) averaged.push_back(parameter.detach().clone());
    const auto draw = [&](std::size_t step) {
        return draw_examples(sources, fit, config.batch, Random(config.seed, batch_stream + step));
    };
    BackwardTraining training;
    training.ended_by = "steps";
    progress.begin_shares("training", shares);
    std::future<Examples> next = std::async(std::launch::async, draw, 0);
    double sum = 0;
    std::size_t summed = 0, shown = 0;
    for (std::size_t step = 0; step < config.steps; ++step) {
        const Examples now = next.get();
        next = std::async(std::launch::async, draw, step + 1);
        for (const Tensor& parameter : learner.parameters()) parameter.mutable_grad().reset();
        const Tensor predicted = learner.forward(inputs.standardised(now.inputs));
        Tensor slope;
        const double loss = loss_and_slope(predicted, truths.standardised(now.truths), slope);
        if (!std::isfinite(loss))
            throw NumericalError({.where = "training, step " + std::to_string(step + 1),
                                  .found = "the loss is " + to_text(loss),
                                  .effect = "nothing was written",
                                  .next = "a lower --learning-rate"});
        predicted.backward(slope);
        optimizer.step(schedule.rate(step, seconds()));
        const double decay = std::min(config.averaging, static_cast<double>(1 + step) / static_cast<double>(10 + step));
        {
            const at::NoGradGuard no_gradients;
            for (std::size_t i = 0; i < averaged.size(); ++i) averaged[i].lerp_(learner.parameters()[i], 1 - decay);
        }
        sum += loss, ++summed;
        const double done = schedule.progress(step, seconds());
        if (const auto share = static_cast<std::size_t>(done * shares); share > shown) {
            training.losses.push_back(sum / static_cast<double>(summed));
            progress.advance(share - shown,
                             "step " + std::to_string(step + 1) + ", loss " + to_text(training.losses.back(), 4));
            sum = 0, summed = 0, shown = share;
        }
        training.steps = step + 1;
        if (stop_requested()) training.ended_by = "interrupt";
        if (done >= 1 && schedule.hurried(step, seconds())) training.ended_by = "budget";
        if (stop_requested() || done >= 1) break;
    }
    next.wait();
    progress.end();
    training.network = declared(fit, record_of(fit, inputs, truths, learner.layers(averaged)));
    training.errors = judge(fit, training.network, config, observing);
    training.seconds = seconds();
    return training;
}

}  // namespace ism::train
