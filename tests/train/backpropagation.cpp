// The gradient by hand against LibTorch's, and the losses against their definition.
#include "train/backpropagation.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>

#include <ATen/Functions.h>
#include <doctest/doctest.h>

#include <ism/base/random.hpp>

using namespace ism;

namespace {

constexpr std::size_t models = 57, parameters = 3, outputs = 45;

/// Random models, some values without weight, some limits.
train::LearningData data(bool limits) {
    Random random(11, 3);
    train::LearningData result;
    result.models = models;
    for (std::size_t k = 0; k < models * parameters; ++k)
        result.inputs.push_back(static_cast<float>(1.7 * (2 * random.uniform() - 1)));
    for (std::size_t k = 0; k < models * outputs; ++k) {
        result.targets.push_back(static_cast<float>(random.normal()));
        result.weights.push_back(random.uniform() < 0.1 ? 0.0F : static_cast<float>(0.2 + random.uniform()));
        if (limits) result.limits.push_back(random.uniform() < 0.2 ? 1.0F : 0.0F);
    }
    return result;
}

torch::Tensor tensor(const std::vector<float>& values, long columns) {
    return torch::from_blob(const_cast<float*>(values.data()), {static_cast<long>(values.size()) / columns, columns},
                            torch::kFloat32)
        .to(torch::kFloat64);
}

/// rho of each u^2, written down again with LibTorch's functions.
torch::Tensor rho(const train::LossFunction& loss, const torch::Tensor& square) {
    const double s2 = loss.scale * loss.scale;
    const torch::Tensor t = square / s2;
    switch (loss.kind) {
        case train::Loss::square:
            return square;
        case train::Loss::huber:
            return s2 * at::where(t <= 1, t, 2 * t.clamp_min(1e-30).sqrt() - 1);
        case train::Loss::log_cosh:
            return 2 * s2 * at::log(at::cosh((t + 1e-30).sqrt()));
        case train::Loss::student:
            return 4 * s2 * at::log1p(t / 4);
        case train::Loss::cauchy:
            return s2 * at::log1p(t);
    }
    return {};
}

struct Gradients {
    double loss = 0;
    std::vector<torch::Tensor> of;
};

/// In double precision, by autograd through the whole loss.
Gradients by_autograd(const train::Learner& learner, const train::LearningData& seen,
                      const std::vector<std::int64_t>& rows, const train::LossFunction& loss) {
    std::vector<torch::Tensor> values;
    for (const auto& parameter : learner.parameters())
        values.push_back(parameter.detach().to(torch::kFloat64).clone().requires_grad_(true));
    const train::Learner exact = learner.with(values);
    const torch::Tensor chosen = at::tensor(rows);
    const torch::Tensor predicted = exact.forward(tensor(seen.inputs, parameters).index_select(0, chosen));
    torch::Tensor difference = predicted - tensor(seen.targets, outputs).index_select(0, chosen);
    if (!seen.limits.empty())
        difference =
            at::where(tensor(seen.limits, outputs).index_select(0, chosen) > 0, difference.clamp_min(0), difference);
    const torch::Tensor square = tensor(seen.weights, outputs).index_select(0, chosen) * difference * difference;
    const torch::Tensor total = rho(loss, square).mean();
    total.backward();
    Gradients result{total.item<double>(), {}};
    for (const auto& value : values) result.of.push_back(value.grad());
    return result;
}

/// Largest difference of a gradient, in units of its largest number.
double worst(const train::Learner& learner, const train::LearningData& seen, const train::LossFunction& loss,
             unsigned threads, double& loss_error) {
    const std::vector<std::int64_t> rows{5, 3, 56, 0, 17, 18, 19, 40, 41, 42, 43, 7, 9, 11, 13, 55, 54, 53, 2};
    train::Backpropagation fast(learner, rows.size(), threads);
    const double value = fast.run(seen, rows, loss);
    const Gradients expected = by_autograd(learner, seen, rows, loss);
    loss_error = std::abs(value / expected.loss - 1);
    double largest = 0;
    for (std::size_t i = 0; i < expected.of.size(); ++i) {
        const torch::Tensor found = learner.parameters()[i].grad().to(torch::kFloat64);
        REQUIRE(found.isfinite().all().item<bool>());
        const double size = expected.of[i].abs().max().item<double>();
        REQUIRE(size > 0);
        largest = std::max(largest, (found - expected.of[i]).abs().max().item<double>() / size);
    }
    return largest;
}

train::TrainConfig shape(emulate::Activation activation) {
    train::TrainConfig config;
    config.width = 37;
    config.depth = 3;
    config.components = 0;
    config.activation = activation;
    return config;
}

}  // namespace

TEST_CASE("the gradient by hand is that of autograd: every activation") {
    for (const emulate::Activation activation : emulate::all_activations) {
        CAPTURE(emulate::to_string(activation));
        const train::Learner learner(parameters, outputs, shape(activation));
        if (activation == emulate::Activation::adaptive_silu) {
            CHECK_FALSE(train::Backpropagation::serves(learner));
            continue;
        }
        REQUIRE(train::Backpropagation::serves(learner));
        double loss_error = 1;
        CHECK(worst(learner, data(false), {}, 1, loss_error) < 2e-5);
        CHECK(loss_error < 1e-6);
    }
}

