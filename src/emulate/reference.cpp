#include <ism/emulate/reference.hpp>

#include <cmath>
#include <numbers>

namespace ism::emulate::reference {
namespace {

/// A value and its derivatives along the parameters, all rules of forward differentiation in one place.
ValuesAndJacobian applied(const Dense& dense, const ValuesAndJacobian& in, std::size_t parameters) {
    ValuesAndJacobian out{std::vector<double>(dense.outputs), std::vector<double>(dense.outputs * parameters)};
    for (std::size_t j = 0; j < dense.outputs; ++j) {
        double sum = dense.bias[j];
        for (std::size_t k = 0; k < dense.inputs; ++k)
            sum += double{dense.weights[j * dense.inputs + k]} * in.values[k];
        const bool learned = !dense.alpha.empty();
        const auto f =
            activate<double>(dense.activation, sum, learned ? dense.alpha[j] : 1, learned ? dense.beta[j] : 0);
        out.values[j] = f.value;
        for (std::size_t p = 0; p < parameters; ++p) {
            double change = 0;
            for (std::size_t k = 0; k < dense.inputs; ++k)
                change += double{dense.weights[j * dense.inputs + k]} * in.jacobian[k * parameters + p];
            out.jacobian[j * parameters + p] = f.slope * change;
        }
    }
    return out;
}

ValuesAndJacobian applied(const Residual& block, const ValuesAndJacobian& in, std::size_t parameters) {
    ValuesAndJacobian out = in;
    for (const Dense& dense : block.layers) out = applied(dense, out, parameters);
    for (std::size_t j = 0; j < out.values.size(); ++j) out.values[j] += in.values[j];
    for (std::size_t j = 0; j < out.jacobian.size(); ++j) out.jacobian[j] += in.jacobian[j];
    return out;
}

ValuesAndJacobian applied(const Growing& block, const ValuesAndJacobian& in, std::size_t parameters) {
    ValuesAndJacobian out = in;
    const ValuesAndJacobian added = applied(block.added, in, parameters);
    out.values.insert(out.values.end(), added.values.begin(), added.values.end());
    out.jacobian.insert(out.jacobian.end(), added.jacobian.begin(), added.jacobian.end());
    return out;
}

ValuesAndJacobian applied(const Polynomial& polynomial, const ValuesAndJacobian& in, std::size_t parameters) {
    ValuesAndJacobian out = in;
    for (const auto& [earlier, input] : monomials(polynomial)) {
        for (std::size_t p = 0; p < parameters; ++p)
            out.jacobian.push_back(out.jacobian[earlier * parameters + p] * in.values[input] +
                                   out.values[earlier] * in.jacobian[input * parameters + p]);
        out.values.push_back(out.values[earlier] * in.values[input]);
    }
    return out;
}

}  // namespace

std::vector<double> standardised_inputs(const Network& network, std::span<const double> point) {
    const InputScaling& input = network.input;
    std::vector<double> z;
    for (std::size_t p = 0; p < point.size(); ++p) {
        const double scaled = input.scales[p] == Scale::log ? std::log10(point[p]) : point[p];
        z.push_back((scaled - input.centre[p]) / input.width[p]);
    }
    return z;
}

ValuesAndJacobian standardised_outputs(const Network& network, std::span<const double> point) {
    const std::size_t parameters = network.input_count();
    ValuesAndJacobian state{standardised_inputs(network, point), std::vector<double>(parameters * parameters)};
    for (std::size_t p = 0; p < parameters; ++p) state.jacobian[p * parameters + p] = 1;
    for (const Layer& layer : network.layers) {
        state = std::visit([&](const auto& kind) { return applied(kind, state, parameters); }, layer);
    }
    return state;
}

ValuesAndJacobian evaluate(const Network& network, std::span<const double> point) {
    const std::size_t parameters = network.input_count();
    ValuesAndJacobian state = standardised_outputs(network, point);
    for (std::size_t j = 0; j < state.values.size(); ++j) {
        const double linear = network.output.centre[j] + network.output.width[j] * state.values[j];
        const bool log = network.output.scale == Scale::log;
        const double y = log ? std::pow(10.0, linear) : linear;
        const double dy_dz = network.output.width[j] * (log ? std::numbers::ln10 * y : 1);
        state.values[j] = y;
        for (std::size_t p = 0; p < parameters; ++p) {
            const double dx = network.input.scales[p] == Scale::log ? std::numbers::ln10 * point[p] : 1;
            state.jacobian[j * parameters + p] *= dy_dz / (network.input.width[p] * dx);
        }
    }
    return state;
}

}  // namespace ism::emulate::reference
