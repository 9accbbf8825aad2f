#pragma once
#include <cmath>
#include <cstdint>
#include <random>

#include <ism/emulate/emulator_file.hpp>

/// Networks and records with random weights, the same for the same seed.
namespace ism::emulate {

template <class Number = double>
std::vector<Number> random_numbers(std::mt19937_64& random, std::size_t count, double low, double high) {
    std::uniform_real_distribution<double> uniform(low, high);
    std::vector<Number> values(count);
    for (Number& value : values) value = static_cast<Number>(uniform(random));
    return values;
}

/// Weights that keep values of order one.
inline Dense random_dense(std::mt19937_64& random, std::size_t inputs, std::size_t outputs, Activation activation) {
    const double bound = std::sqrt(3.0 / static_cast<double>(inputs));
    Dense dense{.inputs = inputs,
                .outputs = outputs,
                .weights = random_numbers<float>(random, inputs * outputs, -bound, bound),
                .bias = random_numbers<float>(random, outputs, -0.3, 0.3),
                .activation = activation};
    if (activation == Activation::adaptive_silu) {
        dense.alpha = random_numbers<float>(random, outputs, 0.5, 2);
        dense.beta = random_numbers<float>(random, outputs, 0, 0.5);
    }
    return dense;
}

/// What a random network is made of.
struct NetworkShape {
    std::size_t inputs = 3;
    std::vector<std::size_t> hidden{16, 16};
    std::size_t outputs = 21;
    Activation activation = Activation::silu;
    bool residual = false;  ///< a block y = x + g(x) follows each hidden layer
    bool growing = false;   ///< hidden layers follow what they are given
    std::size_t order = 1;  ///< of the polynomial that the network begins with; 1: none
    Scale output_scale = Scale::log;
};

inline Network random_network(const NetworkShape& shape, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    Network network;
    for (std::size_t p = 0; p < shape.inputs; ++p)
        network.input.scales.push_back(p % 2 == 0 ? Scale::log : Scale::linear);
    network.input.centre = random_numbers(random, shape.inputs, -0.5, 0.5);
    network.input.width = random_numbers(random, shape.inputs, 1, 3);
    std::size_t width = shape.inputs;
    if (shape.order > 1) {
        network.layers.emplace_back(Polynomial{.inputs = width, .order = shape.order});
        width = output_count(network.layers.back());
    }
    for (const std::size_t next : shape.hidden) {
        Dense dense = random_dense(random, width, next, shape.activation);
        width = shape.growing ? width + next : next;
        network.layers.emplace_back(shape.growing ? Layer(Growing{std::move(dense)}) : Layer(std::move(dense)));
        if (!shape.residual) continue;
        const std::size_t inner = width / 2 + 1;
        network.layers.emplace_back(Residual{{random_dense(random, width, inner, shape.activation),
                                              random_dense(random, inner, width, Activation::identity)}});
    }
    network.layers.emplace_back(random_dense(random, width, shape.outputs, Activation::identity));
    network.output = {.scale = shape.output_scale,
                      .centre = random_numbers(random, shape.outputs, -26, -20),
                      .width = random_numbers(random, shape.outputs, 0.3, 2)};
    return network;
}

/// A record around a network; parameters are called a, b, ... and the domain is 0.1 .. 10 for each.
inline EmulatorRecord record_of(Network network) {
    EmulatorRecord record;
    record.info.name = "random";
    record.info.summary = "random weights";
    record.info.output_name = "total";
    record.info.output_unit = "erg s-1 H-1";
    record.info.output_scale = network.output.scale;
    record.info.axis.name = record.info.axis.kind = "wavelength";
    record.info.axis.unit = "um";
    for (std::size_t p = 0; p < network.input_count(); ++p) {
        record.info.parameters.push_back({.name = std::string(1, static_cast<char>('a' + p)),
                                          .unit = "nm",
                                          .low = 0.1,
                                          .high = 10,
                                          .fallback = 1,
                                          .scale = network.input.scales[p],
                                          .help = "parameter \"é\""});
        record.domain.low.push_back(0.1);
        record.domain.high.push_back(10);
    }
    for (std::size_t j = 0; j < network.output_count(); ++j)
        record.info.axis.values.push_back(1.0 + static_cast<double>(j) / 7);
    record.errors = {{.quantity = "relative error of total",
                      .models = 100,
                      .median = 1e-3,
                      .mean = 2e-3,
                      .percentile_99 = 1e-2,
                      .maximum = 0.1}};
    record.provenance = R"({"program": "test"})";
    record.network = std::move(network);
    return record;
}

/// Points of the domain of record_of, (count x P).
inline std::vector<double> random_points(const EmulatorRecord& record, std::size_t count, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    return random_numbers(random, count * record.info.parameter_count(), 0.1, 10);
}

}  // namespace ism::emulate
