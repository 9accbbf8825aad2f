#pragma once
#include <cmath>
#include <vector>

#include <ism/base/model.hpp>

/// A small model with exact derivatives: dust of one temperature in eight bands.
///
///     flux_j = 100 (250 um / lambda_j)^(3 + beta) / (exp(14388 um K / (lambda_j T)) - 1)
class ToyModel final : public ism::Model {
public:
    ToyModel() {
        info_.name = "toy";
        info_.summary = "a modified blackbody";
        info_.parameters = {{.name = "T",
                             .unit = "K",
                             .low = 10,
                             .high = 60,
                             .fallback = 20,
                             .scale = ism::Scale::log,
                             .help = "temperature"},
                            {.name = "beta", .unit = "", .low = 1, .high = 3, .fallback = 1.8, .help = "slope"}};
        info_.axis.name = info_.axis.kind = "band";
        info_.axis.unit = "um";
        info_.axis.values = {60, 100, 160, 250, 350, 500, 850, 1300};
        info_.output_name = "flux";
        info_.output_unit = "Jy";
    }

    [[nodiscard]] const ism::ModelInfo& info() const noexcept override { return info_; }
    [[nodiscard]] bool differentiable() const noexcept override { return true; }

    void evaluate(std::span<const double> parameters, std::span<double> outputs) const override {
        const std::size_t n = ism::check_shapes(info_, parameters.size(), outputs.size());
        for (std::size_t i = 0; i < n; ++i) {
            ism::check_point(info_, parameters.subspan(2 * i, 2));
            for (std::size_t j = 0; j < info_.axis.size(); ++j)
                outputs[i * info_.axis.size() + j] = flux(j, parameters[2 * i], parameters[2 * i + 1]);
        }
    }

    void evaluate_with_jacobian(std::span<const double> parameters, std::span<double> outputs,
                                std::span<double> jacobian) const override {
        evaluate(parameters, outputs);
        for (std::size_t j = 0; j < info_.axis.size(); ++j) {
            const double x = 14388 / (info_.axis.values[j] * parameters[0]);
            jacobian[2 * j] = outputs[j] * x / -std::expm1(-x) / parameters[0];
            jacobian[2 * j + 1] = outputs[j] * std::log(250 / info_.axis.values[j]);
        }
    }

private:
    [[nodiscard]] double flux(std::size_t j, double temperature, double beta) const {
        const double x = 14388 / (info_.axis.values[j] * temperature);
        return 100 * std::pow(250 / info_.axis.values[j], 3 + beta) / std::expm1(x);
    }

    ism::ModelInfo info_;
};
