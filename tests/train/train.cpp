#include <ism/train/train.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <numeric>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <ism/base/errors.hpp>
#include <ism/base/parallel.hpp>
#include <ism/base/select.hpp>
#include <ism/emulate/emulator.hpp>

#include "analytic.hpp"

using namespace ism;

namespace {

/// Small and quick; one thread, so that the same seed gives the same bits.
train::TrainConfig quick() {
    return {.width = 32,
            .depth = 3,
            .components = 8,
            .learning_rate = 1e-2,
            .warm_up = 20,
            .batch = 128,
            .epochs = 120,
            .validation = 0.1,
            .test = 0.1,
            .threads = 1};
}

std::vector<float> all_weights(const emulate::Network& network) {
    std::vector<float> all;
    for (const emulate::Layer& layer : network.layers) {
        const auto* block = std::get_if<emulate::Residual>(&layer);
        const emulate::Dense& dense = block ? block->layers.front() : std::get<emulate::Dense>(layer);
        all.insert(all.end(), dense.weights.begin(), dense.weights.end());
        all.insert(all.end(), dense.bias.begin(), dense.bias.end());
    }
    return all;
}

struct CountingProgress final : Progress {
    std::size_t begun = 0, total = 0, done = 0, ended = 0;
    std::string last;
    void begin(const std::string&, std::size_t count) override { ++begun, total = count; }
    void advance(std::size_t count, const std::string& note) override { done += count, last = note; }
    void end() override { ++ended; }
};

}  // namespace

TEST_CASE("a modified blackbody is learned to 0.3 % in seconds, and the error table is true") {
    const Dataset dataset = test::blackbodies(1500, 1);
    CountingProgress progress;
    const train::Training training = train::train(dataset, quick(), progress);
    REQUIRE(training.report.errors.size() == 2);
    const emulate::ErrorRow row = training.report.errors[0];
    CHECK(row.models == 150);
    CHECK(row.median < 0.003);
    CHECK(row.percentile_99 < 0.03);
    CHECK(row.median > 0);
    CHECK(row.quantity == "relative error of total where it exceeds 1e-4 of its peak");
    CHECK(progress.begun == 1);
    CHECK(progress.ended == 1);
    CHECK(progress.done == progress.total);
    CHECK(progress.last.find("error") != std::string::npos);

    // fresh points that are in no dataset
    const emulate::Emulator emulator(training.emulator);
    const Dataset fresh = test::blackbodies(200, 99);
    std::vector<double> predicted(fresh.outputs.size());
    emulator.evaluate(fresh.parameters, predicted);
    double sum = 0;
    for (std::size_t k = 0; k < predicted.size(); ++k) sum += std::abs(predicted[k] / fresh.outputs[k] - 1);
    const double mean = sum / static_cast<double>(predicted.size());
    CHECK(mean < 0.01);
    CHECK(mean < 3 * row.mean);
    CHECK(training.emulator.domain.low == std::vector<double>{10, 1});
    CHECK(training.emulator.domain.high == std::vector<double>{60, 2.5});
}

TEST_CASE("Adam, residual blocks and a learned activation learn it too") {
    const Dataset dataset = test::blackbodies(800, 1);
    train::TrainConfig config = quick();
    config.method = train::Method::adam;
    config.learning_rate = 5e-3;
    config.residual = true;
    config.activation = emulate::Activation::adaptive_silu;
    config.components = 0;
    config.weight_decay = 1e-4;
    SilentProgress progress;
    const train::Training training = train::train(dataset, config, progress);
    CHECK(training.report.errors.at(0).median < 0.02);
}

TEST_CASE("linear outputs: negative values are learned, the error is in units of the spread") {
    Dataset dataset = test::blackbodies(800, 1);
    dataset.info.output_scale = Scale::linear;
    for (std::size_t i = 0; i < dataset.size(); ++i) {
        for (std::size_t j = 0; j < 40; ++j)
            dataset.outputs[40 * i + j] = std::sin(0.1 * dataset.parameters[2 * i] + 0.05 * static_cast<double>(j)) *
                                          dataset.parameters[2 * i + 1];
    }
    SilentProgress progress;
    const train::Training training = train::train(dataset, quick(), progress);
    CHECK(training.report.errors.at(0).quantity == "error of total in units of its spread");
    CHECK(training.report.errors.at(0).median < 0.02);
}

TEST_CASE("the same seed gives the same bits on one thread; another seed does not") {
    const Dataset dataset = test::blackbodies(400, 1);
    train::TrainConfig config = quick();
    config.epochs = 5;
    SilentProgress progress;
    const auto first = train::train(dataset, config, progress), second = train::train(dataset, config, progress);
    CHECK(all_weights(first.emulator.network) == all_weights(second.emulator.network));
    CHECK(first.report.split.test == second.report.split.test);
    config.seed = 2;
    const auto other = train::train(dataset, config, progress);
    CHECK(all_weights(first.emulator.network) != all_weights(other.emulator.network));
    CHECK(first.report.split.test != other.report.split.test);
}

