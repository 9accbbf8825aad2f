#include "train/learner.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include <ATen/Functions.h>

#include <ism/base/errors.hpp>
#include <ism/base/random.hpp>

namespace ism::train {
namespace {

using emulate::Activation;
using torch::Tensor;

constexpr std::uint64_t weight_stream = 0x77656967687400;  // "weight", with room for the number of the layer

/// (rows x columns), or (rows) for columns = 0, uniform in +-bound.
Tensor drawn(Random& random, std::size_t rows, std::size_t columns, double bound) {
    std::vector<float> values(rows * std::max<std::size_t>(columns, 1));
    for (float& value : values) value = static_cast<float>(bound * (2 * random.uniform() - 1));
    const auto n = static_cast<long>(rows), m = static_cast<long>(columns);
    const Tensor flat = torch::from_blob(values.data(), {static_cast<long>(values.size())}, torch::kFloat32).clone();
    return columns == 0 ? flat : flat.view({n, m});
}

Tensor activated(Activation activation, const Tensor& x, const Tensor* shape) {
    switch (activation) {
        case Activation::identity:
            return x;
        case Activation::relu:
            return at::relu(x);
        case Activation::leaky_relu:
            return at::leaky_relu(x, emulate::leaky_slope);
        case Activation::elu:
            return at::elu(x);
        case Activation::selu:
            return at::selu(x);
        case Activation::softplus:
            return at::softplus(x);
        case Activation::tanh:
            return at::tanh(x);
        case Activation::silu:
            return at::silu(x);
        case Activation::gelu:
            return at::gelu(x);
        case Activation::gelu_tanh:
            return at::gelu(x, "tanh");
        case Activation::adaptive_silu:
            return (shape[1] + (1 - shape[1]) * at::sigmoid(shape[0] * x)) * x;
    }
    throw Error("unknown activation");
}

std::vector<float> numbers(const Tensor& tensor) {
    const Tensor plain = tensor.detach().to(torch::kCPU, torch::kFloat32).contiguous();
    const float* first = plain.data_ptr<float>();
    return {first, first + plain.numel()};
}

void put(Tensor& tensor, const std::vector<float>& values) {
    if (static_cast<std::size_t>(tensor.numel()) != values.size())
        throw Error("layers of another shape cannot be taken over");
    const at::NoGradGuard no_gradients;
    tensor.copy_(torch::from_blob(const_cast<float*>(values.data()), tensor.sizes(), torch::kFloat32));  // read only
}

const emulate::Dense& learned_part(const emulate::Layer& layer) {
    if (const auto* block = std::get_if<emulate::Residual>(&layer)) return block->layers.front();
    if (const auto* block = std::get_if<emulate::Growing>(&layer)) return block->added;
    return std::get<emulate::Dense>(layer);
}

}  // namespace

Learner::Learner(std::size_t inputs, std::size_t outputs, const TrainConfig& config)
    : polynomial_{.inputs = inputs, .order = config.order} {
    const bool growing = config.growth > 0, ladder = config.ladder && !growing && config.order == 1;
    std::size_t width = inputs;
    const auto products = emulate::monomials(polynomial_);
    for (std::size_t done = 0; done < products.size();) {
        std::vector<std::int64_t> earlier, factor;
        for (; done < products.size() && products[done].earlier < width; ++done) {
            earlier.push_back(static_cast<std::int64_t>(products[done].earlier));
            factor.push_back(static_cast<std::int64_t>(products[done].input));
        }
        width += earlier.size();
        degrees_.push_back({at::tensor(earlier), at::tensor(factor)});
    }
    for (std::size_t i = 0; i < config.depth; ++i) {
        const auto added =
            growing ? static_cast<std::size_t>(std::ceil(config.growth * static_cast<double>(width))) : config.width;
        Step& step = add(width, added, i == 0 && ladder ? Activation::tanh : config.activation, config.seed);
        step.growing = growing;
        step.residual = !growing && config.residual && i > (ladder ? 1 : 0);
        width = growing ? width + added : added;
    }
    if (ladder) start_as_ladder();
    const std::size_t components = std::min({config.components, outputs, width});
    decoder_ = components > 0 && components < outputs;
    if (decoder_) add(width, components, Activation::identity, config.seed);
    add(decoder_ ? components : width, outputs, Activation::identity, config.seed);
}

Learner::Step& Learner::add(std::size_t inputs, std::size_t outputs, Activation activation, std::uint64_t seed) {
    Random random(seed, weight_stream + steps_.size());
    const double bound = 1 / std::sqrt(static_cast<double>(inputs));
    steps_.push_back({inputs, outputs, activation, false, false, parameters_.size()});
    parameters_.push_back(drawn(random, outputs, inputs, bound));
    parameters_.push_back(drawn(random, outputs, 0, bound));
    if (activation == Activation::adaptive_silu) {
        parameters_.push_back(at::ones({static_cast<long>(outputs)}));
        parameters_.push_back(at::zeros({static_cast<long>(outputs)}));
    }
    for (Tensor& parameter : parameters_) parameter.requires_grad_(true);
    return steps_.back();
}

void Learner::start_as_ladder() {
    const std::size_t count = steps_.front().outputs, inputs = steps_.front().inputs;
    std::vector<float> weights(count * inputs, 0.0F), bias(count);
    for (std::size_t q = 0; q < count; ++q) {
        const std::size_t parameter = q % inputs, rung = q / inputs;
        const std::size_t rungs = count / inputs + (parameter < count % inputs ? 1 : 0);
        const double spacing = 2 * std::numbers::sqrt3 / static_cast<double>(rungs);
        const double knot = -std::numbers::sqrt3 + (static_cast<double>(rung) + 0.5) * spacing;
        const double slope = (rung % 2 == 0 ? 1 : -1) / spacing;
        weights[q * inputs + parameter] = static_cast<float>(slope);
        bias[q] = static_cast<float>(-slope * knot);
    }
    put(parameters_[0], weights);
    put(parameters_[1], bias);
}

void Learner::start_at_components(const Tensor& targets, const Tensor& weights) {
    if (!decoder_) return;
    const at::NoGradGuard no_gradients;
    const Step& decoder = steps_.back();
    const auto components = static_cast<long>(decoder.inputs);
    const Tensor metric = weights.mean(0).to(torch::kFloat64).clamp_min(1e-30).sqrt();  // of each output, in the loss
    const Tensor scaled = (targets.to(torch::kFloat64) * metric);
    const Tensor covariance = at::mm(scaled.t(), scaled) / static_cast<double>(targets.size(0));
    const auto [values, vectors] = at::linalg_eigh(covariance);  // smallest first
    const Tensor spread = values.slice(0, -components).flip(0).clamp_min(1e-20).sqrt();
    const Tensor columns = vectors.slice(1, -components).flip(1) * spread / metric.unsqueeze(1);
    parameters_[decoder.first].copy_(columns);
    parameters_[decoder.first + 1].zero_();
}

/// The inputs, then their monomials degree by degree.
Tensor Learner::expanded(const Tensor& inputs) const {
    Tensor x = inputs;
    for (const Degree& degree : degrees_)
        x = at::cat({x, x.index_select(1, degree.earlier) * inputs.index_select(1, degree.factor)}, 1);
    return x;
}

Tensor Learner::forward(const Tensor& inputs) const {
    Tensor x = expanded(inputs);
    for (const Step& step : steps_) {
        const Tensor* own = &parameters_[step.first];
        const Tensor y = activated(step.activation, at::addmm(own[1], x, own[0].t()), own + 2);
        x = step.growing ? at::cat({x, y}, 1) : step.residual ? x + y : y;
    }
    return x;
}

void Learner::to(const torch::Device& device) {
    for (Tensor& parameter : parameters_) parameter = parameter.detach().to(device).requires_grad_(true);
    for (Degree& degree : degrees_) degree = {degree.earlier.to(device), degree.factor.to(device)};
}

Learner Learner::with(const std::vector<Tensor>& values) const {
    Learner other = *this;
    other.parameters_ = values;
    return other;
}

std::vector<emulate::Layer> Learner::layers(const std::vector<Tensor>& values) const {
    std::vector<emulate::Layer> layers;
    if (polynomial_.order > 1) layers.emplace_back(polynomial_);
    for (const Step& step : steps_) {
        emulate::Dense dense{.inputs = step.inputs,
                             .outputs = step.outputs,
                             .weights = numbers(values[step.first]),
                             .bias = numbers(values[step.first + 1]),
                             .activation = step.activation};
        if (step.activation == Activation::adaptive_silu) {
            dense.alpha = numbers(values[step.first + 2]);
            dense.beta = numbers(values[step.first + 3]);
        }
        if (step.growing) {
            layers.emplace_back(emulate::Growing{std::move(dense)});
        } else if (step.residual) {
            layers.emplace_back(emulate::Residual{{std::move(dense)}});
        } else {
            layers.emplace_back(std::move(dense));
        }
    }
    return layers;
}

void Learner::set(const std::vector<emulate::Layer>& layers) {
    const std::size_t first = polynomial_.order > 1 ? 1 : 0;  // a polynomial learns nothing
    if (layers.size() != first + steps_.size()) throw Error("layers of another shape cannot be taken over");
    for (std::size_t i = 0; i < steps_.size(); ++i) {
        const emulate::Dense& dense = learned_part(layers[first + i]);
        Tensor* own = &parameters_[steps_[i].first];
        put(own[0], dense.weights);
        put(own[1], dense.bias);
        if (steps_[i].activation == Activation::adaptive_silu) {
            put(own[2], dense.alpha);
            put(own[3], dense.beta);
        }
    }
}

}  // namespace ism::train