TEST_CASE("the gradient by hand is that of autograd: every shape, with limits, on one thread and on three") {
    auto plain = shape(emulate::Activation::gelu), narrow = plain, growing = plain, polynomial = plain, both = plain;
    plain.residual = plain.ladder = false;
    narrow.components = 8;
    narrow.width = 5;
    growing.growth = 0.5;
    growing.depth = 6;
    polynomial.order = 3;
    both.growth = 1;
    both.order = 2;
    both.components = 7;
    for (const auto& config : {plain, narrow, growing, polynomial, both}) {
        const train::Learner learner(parameters, outputs, config);
        for (const unsigned threads : {1U, 3U}) {
            CAPTURE(config.growth);
            CAPTURE(config.order);
            double loss_error = 1;
            CHECK(worst(learner, data(true), {}, threads, loss_error) < 2e-5);
            CHECK(loss_error < 1e-6);
        }
    }
}

TEST_CASE("the gradient by hand is that of autograd: every loss") {
    const train::Learner learner(parameters, outputs, shape(emulate::Activation::tanh));
    for (const train::Loss kind :
         {train::Loss::square, train::Loss::huber, train::Loss::log_cosh, train::Loss::student, train::Loss::cauchy}) {
        for (const double scale : {0.05, 0.7, 30.0}) {
            CAPTURE(train::to_string(kind));
            CAPTURE(scale);
            double loss_error = 1;
            CHECK(worst(learner, data(true), {kind, scale}, 1, loss_error) < 2e-5);
            CHECK(loss_error < 1e-6);
        }
    }
}

TEST_CASE("a robust loss is the square for small residuals and its weight the slope of its value") {
    for (const train::Loss kind :
         {train::Loss::huber, train::Loss::log_cosh, train::Loss::student, train::Loss::cauchy}) {
        CAPTURE(train::to_string(kind));
        const train::LossFunction loss{kind, 0.3};
        CHECK(loss.value(1e-8) == doctest::Approx(1e-8).epsilon(1e-6));
        CHECK(loss.weight(1e-10) == doctest::Approx(1).epsilon(1e-6));
        double before = 0;
        for (double square = 1e-6; square < 1e4; square *= 1.7) {
            const double step = 1e-4 * square;
            const double slope = (loss.value(square + step) - loss.value(square - step)) / (2 * step);
            CHECK(loss.weight(square) == doctest::Approx(slope).epsilon(1e-4));
            CHECK(loss.value(square) > before);
            CHECK(loss.value(square) <= square * (1 + 1e-12));
            before = loss.value(square);
        }
    }
}

TEST_CASE("Adam and the running average in one pass are what their formulae say, whatever the number of values") {
    Random random(4, 4);
    for (const std::size_t count : {1U, 7U, 64U, 131U}) {
        CAPTURE(count);
        std::vector<float> gradient(count), mean(count), square(count), parameter(count), average(count);
        for (std::size_t i = 0; i < count; ++i) {
            gradient[i] = static_cast<float>(random.normal());
            mean[i] = static_cast<float>(random.normal());
            square[i] = static_cast<float>(random.uniform());
            parameter[i] = static_cast<float>(random.normal());
            average[i] = static_cast<float>(random.normal());
        }
        const auto before = std::tuple(mean, square, parameter, average);
        const train::AdamStep step{
            .mean_decay = 0.9F, .square_decay = 0.99F, .scale = 1.7F, .rate = 0.02F, .keep = 0.999F, .epsilon = 1e-8F};
        train::step_kernels().adam(step, gradient.data(), mean.data(), square.data(), parameter.data(), count);
        train::step_kernels().follow(0.01F, parameter.data(), average.data(), count);
        const auto& [mean0, square0, parameter0, average0] = before;
        for (std::size_t i = 0; i < count; ++i) {
            const double g = gradient[i], m = 0.9 * mean0[i] + 0.1 * g, v = 0.99 * square0[i] + 0.01 * g * g;
            const double p = 0.999 * parameter0[i] - 0.02 * m / (std::sqrt(1.7 * v) + 1e-8);
            CHECK(mean[i] == doctest::Approx(m).epsilon(1e-5).scale(1));
            CHECK(square[i] == doctest::Approx(v).epsilon(1e-5).scale(1));
            CHECK(parameter[i] == doctest::Approx(p).epsilon(1e-5).scale(1));
            CHECK(average[i] == doctest::Approx(0.99 * average0[i] + 0.01 * p).epsilon(1e-5).scale(1));
        }
    }
}

TEST_CASE("the number of threads does not change a bit of the gradient") {
    train::LearningData many = data(false);
    std::vector<std::int64_t> rows;
    for (std::int64_t k = 0; k < 700; ++k) rows.push_back(k * 31 % static_cast<std::int64_t>(models));
    const train::Learner learner(parameters, outputs, shape(emulate::Activation::gelu_tanh));
    std::vector<torch::Tensor> first;
    for (const unsigned threads : {1U, 2U, 3U}) {
        train::Backpropagation fast(learner, rows.size(), threads);
        (void)fast.run(many, rows, {});
        for (std::size_t i = 0; i < learner.parameters().size(); ++i) {
            const torch::Tensor gradient = learner.parameters()[i].grad().clone();
            if (threads == 1)
                first.push_back(gradient);
            else
                CHECK(at::equal(first[i], gradient));
        }
    }
}