TEST_CASE("masked values and failed models have no influence") {
    Dataset dataset = test::blackbodies(400, 1);
    train::TrainConfig config = quick();
    config.epochs = 5;
    config.test = 0;
    dataset.mask.assign(dataset.outputs.size(), 1);
    dataset.status.assign(dataset.size(), 0);
    dataset.reason.assign(dataset.size(), "");
    for (std::size_t k = 0; k < dataset.mask.size(); k += 7) dataset.mask[k] = 0;
    for (std::size_t i = 0; i < 400; i += 13) dataset.status[i] = 1;
    SilentProgress progress;
    const auto clean = train::train(dataset, config, progress);
    for (std::size_t k = 0; k < dataset.mask.size(); k += 7)
        dataset.outputs[k] = std::numeric_limits<double>::quiet_NaN();
    for (std::size_t i = 0; i < 400; i += 13) {
        for (std::size_t j = 0; j < 40; ++j) dataset.outputs[40 * i + j] = -1;
    }
    const auto soiled = train::train(dataset, config, progress);
    CHECK(all_weights(clean.emulator.network) == all_weights(soiled.emulator.network));
    CHECK(clean.report.failed_models == 31);
}

TEST_CASE(
    "zeros that would need a logarithm are learned as very faint, or left out and counted; negative values are "
    "refused") {
    Dataset dataset = test::blackbodies(200, 1);
    train::TrainConfig config = quick();
    config.epochs = 2;
    SilentProgress progress;
    dataset.outputs[40 * 3 + 5] = 0;
    auto report = train::train(dataset, config, progress).report;
    CHECK(report.raised == 1);  // a spectrum: learned as very faint
    CHECK(report.zeros_left_out == 0);
    config.faint = 0;
    report = train::train(dataset, config, progress).report;
    CHECK(report.raised == 0);
    CHECK(report.zeros_left_out == 1);
    dataset.outputs[40 * 3 + 5] = -1e-30;
    CHECK_THROWS_WITH_AS(train::train(dataset, config, progress), doctest::Contains("model 3"), InputError);
    dataset.outputs[40 * 3 + 5] = std::numeric_limits<double>::infinity();
    CHECK_THROWS_AS(train::train(dataset, config, progress), InputError);
}

TEST_CASE("a loss that is no number stops with a sentence") {
    const Dataset dataset = test::blackbodies(300, 1);
    train::TrainConfig config = quick();
    config.method = train::Method::adam;
    config.activation = emulate::Activation::relu;
    config.learning_rate = 10;
    config.weight_decay = 0;
    config.warm_up = 0;
    config.depth = 12;
    config.residual = true;
    config.width = 256;
    config.components = 0;
    SilentProgress progress;
    CHECK_THROWS_WITH_AS(train::train(dataset, config, progress), doctest::Contains("nothing was written"),
                         NumericalError);
}

TEST_CASE("early stopping keeps the best state") {
    // 30 models of noise: the validation loss can only rise after a while
    Dataset dataset = test::blackbodies(40, 1);
    Random random(4, 0);
    for (double& y : dataset.outputs) y = std::exp(random.normal());
    train::TrainConfig config = quick();
    config.validation = 0.25;
    config.test = 0;
    config.patience = 20;
    config.averaging = 0;
    config.epochs = 2000;
    SilentProgress progress;
    const train::Training training = train::train(dataset, config, progress);
    CHECK(training.report.ended_by == "patience");
    double best = std::numeric_limits<double>::infinity();
    std::size_t best_epoch = 0;
    for (const auto& record : training.report.curve) {
        if (record.validation_loss < best) best = record.validation_loss, best_epoch = record.epoch;
    }
    CHECK(training.report.best_epoch == best_epoch);
    CHECK(training.report.curve.back().epoch >= best_epoch + 20);
    CHECK(training.report.curve.back().validation_loss > best);
    // the network that came back is the one of the best epoch: train only that far and compare
    config.patience = 0;
    const emulate::Emulator emulator(training.emulator, {.outside = emulate::Outside::nearest});
    double sum = 0;
    std::size_t count = 0;
    std::vector<double> predicted(40);
    for (const std::size_t i : training.report.split.validation) {
        emulator.evaluate(std::span(dataset.parameters).subspan(2 * i, 2), predicted);
        double peak = 0;
        for (std::size_t j = 0; j < 40; ++j) peak = std::max(peak, dataset.outputs[40 * i + j]);
        for (std::size_t j = 0; j < 40; ++j, ++count) {
            const double d = std::log(predicted[j] / dataset.outputs[40 * i + j]),
                         faint = 2e-5 * peak / dataset.outputs[40 * i + j];
            sum += d * d * (1 / (1 + faint * faint) + 1e-6);
        }
    }
    CHECK(std::abs(sum / static_cast<double>(count) / best - 1) < 1e-3);
}

