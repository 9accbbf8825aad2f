#include <ism/emulate/network.hpp>

#include <array>
#include <cmath>
#include <limits>

#include <ism/base/errors.hpp>
#include <ism/emulate/reference.hpp>

#include "check_relative.hpp"
#include "error_of.hpp"
#include "random_network.hpp"

using namespace ism::emulate;

TEST_CASE("activations: the slope is the derivative of the value") {
    const double h = 1e-3;
    for (const Activation activation : all_activations) {
        CAPTURE(to_string(activation));
        const auto value = [&](double at) { return activate(activation, at, 1.3, 0.2).value; };
        for (double x : {-9.3, -3.1, -1.0, -0.2, -0.01, 0.01, 0.2, 1.0, 3.1, 9.3}) {
            CAPTURE(x);
            const double difference =
                (8 * (value(x + h) - value(x - h)) - (value(x + 2 * h) - value(x - 2 * h))) / (12 * h);
            CHECK(std::abs(activate(activation, x, 1.3, 0.2).slope - difference) < 1e-10);
        }
    }
}

TEST_CASE("activations: known values and limits") {
    CHECK_RELATIVE(activate(Activation::silu, 1.0).value, 0.7310585786300049, 1e-15);  // 1 / (1 + 1/e)
    CHECK_RELATIVE(activate(Activation::softplus, 0.0).value, std::log(2.0), 1e-15);
    CHECK_RELATIVE(activate(Activation::softplus, -50.0).value, std::exp(-50.0), 1e-12);
    CHECK_RELATIVE(activate(Activation::gelu_tanh, 1.0).value, 0.8411919906082768, 1e-12);  // PyTorch
    CHECK_RELATIVE(activate(Activation::selu, -40.0).value, -1.7580993408473766, 1e-12);
    for (double x : {-800.0, 800.0}) {
        for (const Activation activation : all_activations) CHECK(std::isfinite(activate(activation, x).value));
    }
    CHECK(activate(Activation::adaptive_silu, 0.7, 1.0, 0.0).value == activate(Activation::silu, 0.7).value);
}

TEST_CASE("activations: names go there and back, an unknown one lists the known") {
    for (const Activation activation : all_activations)
        CHECK(activation_from_string(to_string(activation)) == activation);
    CHECK_THROWS_WITH_AS((void)activation_from_string("silo"), doctest::Contains("did you mean"), ism::InputError);
}

TEST_CASE("network: described for people") {
    const Network network = random_network({.hidden = {8}, .residual = true}, 1);
    CHECK(describe(network) == "3 -> 8 silu -> (x + -> 5 silu -> 8) -> 21");
    CHECK(weight_count(network) == 3 * 8 + 8 + 8 * 5 + 5 + 5 * 8 + 8 + 8 * 21 + 21);
}

TEST_CASE("network: what does not fit is refused, naming the layer") {
    const Network good = random_network({}, 1);
    CHECK_NOTHROW(check(good));
    const auto refused = [&](auto spoil, const char* text) {
        Network bad = good;
        spoil(bad);
        CHECK_THROWS_WITH_AS(check(bad), doctest::Contains(text), ism::InputError);
    };
    const auto dense = [](Network& network, std::size_t i) -> Dense& { return std::get<Dense>(network.layers[i]); };
    refused([](Network& n) { n.layers.clear(); }, "no layer");
    refused([](Network& n) { n.layers.erase(n.layers.begin()); }, "layer.0");
    refused([&](Network& n) { dense(n, 1).weights.pop_back(); }, "layer.1");
    refused([&](Network& n) { dense(n, 1).bias[3] = std::numeric_limits<float>::quiet_NaN(); }, "NaN");
    refused([&](Network& n) { dense(n, 0).alpha.push_back(1); }, "alpha");
    refused([](Network& n) { n.input.width[1] = 0; }, "> 0");
    refused([](Network& n) { n.output.width[1] = -1; }, "> 0");
    refused([](Network& n) { n.output.centre.pop_back(); }, "output");
    refused([](Network& n) { n.input.centre[0] = std::numeric_limits<double>::infinity(); }, "input");
    refused([](Network& n) { n.layers.insert(n.layers.begin() + 1, Residual{}); }, "no layer");
    refused([&](Network& n) { n.layers.insert(n.layers.begin() + 1, Residual{{dense(n, 2)}}); }, "as many as it takes");
    refused([&](Network& n) { dense(n, 0).outputs = std::numeric_limits<std::size_t>::max(); }, "memory");
    refused([](Network& n) { n.input.scales.clear(); }, "no parameter");
}

