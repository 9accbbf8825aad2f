#pragma once
#include <string>
#include <utility>
#include <vector>

#include <ism/base/model.hpp>

namespace ism {

/// A Model with some parameters held fixed and the ranges of the others narrowed: what a grid samples.
///
/// Holds a reference to the whole model, which must live as long.
class ModelSlice final : public Model {
public:
    /// `ranges` are the parameters of the whole model in its order; where low == high the parameter is fixed.
    /// Throws InputError where a range leaves that of the model or nothing varies.
    ModelSlice(const Model& whole, const std::vector<Parameter>& ranges);

    [[nodiscard]] const ModelInfo& info() const noexcept override { return info_; }
    void evaluate(std::span<const double> parameters, std::span<double> outputs) const override;

    [[nodiscard]] bool leaves_gaps() const noexcept override { return whole_.leaves_gaps(); }

    /// Names and values of the parameters held fixed.
    [[nodiscard]] const std::vector<std::pair<std::string, double>>& fixed() const noexcept { return fixed_; }

private:
    const Model& whole_;
    ModelInfo info_;
    std::vector<double> point_;           ///< of the whole model, with the fixed values in place
    std::vector<std::size_t> positions_;  ///< of the varying parameters in `point_`
    std::vector<std::pair<std::string, double>> fixed_;
};

}  // namespace ism
