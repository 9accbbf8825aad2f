#include "train/backpropagation.hpp"

#include <algorithm>
#include <cmath>

#include <ATen/Functions.h>

#include <ism/base/parallel.hpp>
#include <ism/emulate/engine.hpp>

namespace ism::train {
namespace {

/// Numbers that a row is longer than its columns: rows a power of two apart would share few places of a cache.
constexpr std::size_t apart = 16;

/// Models of a share of a batch: the same however many threads there are, and so are the sums.
constexpr std::size_t rows_of_share = 256;

/// to (columns x rows) = from (rows x columns), transposed; both walk through squares that stay in the cache.
void transpose(const float* from, std::size_t rows, std::size_t columns, Rows to) {
    constexpr std::size_t square = 16;
    for (std::size_t r = 0; r < rows; r += square) {
        for (std::size_t c = 0; c < columns; c += square) {
            const std::size_t last_row = std::min(r + square, rows), last_column = std::min(c + square, columns);
            for (std::size_t j = c; j < last_column; ++j) {
                for (std::size_t i = r; i < last_row; ++i) to.data[j * to.stride + i] = from[i * columns + j];
            }
        }
    }
}

}  // namespace

bool Backpropagation::serves(const Learner& learner) {
    if (emulate::resolved(emulate::Engine::best) == emulate::Engine::reference) return false;
    for (const auto& parameter : learner.parameters()) {
        if (!parameter.device().is_cpu()) return false;
    }
    return std::none_of(learner.steps().begin(), learner.steps().end(), [](const Learner::Step& step) {
        return step.activation == emulate::Activation::adaptive_silu;
    });
}

std::size_t Backpropagation::padded(std::size_t columns) const noexcept {
    return (columns + kernels_.panel - 1) / kernels_.panel * kernels_.panel;
}

Rows Backpropagation::rows_of(std::vector<Buffer>& memory, std::size_t rows, std::size_t columns) const {
    const std::size_t stride = padded(columns) + apart;
    memory.emplace_back(rows * stride + kernels_.panel);
    return {memory.back().data(), stride};
}

Backpropagation::Backpropagation(const Learner& learner, std::size_t rows, unsigned threads)
    : kernels_(step_kernels()), learner_(learner), products_(emulate::monomials(learner.polynomial())) {
    parameters_ = learner.polynomial().inputs;
    for (const Learner::Step& step : learner.steps()) {
        Layer layer{.inputs = step.inputs,
                    .outputs = step.outputs,
                    .activation = step.activation,
                    .residual = step.residual,
                    .growing = step.growing,
                    .first = step.first,
                    .forward = {nullptr, padded(step.outputs) + apart},
                    .back = {nullptr, padded(step.inputs) + apart},
                    .forward_data = Buffer(step.inputs * (padded(step.outputs) + apart)),
                    .back_data = Buffer(step.outputs * (padded(step.inputs) + apart)),
                    .bias = Buffer(padded(step.outputs))};
        layer.forward.data = layer.forward_data.data();
        layer.back.data = layer.back_data.data();
        layers_.push_back(std::move(layer));
    }
    const std::size_t count = std::max<std::size_t>(1, (rows + rows_of_share - 1) / rows_of_share);
    for (std::size_t k = 0; k < count; ++k) shares_.push_back(share_for(std::min(rows, rows_of_share)));
    threads_ = std::clamp<std::size_t>(threads, 1, count);
    for (const auto& parameter : learner.parameters()) parameter.mutable_grad() = at::zeros_like(parameter);
}

/// Layers that grow write behind what they were given, in the same rows.
Backpropagation::Share Backpropagation::share_for(std::size_t rows) const {
    Share share;
    share.memory.reserve(8 * layers_.size() + 8);  // rows point into it
    std::size_t widest = 0;
    for (const Layer& layer : layers_) widest = std::max({widest, layer.inputs, layer.outputs});
    std::size_t grown = layers_.front().inputs;
    for (const Layer& layer : layers_) {
        if (layer.growing) grown = layer.inputs + layer.outputs;
    }
    grown += kernels_.panel;  // for the last panel of the last layer
    share.in.push_back(rows_of(share.memory, rows, grown));
    for (const Layer& layer : layers_) {
        share.in.push_back(layer.growing ? share.in.back() : rows_of(share.memory, rows, layer.outputs));
        const bool straight = layer.activation == emulate::Activation::identity;
        share.slopes.push_back(straight ? Rows{} : rows_of(share.memory, rows, layer.outputs));
        share.weight_change.push_back(rows_of(share.memory, layer.outputs, layer.inputs));
        share.memory.emplace_back(padded(layer.outputs));
        share.bias_change.push_back(share.memory.back().data());
    }
    share.change = rows_of(share.memory, rows, std::max(widest, grown));
    share.other = rows_of(share.memory, rows, std::max(widest, grown));
    return share;
}

void Backpropagation::load_weights() {
    for (Layer& layer : layers_) {
        const float* weights = learner_.parameters()[layer.first].data_ptr<float>();
        const float* bias = learner_.parameters()[layer.first + 1].data_ptr<float>();
        transpose(weights, layer.outputs, layer.inputs, layer.forward);
        for (std::size_t o = 0; o < layer.outputs; ++o)
            std::copy_n(weights + o * layer.inputs, layer.inputs, layer.back.data + o * layer.back.stride);
        std::copy_n(bias, layer.outputs, layer.bias.data());
    }
}

/// The scaled parameters of the models and their products.
void Backpropagation::gather(Share& share, const LearningData& data, std::span<const std::int64_t> rows) const {
    for (std::size_t r = 0; r < rows.size(); ++r) {
        float* x = share.in.front().data + r * share.in.front().stride;
        std::copy_n(data.inputs.data() + static_cast<std::size_t>(rows[r]) * parameters_, parameters_, x);
        for (std::size_t k = 0; k < products_.size(); ++k)
            x[parameters_ + k] = x[products_[k].earlier] * x[products_[k].input];
    }
}

void Backpropagation::forward(Share& share, std::size_t rows) const {
    for (std::size_t l = 0; l < layers_.size(); ++l) {
        const Layer& layer = layers_[l];
        const Rows in = share.in[l];
        Rows out = share.in[l + 1];
        if (layer.growing) out.data += layer.inputs;
        kernels_.multiply({in.data, in.stride, 1}, layer.forward, out, {rows, layer.inputs, layer.outputs}, false);
        const bool straight = layer.activation == emulate::Activation::identity;
        // the slopes of a straight layer are 1 and not kept: they go where they are not read
        kernels_.activate(layer.activation, layer.bias.data(), layer.residual ? in : Rows{}, out,
                          straight ? share.other : share.slopes[l], rows, padded(layer.outputs));
    }
}

/// d loss / d prediction into `change`; the loss of these rows, over `values` numbers of the whole batch.
void Backpropagation::lose(Share& share, const LearningData& data, std::span<const std::int64_t> rows,
                           const LossFunction& loss, double values) const {
    const std::size_t outputs = layers_.back().outputs;
    double sum = 0;
    for (std::size_t r = 0; r < rows.size(); ++r) {
        const std::size_t first = static_cast<std::size_t>(rows[r]) * outputs;
        const float* predicted = share.in.back().data + r * share.in.back().stride;
        float* change = share.change.data + r * share.change.stride;
        for (std::size_t j = 0; j < outputs; ++j) {
            const double weight = data.weights[first + j];
            double difference = double{predicted[j]} - data.targets[first + j];
            if (!data.limits.empty() && data.limits[first + j] > 0) difference = std::max(difference, 0.0);
            const double square = weight * difference * difference;
            sum += loss.value(square);
            change[j] = static_cast<float>(2 / values * weight * difference * loss.weight(square));
        }
        std::fill(change + outputs, change + padded(outputs), 0.0F);
    }
    share.loss = sum / values;
}

void Backpropagation::back(Share& share, std::size_t rows) const {
    for (std::size_t l = layers_.size(); l-- > 0;) {
        const Layer& layer = layers_[l];
        const Rows in = share.in[l], sums = share.other;
        Rows above = share.change;
        if (layer.growing) above.data += layer.inputs;
        std::fill_n(share.bias_change[l], padded(layer.outputs), 0.0F);
        kernels_.through_slopes(above, share.slopes[l], sums, share.bias_change[l], rows, padded(layer.outputs));
        kernels_.multiply({sums.data, 1, sums.stride}, in, share.weight_change[l], {layer.outputs, rows, layer.inputs},
                          false);
        if (l == 0) break;
        kernels_.multiply({sums.data, sums.stride, 1}, layer.back, share.change, {rows, layer.outputs, layer.inputs},
                          layer.growing || layer.residual);
    }
}

void Backpropagation::store_gradients() {
    for (std::size_t l = 0; l < layers_.size(); ++l) {
        const Layer& layer = layers_[l];
        float* weights = learner_.parameters()[layer.first].mutable_grad().data_ptr<float>();
        float* bias = learner_.parameters()[layer.first + 1].mutable_grad().data_ptr<float>();
        for (std::size_t o = 0; o < layer.outputs; ++o) {
            const Rows first = shares_.front().weight_change[l];
            std::copy_n(first.data + o * first.stride, layer.inputs, weights + o * layer.inputs);
            bias[o] = shares_.front().bias_change[l][o];
            for (std::size_t t = 1; t < shares_.size(); ++t) {
                const Rows other = shares_[t].weight_change[l];
                for (std::size_t i = 0; i < layer.inputs; ++i)
                    weights[o * layer.inputs + i] += other.data[o * other.stride + i];
                bias[o] += shares_[t].bias_change[l][o];
            }
        }
    }
}

double Backpropagation::run(const LearningData& data, std::span<const std::int64_t> rows, const LossFunction& loss) {
    load_weights();
    const auto values = static_cast<double>(rows.size() * layers_.back().outputs);
    parallel_for(threads_, [&](std::size_t thread) {
        for (std::size_t k = thread; k < shares_.size(); k += threads_) {
            const std::size_t first = std::min(k * rows_of_share, rows.size());
            const auto own = rows.subspan(first, std::min(rows_of_share, rows.size() - first));
            gather(shares_[k], data, own);
            forward(shares_[k], own.size());
            lose(shares_[k], data, own, loss, values);
            back(shares_[k], own.size());
        }
    });
    store_gradients();
    double sum = 0;
    for (const Share& share : shares_) sum += share.loss;
    return sum;
}

}  // namespace ism::train