TEST_CASE("network: a subset of outputs is a smaller network with the same answers") {
    const std::vector<double> point{0.7, 2.0, 3.0};
    const std::array<std::size_t, 4> asked{20, 0, 7, 7};
    Network with_block_at_end = random_network({}, 2);
    std::mt19937_64 random(3);
    with_block_at_end.layers.emplace_back(Residual{{random_dense(random, 21, 21, Activation::tanh)}});
    for (const Network& network : {random_network({.residual = true}, 1), with_block_at_end}) {
        const auto all = reference::evaluate(network, point).values,
                   some = reference::evaluate(with_outputs(network, asked), point).values;
        REQUIRE(some.size() == asked.size());
        for (std::size_t i = 0; i < asked.size(); ++i) CHECK_RELATIVE(some[i], all[asked[i]], 1e-13);
    }
    CHECK_THROWS_AS((void)with_outputs(random_network({}, 1), std::array<std::size_t, 1>{21}), ism::InputError);
    CHECK_THROWS_AS((void)with_outputs(random_network({}, 1), {}), ism::InputError);
}

TEST_CASE("reference: one neuron by hand, and its derivative") {
    // y = 10^(1 + 2 tanh(0.5 (log10(x) - 1) / 2 + 0.25))
    const Network network{
        .input = {.scales = {ism::Scale::log}, .centre = {1}, .width = {2}},
        .layers = {Dense{
            .inputs = 1, .outputs = 1, .weights = {0.5F}, .bias = {0.25F}, .activation = Activation::tanh}},
        .output = {.scale = ism::Scale::log, .centre = {1}, .width = {2}}};
    const double x = 40, t = std::tanh(0.5 * (std::log10(x) - 1) / 2 + 0.25), y = std::pow(10.0, 1 + 2 * t);
    const auto result = reference::evaluate(network, std::vector<double>{x});
    CHECK_RELATIVE(result.values.at(0), y, 1e-14);
    CHECK_RELATIVE(result.jacobian.at(0), y * 2 * (1 - t * t) * 0.25 / x, 1e-13);
    CHECK_RELATIVE(reference::standardised_outputs(network, std::vector<double>{x}).values.at(0), t, 1e-14);
}

TEST_CASE("polynomials: the monomials of four inputs up to the third degree are 34, by degree") {
    CHECK(output_count(Layer(Polynomial{.inputs = 4, .order = 3})) == 34);
    const std::vector<Monomial> products = monomials({.inputs = 2, .order = 3});
    const auto is = [&](std::size_t q, std::size_t earlier, std::size_t input) {
        return products[q].earlier == earlier && products[q].input == input;
    };
    REQUIRE(products.size() == 7);  // x1 x1, x1 x2, x2 x2, then those times x1 or x2
    CHECK(is(0, 0, 0));
    CHECK(is(1, 0, 1));
    CHECK(is(2, 1, 1));
    CHECK(is(3, 2, 0));
    CHECK(is(4, 2, 1));
    CHECK(is(5, 3, 1));
    CHECK(is(6, 4, 1));
}

TEST_CASE("layers that grow and polynomials are checked, described and counted") {
    Network network = random_network({.inputs = 4, .hidden = {17, 26}, .outputs = 5, .growing = true, .order = 3}, 1);
    CHECK_NOTHROW(check(network));
    CHECK(describe(network) == "4 -> 34 monomials of degree 1 .. 3 -> (x, -> 17 silu) -> (x, -> 26 silu) -> 5");
    CHECK(weight_count(network) == 34 * 17 + 17 + 51 * 26 + 26 + 77 * 5 + 5);
    std::get<Growing>(network.layers[1]).added.inputs = 33;
    CHECK(error_of([&] { check(network); }) != "no error of this kind");
    network.layers = {Polynomial{.inputs = 4, .order = 0}, random_network({.inputs = 4, .hidden = {}}, 1).layers.back()};
    CHECK(error_of([&] { check(network); }) != "no error of this kind");
    network.layers.front() = Polynomial{.inputs = 4, .order = 99};
    CHECK(error_of([&] { check(network); }) != "no error of this kind");
}
