#include <ism/base/model.hpp>

#include <ism/base/errors.hpp>

namespace ism {

void Model::evaluate_with_jacobian(std::span<const double>, std::span<double>, std::span<double>) const {
    throw InputError({.where = "model '" + info().name + "'",
                      .found = "it has no derivative",
                      .next = "train an emulator of it: its Jacobian is exact"});
}

std::size_t check_shapes(const ModelInfo& info, std::size_t parameters, std::size_t outputs) {
    const std::size_t p = info.parameter_count(), m = info.output_count();
    const std::size_t n = p == 0 ? 1 : parameters / p;
    if (n * p != parameters || n * m != outputs) {
        throw InputError(
            {.where = "model '" + info.name + "'",
             .found = "got " + std::to_string(parameters) + " parameter values and room for " +
                      std::to_string(outputs) + " outputs",
             .allowed = "N x " + std::to_string(p) + " parameters and N x " + std::to_string(m) + " outputs"});
    }
    return n;
}

void check_point(const ModelInfo& info, std::span<const double> point) {
    for (std::size_t i = 0; i < info.parameter_count(); ++i) check_range(info.parameters[i], point[i], info.name);
}

}  // namespace ism
