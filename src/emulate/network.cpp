#include <ism/emulate/network.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

#include <ism/base/errors.hpp>

#include "emulate/bfloat16.hpp"

namespace ism::emulate {
namespace {

template <class... Cases>
struct Match : Cases... {
    using Cases::operator()...;
};
template <class... Cases>
Match(Cases...) -> Match<Cases...>;  // clang 14 does not deduce it

[[noreturn]] void refuse(const std::string& where, const std::string& found, const std::string& allowed) {
    throw InputError({.where = where, .found = found, .allowed = allowed});
}

template <class Number>
void check_numbers(const std::string& where, const std::string& what, const std::vector<Number>& numbers,
                   std::size_t count) {
    if (numbers.size() != count) {
        refuse(where, what + " has " + std::to_string(numbers.size()) + " values", std::to_string(count) + " values");
    }
    const auto bad = std::find_if_not(numbers.begin(), numbers.end(), [](Number x) { return std::isfinite(x); });
    if (bad != numbers.end()) {
        refuse(where, what + " is NaN or infinite at index " + std::to_string(bad - numbers.begin()), "finite numbers");
    }
}

void check_widths(const std::string& where, const std::vector<double>& width) {
    for (std::size_t i = 0; i < width.size(); ++i) {
        if (!(width[i] > 0)) refuse(where, "width " + std::to_string(i) + " is " + std::to_string(width[i]), "> 0");
    }
}

void check_dense(const std::string& where, const Dense& dense, std::size_t inputs) {
    if (dense.inputs != inputs) {
        refuse(where, "the layer takes " + std::to_string(dense.inputs) + " values",
               std::to_string(inputs) + ", what the layer before gives");
    }
    if (dense.outputs == 0) refuse(where, "the layer gives no values", "at least one");
    if (dense.outputs > std::numeric_limits<std::size_t>::max() / 8 / std::max<std::size_t>(dense.inputs, 1)) {
        refuse(where, "the layer is larger than any memory", "sizes that a machine can hold");
    }
    check_numbers(where, "weights", dense.weights, dense.inputs * dense.outputs);
    check_numbers(where, "bias", dense.bias, dense.outputs);
    if (dense.half && std::any_of(dense.weights.begin(), dense.weights.end(),
                                  [](float weight) { return as_float(to_bfloat16(weight)) != weight; }))
        refuse(where, "weights that are no bfloat16 numbers", "such numbers in a layer of half size");
    const std::size_t learned = dense.activation == Activation::adaptive_silu ? dense.outputs : 0;
    check_numbers(where, "alpha", dense.alpha, learned);
    check_numbers(where, "beta", dense.beta, learned);
}

void check_residual(const std::string& where, const Residual& block, std::size_t inputs) {
    if (block.layers.empty()) refuse(where, "the residual block holds no layer", "at least one");
    std::size_t width = inputs;
    for (std::size_t i = 0; i < block.layers.size(); ++i) {
        check_dense(where + "." + std::to_string(i), block.layers[i], width);
        width = block.layers[i].outputs;
    }
    if (width != inputs) {
        refuse(where, "the residual block gives " + std::to_string(width) + " values",
               std::to_string(inputs) + ", as many as it takes");
    }
}

void check_polynomial(const std::string& where, const Polynomial& polynomial, std::size_t inputs) {
    constexpr std::size_t most_inputs = 64, most_order = 8, most = 100000;
    if (polynomial.inputs != inputs)
        refuse(where, "the polynomial takes " + std::to_string(polynomial.inputs) + " values",
               std::to_string(inputs) + ", what the layer before gives");
    if (inputs > most_inputs || polynomial.order < 1 || polynomial.order > most_order)
        refuse(
            where,
            "a polynomial of order " + std::to_string(polynomial.order) + " in " + std::to_string(inputs) + " values",
            "an order of 1 .. " + std::to_string(most_order) + ", at most " + std::to_string(most_inputs) + " values");
    double count = 1.0;  // (inputs + order over order)
    for (std::size_t d = 1; d <= polynomial.order; ++d)
        count *= static_cast<double>(inputs + d) / static_cast<double>(d);
    if (count > static_cast<double>(most))
        refuse(where, "the polynomial has more than " + std::to_string(most) + " monomials", "a lower order");
}

std::size_t weight_count(const Dense& dense) {
    return dense.weights.size() + dense.bias.size() + dense.alpha.size() + dense.beta.size();
}

Dense with_rows(const Dense& dense, std::span<const std::size_t> rows) {
    Dense part{.inputs = dense.inputs, .outputs = rows.size(), .activation = dense.activation, .half = dense.half};
    for (const std::size_t row : rows) {
        const auto first = dense.weights.begin() + static_cast<std::ptrdiff_t>(row * dense.inputs);
        part.weights.insert(part.weights.end(), first, first + static_cast<std::ptrdiff_t>(dense.inputs));
        part.bias.push_back(dense.bias[row]);
        if (!dense.alpha.empty()) part.alpha.push_back(dense.alpha[row]);
        if (!dense.beta.empty()) part.beta.push_back(dense.beta[row]);
    }
    return part;
}

/// A layer that hands `rows` of its `inputs` values on.
Dense selection(std::size_t inputs, std::span<const std::size_t> rows) {
    Dense picked{.inputs = inputs,
                 .outputs = rows.size(),
                 .weights = std::vector<float>(inputs * rows.size()),
                 .bias = std::vector<float>(rows.size())};
    for (std::size_t i = 0; i < rows.size(); ++i) picked.weights[i * inputs + rows[i]] = 1;
    return picked;
}

std::string describe(const Dense& dense) {
    std::string text = " -> ";
    text += std::to_string(dense.outputs);
    if (dense.activation != Activation::identity) text.append(" ").append(to_string(dense.activation));
    return text;
}

}  // namespace

std::vector<Monomial> monomials(const Polynomial& polynomial) {
    std::vector<Monomial> products;
    std::vector<std::size_t> last_factor(polynomial.inputs);  // of each monomial so far
    for (std::size_t k = 0; k < polynomial.inputs; ++k) last_factor[k] = k;
    std::size_t begin = 0;  // of the monomials of the degree before
    for (std::size_t degree = 2; degree <= polynomial.order; ++degree) {
        const std::size_t end = last_factor.size();
        for (std::size_t earlier = begin; earlier < end; ++earlier) {
            for (std::size_t input = last_factor[earlier]; input < polynomial.inputs; ++input) {
                products.push_back({earlier, input});
                last_factor.push_back(input);
            }
        }
        begin = end;
    }
    return products;
}

std::size_t input_count(const Layer& layer) {
    return std::visit(
        Match{[](const Dense& dense) { return dense.inputs; }, [](const Growing& block) { return block.added.inputs; },
              [](const Polynomial& polynomial) { return polynomial.inputs; },
              [](const Residual& block) { return block.layers.empty() ? 0 : block.layers.front().inputs; }},
        layer);
}

std::size_t output_count(const Layer& layer) {
    return std::visit(
        Match{[](const Dense& dense) { return dense.outputs; },
              [](const Growing& block) { return block.added.inputs + block.added.outputs; },
              [](const Polynomial& polynomial) { return polynomial.inputs + monomials(polynomial).size(); },
              [](const Residual& block) { return block.layers.empty() ? 0 : block.layers.back().outputs; }},
        layer);
}

std::size_t weight_count(const Network& network) {
    std::size_t count = 0;
    for (const Layer& layer : network.layers) {
        std::visit(Match{[&](const Dense& dense) { count += weight_count(dense); },
                         [&](const Growing& block) { count += weight_count(block.added); }, [](const Polynomial&) {},
                         [&](const Residual& block) {
                             for (const Dense& dense : block.layers) count += weight_count(dense);
                         }},
                   layer);
    }
    return count;
}

std::string describe(const Network& network) {
    std::string text = std::to_string(network.input_count());
    for (const Layer& layer : network.layers) {
        std::visit(Match{[&](const Dense& dense) { text += describe(dense); },
                         [&](const Growing& block) { text += " -> (x," + describe(block.added) + ")"; },
                         [&](const Polynomial& polynomial) {
                             text += " -> " + std::to_string(output_count(polynomial)) + " monomials of degree 1 .. " +
                                     std::to_string(polynomial.order);
                         },
                         [&](const Residual& block) {
                             text += " -> (x +";
                             for (const Dense& dense : block.layers) text += describe(dense);
                             text += ")";
                         }},
                   layer);
    }
    return text;
}

void check(const Network& network) {
    const std::size_t inputs = network.input_count();
    if (inputs == 0) refuse("input", "the network has no parameter", "at least one");
    check_numbers("input", "centre", network.input.centre, inputs);
    check_numbers("input", "width", network.input.width, inputs);
    check_widths("input", network.input.width);
    if (network.layers.empty()) refuse("layers", "the network has no layer", "at least one");
    std::size_t width = inputs;
    for (std::size_t i = 0; i < network.layers.size(); ++i) {
        const std::string where = "layer." + std::to_string(i);
        std::visit(Match{[&](const Dense& dense) { check_dense(where, dense, width); },
                         [&](const Growing& block) { check_dense(where, block.added, width); },
                         [&](const Polynomial& polynomial) { check_polynomial(where, polynomial, width); },
                         [&](const Residual& block) { check_residual(where, block, width); }},
                   network.layers[i]);
        width = output_count(network.layers[i]);
    }
    check_numbers("output", "centre", network.output.centre, width);
    check_numbers("output", "width", network.output.width, width);
    check_widths("output", network.output.width);
}

Network with_half_weights(const Network& network) {
    Network halved = network;
    const auto halve = [](Dense& dense) {
        dense.half = true;
        for (float& weight : dense.weights) weight = as_float(to_bfloat16(weight));
    };
    for (Layer& layer : halved.layers) {
        std::visit(Match{[&](Dense& dense) { halve(dense); },
                         [&](Residual& block) {
                             for (Dense& dense : block.layers) halve(dense);
                         },
                         [&](Growing& block) { halve(block.added); }, [](Polynomial&) {}},
                   layer);
    }
    return halved;
}

Network with_outputs(const Network& network, std::span<const std::size_t> indices) {
    if (indices.empty()) refuse("outputs", "no output is asked for", "at least one");
    const std::size_t count = network.output_count();
    Network part = network;
    part.output.centre.clear();
    part.output.width.clear();
    for (const std::size_t index : indices) {
        if (index >= count) {
            refuse("outputs", "output " + std::to_string(index) + " does not exist",
                   "0 .. " + std::to_string(count - 1));
        }
        part.output.centre.push_back(network.output.centre[index]);
        part.output.width.push_back(network.output.width[index]);
    }
    if (Dense* last = std::get_if<Dense>(&part.layers.back())) {
        *last = with_rows(*last, indices);
    } else {
        part.layers.emplace_back(selection(count, indices));
    }
    return part;
}

}  // namespace ism::emulate
