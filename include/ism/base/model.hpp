#pragma once
#include <span>
#include <string>
#include <vector>

#include <ism/base/axis.hpp>
#include <ism/base/parameter.hpp>

namespace ism {

/// What a Model says of itself; `describe`, file headers and the program's options are made from it.
struct ModelInfo {
    std::string name;                   ///< "dust"
    std::string summary;                ///< one sentence
    std::vector<Parameter> parameters;  ///< (P)
    Axis axis;                          ///< (M)
    std::string output_name;            ///< "total"
    std::string output_unit;            ///< "erg s-1 H-1"
    Scale output_scale = Scale::log;    ///< log: outputs are positive and are learned in log
    std::string output_help;            ///< "4 pi nu j_nu per hydrogen nucleon"

    [[nodiscard]] std::size_t parameter_count() const noexcept { return parameters.size(); }
    [[nodiscard]] std::size_t output_count() const noexcept { return axis.size(); }
};

/// Named parameters in, outputs on an axis out, for a batch. Physics, networks and interpolators are all Models.
///
/// Calls of const members from several threads at once are safe.
class Model {
public:
    Model() = default;
    Model(const Model&) = delete;
    Model& operator=(const Model&) = delete;
    virtual ~Model() = default;

    [[nodiscard]] virtual const ModelInfo& info() const noexcept = 0;

    /// Outputs of N points. parameters (N x P), outputs (N x M), row-major, in the declared units.
    /// Throws InputError where a parameter is outside its range, NumericalError where the numbers fail.
    virtual void evaluate(std::span<const double> parameters, std::span<double> outputs) const = 0;

    /// True where a single output may be NaN: this point has no value there, and the others hold. A grid masks it.
    [[nodiscard]] virtual bool leaves_gaps() const noexcept { return false; }

    /// True where `evaluate_with_jacobian` is available.
    [[nodiscard]] virtual bool differentiable() const noexcept { return false; }

    /// Outputs (M) and Jacobian d output / d parameter (M x P) of one point; throws Error where not differentiable.
    virtual void evaluate_with_jacobian(std::span<const double> parameters, std::span<double> outputs,
                                        std::span<double> jacobian) const;
};

/// Throws InputError unless parameters is N x P and outputs N x M; returns N.
std::size_t check_shapes(const ModelInfo& info, std::size_t parameters, std::size_t outputs);

/// check_range on every parameter of one point.
void check_point(const ModelInfo& info, std::span<const double> point);

}  // namespace ism