TEST_CASE("the time budget is kept") {
    const Dataset dataset = test::blackbodies(2000, 1);
    train::TrainConfig config = quick();
    config.epochs = 1000000;
    config.patience = 0;
    config.budget = 1.0;
    SilentProgress progress;
    const auto start = std::chrono::steady_clock::now();
    const train::Training training = train::train(dataset, config, progress);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    CHECK(training.report.ended_by == "budget");
    CHECK(seconds < 4.0);  // the last epoch is finished, on a busy machine too
    CHECK(training.report.curve.size() > 2);
    CHECK(training.report.curve.back().learning_rate < 0.5 * 1e-2);
}

TEST_CASE("test data from another dataset; its declaration must agree") {
    const Dataset dataset = test::blackbodies(300, 1);
    Dataset other = test::blackbodies(77, 2);
    train::TrainConfig config = quick();
    config.epochs = 3;
    SilentProgress progress;
    const train::Training training = train::train(dataset, config, progress, &other);
    CHECK(training.report.errors.at(0).models == 77);
    CHECK(training.report.split.test.empty());
    CHECK(training.report.split.training.size() == 270);
    other.info.parameters[0].name = "temperature";
    CHECK_THROWS_AS(train::train(dataset, config, progress, &other), InputError);
}

TEST_CASE("settings that make no sense are refused by name") {
    const Dataset dataset = test::blackbodies(50, 1);
    SilentProgress progress;
    const auto refused = [&](const train::TrainConfig& config, const char* option) {
        CHECK_THROWS_WITH_AS(train::train(dataset, config, progress), doctest::Contains(option), InputError);
    };
    refused({.width = 0}, "--width");
    refused({.depth = 0}, "--depth");
    refused({.learning_rate = std::nan("")}, "--learning-rate");
    refused({.batch = 0}, "--batch");
    refused({.epochs = 0}, "--epochs");
    refused({.averaging = 1.0}, "--averaging");
    refused({.validation = 1.5}, "--validation");
    refused({.validation = 0.6, .test = 0.5}, "--validation and --test");
    CHECK_THROWS_AS((void)train::method_from_string("sgd"), InputError);
    CHECK_THROWS_AS((void)train::device_from_string("tpu"), InputError);
}

TEST_CASE("the log holds settings, curve and errors") {
    const Dataset dataset = test::blackbodies(200, 1);
    train::TrainConfig config = quick();
    config.epochs = 4;
    SilentProgress progress;
    const train::Training training = train::train(dataset, config, progress);
    const auto json = nlohmann::json::parse(train::log_json(training, config));
    CHECK(json["settings"]["width"] == "32");
    CHECK(json["loss_curve"]["epoch"].size() == training.report.curve.size());
    CHECK(json["errors"][0]["models"] == 20);
    CHECK(json["errors_per_output"]["at"].size() == 40);
    CHECK(json["test_rows"].size() == 20);
    CHECK(json["models"]["training"] == 160);
}

TEST_CASE("limits: the network stays below them and is not spoilt by what the code prints there") {
    std::vector<std::size_t> short_ones(20);  // 2000 um is faint whatever the temperature
    std::iota(short_ones.begin(), short_ones.end(), 0);
    Dataset dataset = columns(test::blackbodies(1500, 1), short_ones);
    dataset.info.axis.kind = "line";
    std::vector<double> sorted = dataset.outputs;
    std::sort(sorted.begin(), sorted.end());
    const double floor = sorted[sorted.size() / 5];
    Dataset printed = dataset;
    for (double& y : printed.outputs) y = y <= floor ? 1e-30 * floor : y;
    const Dataset limited = with_limits(printed, floor);
    std::size_t limits = 0;
    for (std::size_t i = 0; i < limited.size(); ++i) {
        for (std::size_t j = 0; j < 20; ++j) limits += limited.is_limit(i, j);
    }
    CHECK(limits >= dataset.outputs.size() / 5);
    CountingProgress progress;
    const auto mean_error = [&](const Dataset& taught) {
        const emulate::Emulator emulator(train::train(taught, quick(), progress).emulator);
        std::vector<double> predicted(dataset.outputs.size());
        emulator.evaluate(dataset.parameters, predicted);
        double sum = 0, above = 0, known = 0;
        for (std::size_t k = 0; k < predicted.size(); ++k) {
            if (dataset.outputs[k] > floor) {
                sum += std::abs(std::log(predicted[k] / dataset.outputs[k]));
                ++known;
            } else {
                above += predicted[k] > 1.2 * floor ? 1 : 0;
            }
        }
        CHECK(above < 0.02 * static_cast<double>(limits));
        return sum / known;
    };
    const double with = mean_error(limited), without = mean_error(printed);
    CHECK(with < 0.02);
    CHECK(without > 3 * with);
    CHECK_THROWS_AS((void)with_limits(dataset, 0.0), InputError);
}

TEST_CASE("a request to stop ends training and keeps the best so far") {
    const Dataset dataset = test::blackbodies(200, 1);
    SilentProgress progress;
    request_stop(2);  // stays requested: the last case of this file
    const train::Training training = train::train(dataset, quick(), progress);
    CHECK(training.report.ended_by == "interrupt");
    CHECK(training.report.curve.size() == 1);
    emulate::check(training.emulator);
}
