#include "emulate/plan.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace ism::emulate {
namespace {

AlignedFloats padded(const std::vector<float>& values, std::size_t count) {
    AlignedFloats copy(count);
    std::copy(values.begin(), values.end(), copy.data());
    return copy;
}

PackedDense packed(const Dense& dense, std::size_t panel) {
    const std::size_t columns = (dense.outputs + panel - 1) / panel * panel;
    PackedDense pack{.inputs = dense.inputs,
                     .columns = columns,
                     .activation = dense.activation,
                     .weights = AlignedFloats(dense.half ? 0 : columns * dense.inputs),
                     .halves = Aligned<Bfloat16>(dense.half ? columns * dense.inputs : 0),
                     .bias = padded(dense.bias, columns),
                     .alpha = padded(dense.alpha, columns),
                     .beta = padded(dense.beta, columns)};
    for (std::size_t j = 0; j < dense.outputs; ++j) {
        const std::size_t first = j / panel * panel * dense.inputs + j % panel;
        for (std::size_t k = 0; k < dense.inputs; ++k) {
            const float weight = dense.weights[j * dense.inputs + k];
            if (dense.half)
                pack.halves[first + k * panel] = to_bfloat16(weight);
            else
                pack.weights[first + k * panel] = weight;
        }
    }
    return pack;
}

Chain packed(const Layer& layer, std::size_t panel) {
    Chain chain{.inputs = input_count(layer)};
    if (const Dense* dense = std::get_if<Dense>(&layer)) {
        chain.layers.push_back(packed(*dense, panel));
    } else if (const Growing* block = std::get_if<Growing>(&layer)) {
        chain.growing = true;
        chain.layers.push_back(packed(block->added, panel));
    } else if (const Polynomial* polynomial = std::get_if<Polynomial>(&layer)) {
        chain.products = monomials(*polynomial);
    } else {
        chain.residual = true;
        for (const Dense& inner : std::get<Residual>(layer).layers) chain.layers.push_back(packed(inner, panel));
    }
    return chain;
}

OutputPlan planned(const OutputScaling& output, std::size_t columns) {
    OutputPlan plan{.scale = output.scale,
                    .count = output.centre.size(),
                    .rate = std::vector<float>(columns),
                    .factor = std::vector<double>(columns),
                    .offset = std::vector<double>(columns),
                    .slope = std::vector<double>(columns)};
    for (std::size_t j = 0; j < plan.count; ++j) {
        plan.rate[j] = static_cast<float>(output.width[j] * std::log2(10.0));
        plan.factor[j] = std::pow(10.0, output.centre[j]);
        plan.offset[j] = output.centre[j];
        plan.slope[j] = output.width[j];
    }
    return plan;
}

/// This thread's memory for the values between layers: three blocks, so that a residual block can keep what it was
/// given. It grows to the largest need and is kept, so that evaluation allocates nothing once it is warm.
std::array<Block, 3> scratch(std::size_t rows, std::size_t stride) {
    thread_local AlignedFloats memory;
    if (memory.size() < 3 * rows * stride) memory = AlignedFloats(3 * rows * stride);
    std::array<Block, 3> blocks;
    for (std::size_t i = 0; i < 3; ++i) blocks[i] = {memory.data() + i * rows * stride, stride};
    return blocks;
}

/// Writes the monomials of degree 2 and more behind the inputs, and their derivatives.
void expand(const Chain& chain, Block block, Shape2 shape) {
    const auto row_of = [&](std::size_t row) { return block.data + row * block.stride; };
    for (std::size_t r = 0; r < shape.points; ++r) {
        float* values = row_of(r);
        for (std::size_t q = 0; q < chain.products.size(); ++q) {
            const auto [earlier, input] = chain.products[q];
            values[chain.inputs + q] = values[earlier] * values[input];
        }
        for (std::size_t row = shape.points + r; row < shape.rows(); row += shape.points) {
            float* slopes = row_of(row);
            for (std::size_t q = 0; q < chain.products.size(); ++q) {
                const auto [earlier, input] = chain.products[q];
                slopes[chain.inputs + q] = slopes[earlier] * values[input] + values[earlier] * slopes[input];
            }
        }
    }
}

/// A block that is neither `a` nor `b`.
Block other_than(const std::array<Block, 3>& blocks, Block a, Block b) {
    return *std::find_if(blocks.begin(), blocks.end(),
                         [&](Block block) { return block.data != a.data && block.data != b.data; });
}

}  // namespace

Plan::Plan(const Network& network, const TrainingDomain& domain, const Kernels& kernels)
    : kernels_(kernels), input_(network.input), domain_(domain), widest_(network.input_count()) {
    constexpr std::size_t near_bytes = 512 * 1024, many_rows = 192;
    std::size_t bytes = 0;
    for (const Layer& layer : network.layers) {
        chains_.push_back(packed(layer, kernels.panel));
        const Chain& chain = chains_.back();
        widest_ = std::max(widest_, output_count(layer));
        for (const PackedDense& dense : chain.layers) {
            widest_ = std::max(widest_, (chain.growing ? chain.inputs : 0) + dense.columns);
            bytes += dense.weights.size() * sizeof(float) + dense.halves.size() * sizeof(Bfloat16);
        }
    }
    if (bytes > near_bytes) rows_at_once_ = many_rows;
    widest_ = (widest_ + kernels.panel - 1) / kernels.panel * kernels.panel;
    // a vector of outputs may reach beyond the last of them
    outputs_ = planned(network.output, (network.output_count() + kernels.panel - 1) / kernels.panel * kernels.panel);
}

/// Standardised values of the points, then unit vectors: the derivatives of the inputs along themselves.
void Plan::fill(Block block, std::span<const double> points, Shape2 shape) const {
    const std::size_t inputs = input_.scales.size();
    for (std::size_t r = 0; r < shape.points; ++r) {
        for (std::size_t p = 0; p < inputs; ++p) {
            const double inside = std::clamp(points[r * inputs + p], domain_.low[p], domain_.high[p]);
            const double scaled = input_.scales[p] == Scale::log ? std::log10(inside) : inside;
            block.data[r * block.stride + p] = static_cast<float>((scaled - input_.centre[p]) / input_.width[p]);
        }
    }
    for (std::size_t row = shape.points; row < shape.rows(); ++row) {
        std::fill_n(block.data + row * block.stride, inputs, 0.0F);
        block.data[row * block.stride + row / shape.points - 1] = 1.0F;
    }
}

Block Plan::run(std::span<const double> points, Shape2 shape) const {
    const auto blocks = scratch(points_at_once(shape.tangents) * (1 + shape.tangents), widest_);
    Block current = blocks[0];
    fill(current, points, shape);
    for (const Chain& chain : chains_) {
        if (chain.growing) {
            const Block behind{current.data + chain.inputs, current.stride};
            kernels_.dense(chain.layers.front(), current, Block{}, behind, shape);
            continue;
        }
        if (chain.layers.empty()) {
            expand(chain, current, shape);
            continue;
        }
        const Block given = current;
        for (const PackedDense& layer : chain.layers) {
            const Block out = other_than(blocks, current, given);
            const bool last = &layer == &chain.layers.back();
            kernels_.dense(layer, current, chain.residual && last ? given : Block{}, out, shape);
            current = out;
        }
    }
    return current;
}

}  // namespace ism::emulate
