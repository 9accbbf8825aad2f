#include <ism/emulate/interpolator.hpp>

#include <algorithm>
#include <cmath>

#include <ism/base/errors.hpp>

#include "methods.hpp"
#include "nodes.hpp"

namespace ism::emulate {
namespace {

void add_row(std::span<float> sum, const float* row, float weight) {
    for (std::size_t j = 0; j < sum.size(); ++j) sum[j] += weight * row[j];
}

}  // namespace

void Interpolator::evaluate(std::span<const double> parameters, std::span<double> outputs) const {
    const std::size_t count = check_shapes(table_.info, parameters.size(), outputs.size());
    const std::size_t p = table_.info.parameter_count();
    const std::size_t m = table_.info.output_count();
    const bool log = table_.info.output_scale == Scale::log;
    std::vector<double> position(p);
    std::vector<Weight> weights;
    std::vector<float> sum(m);
    for (std::size_t i = 0; i < count; ++i) {
        const auto point = parameters.subspan(i * p, p);
        check_point(table_.info, point);
        to_unit_cube(table_.info, point, position);
        weigh(position, weights);
        std::fill(sum.begin(), sum.end(), 0.0F);
        for (const Weight& weight : weights) {
            add_row(sum, table_.values.data() + weight.row * m, static_cast<float>(weight.value));
        }
        const auto out = outputs.subspan(i * m, m);
        for (std::size_t j = 0; j < m; ++j) out[j] = table_.centre[j] + static_cast<double>(sum[j]);
        if (log) std::transform(out.begin(), out.end(), out.begin(), [](double value) { return std::exp(value); });
    }
}

const std::vector<InterpolationMethod>& interpolation_methods() {
    static const std::vector<InterpolationMethod> methods{
        {"nearest", "nearest neighbour", "the spectrum of the nearest node", make_nearest},
        {"linear", "linear interpolation", "multilinear in a regular grid, local linear among scattered nodes",
         make_linear},
        {"cubic", "cubic spline", "tensor spline in a regular grid, local cubic radial basis among scattered nodes",
         make_cubic},
        {"rbf-linear", "linear radial basis", "sum of distances to the 100 nearest nodes", make_radial_linear},
        {"rbf-cubic", "cubic radial basis", "sum of cubed distances to the 100 nearest nodes and a plane",
         make_radial_cubic},
        {"rbf-quintic", "quintic radial basis", "sum of fifth powers of distances and a quadric", make_radial_quintic},
        {"neighbours", "k nearest neighbours", "mean of the nearest nodes by inverse squared distance",
         make_inverse_distance},
    };
    return methods;
}

std::unique_ptr<Interpolator> make_interpolator(std::string_view method, const Dataset& dataset) {
    std::vector<std::string> names;
    for (const auto& candidate : interpolation_methods()) {
        if (candidate.name == method) return candidate.make(dataset);
        names.push_back(candidate.name);
    }
    const std::string name(method);
    refuse_name(name, names, {.where = "interpolation method '" + name + "'", .found = "there is no such method"});
}

}  // namespace ism::emulate
