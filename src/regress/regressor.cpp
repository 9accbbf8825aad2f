#include <ism/regress/regressor.hpp>

#include <algorithm>
#include <cmath>

#include <ism/base/errors.hpp>
#include <ism/regress/gaussian_process.hpp>

namespace ism::regress {

Regressor::Regressor(const emulate::NodeTable& table)
    : info_(table.info), centre_(table.centre), count_(table.count), dropped_(table.dropped) {}

std::vector<double> Regressor::positions_of(std::span<const double> parameters) const {
    const std::size_t p = info_.parameter_count();
    std::vector<double> positions(parameters.size());
    for (std::size_t i = 0; i < parameters.size() / p; ++i) {
        const auto point = parameters.subspan(i * p, p);
        check_point(info_, point);
        emulate::to_unit_cube(info_, point, std::span(positions).subspan(i * p, p));
    }
    return positions;
}

void Regressor::evaluate(std::span<const double> parameters, std::span<double> outputs) const {
    (void)check_shapes(info_, parameters.size(), outputs.size());
    predict(positions_of(parameters), outputs);
    const bool log = info_.output_scale == Scale::log;
    const std::size_t m = info_.output_count();
    for (std::size_t k = 0; k < outputs.size(); ++k) {
        outputs[k] += centre_[k % m];
        if (log) outputs[k] = std::exp(outputs[k]);
    }
}

void Regressor::evaluate_with_jacobian(std::span<const double> parameters, std::span<double> outputs,
                                       std::span<double> jacobian) const {
    const std::size_t p = info_.parameter_count(), m = info_.output_count();
    if (check_shapes(info_, parameters.size(), outputs.size()) != 1 || jacobian.size() != m * p)
        throw InputError({.where = "Jacobian of model '" + info_.name + "'",
                          .found = std::to_string(jacobian.size()) + " values",
                          .allowed = "one point, " + std::to_string(m * p) + " values"});
    std::vector<double> chain(p);
    const auto position = positions_of(parameters);
    emulate::unit_cube_slopes(info_, parameters, chain);
    predict_slopes(position, outputs, jacobian);
    const bool log = info_.output_scale == Scale::log;
    for (std::size_t j = 0; j < m; ++j) {
        outputs[j] += centre_[j];
        if (log) outputs[j] = std::exp(outputs[j]);
        for (std::size_t k = 0; k < p; ++k) jacobian[j * p + k] *= chain[k] * (log ? outputs[j] : 1.0);
    }
}

void Regressor::predict_slopes(std::span<const double>, std::span<double>, std::span<double>) const {
    throw Error("this method has no derivative");
}

const std::vector<RegressionMethod>& regression_methods() {
    static const std::vector<RegressionMethod> methods{
        {"polynomial", "polynomial", "ridge regression on monomials, their order by leave-one-out", make_polynomial},
        {"forest", "random forest", "mean of 100 trees, each grown on a part of the models", make_forest},
        {"boosting", "gradient boosting", "a sum of small trees, each grown on what the others leave", make_boosting},
        {"gaussian-process", "Gaussian process", "Matern covariance by its marginal likelihood",
         [](const Dataset& data) -> std::unique_ptr<Regressor> { return make_gaussian_process(data); }},
    };
    return methods;
}

}  // namespace ism::regress
