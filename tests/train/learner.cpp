// The runtime against LibTorch on the same weights.
#include "train/learner.hpp"

#include <algorithm>
#include <cmath>

#include <ATen/Functions.h>
#include <doctest/doctest.h>

#include <ism/base/random.hpp>
#include <ism/emulate/emulator.hpp>

#include "analytic.hpp"

using namespace ism;

namespace {

/// An emulator with the weights of the learner, and scalings of order one.
emulate::Emulator emulator_of(const train::Learner& learner, const Dataset& dataset) {
    emulate::Network network{
        .input = {.scales = {Scale::log, Scale::linear}, .centre = {1.4, 1.75}, .width = {0.2, 0.4}},
        .layers = learner.layers(learner.parameters()),
        .output = {.scale = Scale::log, .centre = std::vector<double>(40, 1.0), .width = std::vector<double>(40, 0.5)}};
    return emulate::Emulator(emulate::EmulatorRecord{
        .info = dataset.info, .network = network, .domain = {{10, 1}, {60, 2.5}}, .errors = {}, .provenance = "{}"});
}

/// Largest difference of the standardised outputs, in units of their largest value.
double difference(const train::Learner& learner) {
    const Dataset dataset = test::blackbodies(300, 5);
    const emulate::Emulator emulator = emulator_of(learner, dataset);
    std::vector<float> ours(300 * 40), inputs;
    emulator.evaluate_standardised(dataset.parameters, ours);
    for (std::size_t i = 0; i < 300; ++i) {
        inputs.push_back(static_cast<float>((std::log10(dataset.parameters[2 * i]) - 1.4) / 0.2));
        inputs.push_back(static_cast<float>((dataset.parameters[2 * i + 1] - 1.75) / 0.4));
    }
    const at::NoGradGuard no_gradients;
    const torch::Tensor theirs =
        learner.forward(torch::from_blob(inputs.data(), {300, 2}, torch::kFloat32)).contiguous();
    const float* expected = theirs.data_ptr<float>();
    double largest = 0, worst = 0;
    for (std::size_t k = 0; k < ours.size(); ++k) {
        REQUIRE(std::isfinite(ours[k]));
        largest = std::max<double>(largest, std::abs(expected[k]));
        worst = std::max<double>(worst, std::abs(ours[k] - expected[k]));
    }
    REQUIRE(largest > 0.01);
    return worst / largest;
}

/// Shapes of adaptive_silu that differ from where training starts.
void disturb(train::Learner& learner, std::uint64_t seed) {
    const at::NoGradGuard no_gradients;
    Random random(seed, 1);
    for (const torch::Tensor& parameter : learner.parameters()) {
        for (long i = 0; i < parameter.numel(); ++i) parameter.view(-1)[i] += 0.1 * random.normal();
    }
}

}  // namespace

TEST_CASE("runtime equals LibTorch: every activation, plain and residual, with and without components") {
    for (const emulate::Activation activation : emulate::all_activations) {
        for (const bool residual : {false, true}) {
            for (const std::size_t components : {std::size_t{0}, std::size_t{7}}) {
                CAPTURE(emulate::to_string(activation));
                CAPTURE(residual);
                CAPTURE(components);
                train::TrainConfig config{.width = 24,
                                          .depth = 3,
                                          .ladder = components > 0,
                                          .residual = residual,
                                          .components = components,
                                          .activation = activation};
                train::Learner learner(2, 40, config);
                disturb(learner, 9);
                CHECK(difference(learner) <= 2e-6);
            }
        }
    }
}

TEST_CASE("runtime equals LibTorch: layers that grow and polynomial inputs") {
    for (const double growth : {0.0, 0.5, 1.0}) {
        for (const std::size_t order : {std::size_t{1}, std::size_t{3}}) {
            CAPTURE(growth);
            CAPTURE(order);
            const train::TrainConfig config{
                .width = 24, .depth = 4, .order = order, .growth = growth, .components = growth > 0.7 ? 7U : 0U};
            train::Learner learner(2, 40, config);
            disturb(learner, 9);
            CHECK(difference(learner) < 2e-6);
            train::Learner other(2, 40, config);
            other.set(learner.layers(learner.parameters()));
            CHECK(difference(other) < 2e-6);
            const auto layers = other.layers(other.parameters());
            CHECK(layers.size() == (order > 1 ? 1U : 0U) + 4 + (config.components > 0 ? 2 : 1));
            CHECK(std::holds_alternative<emulate::Growing>(layers[order > 1 ? 1 : 0]) == (growth > 0));
        }
    }
}

TEST_CASE("components: the decoder starts at the best linear approximation") {
    // targets of rank 3: three components must reproduce them exactly, two must not
    Random random(3, 0);
    std::vector<float> values(200 * 10);
    for (std::size_t i = 0; i < 200; ++i) {
        const double a = random.normal(), b = random.normal(), c = 0.3 * random.normal();
        for (std::size_t j = 0; j < 10; ++j) {
            const double x = 0.1 * static_cast<double>(j);
            values[10 * i + j] = static_cast<float>(a * std::cos(3 * x) + b * std::sin(5 * x) + c * x * x);
        }
    }
    const torch::Tensor targets = torch::from_blob(values.data(), {200, 10}, torch::kFloat32).clone();
    for (const std::size_t components : {std::size_t{2}, std::size_t{3}}) {
        train::Learner learner(2, 10, {.width = 8, .depth = 1, .components = components});
        learner.start_at_components(targets, at::ones_like(targets));
        const at::NoGradGuard no_gradients;
        const torch::Tensor decoder = learner.parameters()[4];
        REQUIRE(decoder.size(0) == 10);
        REQUIRE(decoder.size(1) == static_cast<long>(components));
        const torch::Tensor coefficients = std::get<0>(at::linalg_lstsq(decoder, targets.t()));
        const double left =
            (at::mm(decoder, coefficients) - targets.t()).norm().item<double>() / targets.norm().item<double>();
        if (components == 3) CHECK(left < 1e-5);
        if (components == 2) CHECK(left > 0.03);
    }
}
