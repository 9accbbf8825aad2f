#pragma once
#include <memory>
#include <string>
#include <vector>

#include <ism/base/model.hpp>

namespace ism::infer {

/// How the dust of a source is spread over radiation fields U, by mass.
enum class FieldDistribution {
    single,          ///< all of it sees one U
    power_law,       ///< dM ~ U^-alpha dU, 0.3 < U < 1e5 (Dale & Helou 2002, doi:10.1086/341632)
    delta_power_law  ///< 1 - gamma of it at U_min, gamma of it dM ~ U^-alpha dU from there to the largest U of the
                     ///< model (Draine & Li 2007, doi:10.1086/511055, eq. 23)
};
[[nodiscard]] std::string to_string(FieldDistribution distribution);
/// "single", "power-law", "delta-power-law"; throws InputError for any other word.
[[nodiscard]] FieldDistribution distribution_from_string(const std::string& word);

/// A Model of dust that sees a distribution of radiation fields, around a Model with a parameter U.
///
/// In place of U stand alpha (power_law), or U_min, alpha and gamma (delta_power_law). The integral over ln U is a
/// Gauss- Legendre sum of 24 fields; the weights of the sum add up to 1, so that the mass is that of the source.
/// Differentiable where the Model around which it stands is.
class RadiationMixture final : public Model {
public:
    /// Throws InputError where the model has no parameter U, its range does not hold the distribution, or the
    /// distribution is `single`.
    RadiationMixture(std::shared_ptr<const Model> model, FieldDistribution distribution);

    [[nodiscard]] const ModelInfo& info() const noexcept override { return info_; }
    [[nodiscard]] FieldDistribution distribution() const noexcept { return distribution_; }
    void evaluate(std::span<const double> parameters, std::span<double> outputs) const override;
    [[nodiscard]] bool differentiable() const noexcept override { return model_->differentiable(); }
    void evaluate_with_jacobian(std::span<const double> parameters, std::span<double> outputs,
                                std::span<double> jacobian) const override;

private:
    struct Fields;
    /// Fields, weights and their derivatives, of one point.
    [[nodiscard]] Fields fields_of(std::span<const double> point) const;
    /// The point of the model inside, at a field.
    void inner_point(std::span<const double> point, double field, std::span<double> inner) const;

    std::shared_ptr<const Model> model_;
    FieldDistribution distribution_;
    std::size_t field_at_;  // parameter U of the model inside
    double low_, high_;     // of the power law; low_ of power_law only
    ModelInfo info_;        // parameters of the distribution first, then those of the model inside without U
    std::size_t own_;       // how many are of the distribution
};

}  // namespace ism::infer
