// The activations of every instruction set against their definitions in double precision, over the range where they
// matter.
#include <algorithm>
#include <cmath>

#include "check_relative.hpp"
#include "emulate/kernels.hpp"

using namespace ism::emulate;

namespace {

struct Errors {
    double value = 0;
    double slope = 0;
};

/// Error in units of the exact number, or of `floor` where that is larger.
double error(double fast, double exact, double floor) {
    const double difference = std::abs(fast - exact) / std::max(std::abs(exact), floor);
    return std::isfinite(difference) ? difference : HUGE_VAL;
}

Errors worst(const Kernels& kernels, Activation activation, const std::vector<float>& x) {
    const float alpha = 1.37F, beta = 0.21F;
    std::vector<float> value(x.size()), slope(x.size());
    kernels.activate(activation, alpha, beta, x.data(), value.data(), slope.data(), x.size());
    Errors errors;
    for (std::size_t i = 0; i < x.size(); ++i) {
        const auto exact = activate<double>(activation, x[i], alpha, beta);
        errors.value = std::max(errors.value, error(value[i], exact.value, 1e-9));
        errors.slope =
            std::max(errors.slope, error(slope[i], exact.slope, 1));  // slopes are of order one and cross zero
    }
    return errors;
}

/// Both signs, logarithmic from 1e-6 to 40, and evenly spaced.
std::vector<float> range() {
    std::vector<float> x;
    for (int i = 0; i < 16000; ++i) {
        const double size = 1e-6 * std::pow(4e7, i / 15999.0), even = -40 + 80 * i / 15999.0;
        for (double value : {size, -size, even, even / 12}) x.push_back(static_cast<float>(value));
    }
    return x;
}

}  // namespace

TEST_CASE("vector math: relative error of every activation on every instruction set") {
    const std::vector<float> x = range();
    for (const Engine engine : available_engines()) {
        if (engine == Engine::reference) continue;
        for (const Activation activation : all_activations) {
            CAPTURE(to_string(engine));
            CAPTURE(to_string(activation));
            const Errors errors = worst(kernels_of(engine), activation, x);
            // The argument of gelu's exponential is a cubic or a square: its rounding counts where it is large and the
            // value almost 0.
            const bool gelu = activation == Activation::gelu_tanh || activation == Activation::gelu;
            const double tolerance = gelu ? 8e-6 : 1e-6;
            CHECK(errors.value < tolerance);
            CHECK(errors.slope < tolerance);
        }
    }
}
