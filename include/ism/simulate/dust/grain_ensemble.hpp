#pragma once
#include <array>
#include <cstddef>
#include <limits>
#include <memory>
#include <vector>

#include <ism/simulate/dust/absorption_table.hpp>
#include <ism/simulate/dust/grain_material.hpp>
#include <ism/simulate/dust/grain_thermal.hpp>
#include <ism/simulate/dust/photon_rates.hpp>
#include <ism/simulate/dust/radiation_field.hpp>
#include <ism/simulate/dust/size_distribution.hpp>
#include <ism/simulate/dust/temperature_distribution.hpp>
#include <ism/simulate/dust/vector_kernels.hpp>

namespace ism::simulate::dust {

/// 4 pi B_lambda(T_k) at the grid's temperatures and some wavelengths (K x L), each column times `widths[l]`.
[[nodiscard]] std::vector<double> planck_table(const TemperatureGrid& grid, const std::vector<double>& wavelengths,
                                               const std::vector<double>& widths);

/// What the grains of one material do in one field, at the F dense sizes of an ensemble.
struct EnsembleEmission {
    std::vector<double> emissivity;  ///< 4 pi eps_lambda per grain [erg s-1 cm-1] (F x M)
    std::vector<double> absorbed;    ///< [erg s-1] per grain (F)
    std::vector<double> emitted;     ///< the same before rescaling (F)
};

/// Sizes put between solved ones: below `limit` every interval is cut into steps of ln a of
/// at most `step`. The emission of a small grain
/// falls by e^10 and more per unit of ln a at 1-3 um, where no polynomial follows; its logarithm is smooth. So the
/// logarithm of the mean Planck function at the dense sizes is a cubic in the index of the solved ones, as is ln(a)
/// (a parabola between two joints that have one size between them); the cross-sections it is multiplied with are read
/// from the tables at the dense sizes.
class SizeRefinement {
public:
    /// `step` infinite: nothing is put in between.
    SizeRefinement(const JointedSizes& solved, double limit, double step);
    [[nodiscard]] const JointedSizes& dense() const noexcept { return dense_; }
    /// Positive values at the solved sizes (S x columns) to values at the dense sizes times `factor` (F x columns).
    [[nodiscard]] std::vector<double> spread(const std::vector<double>& values, std::size_t columns,
                                             const std::vector<double>& factor) const;

private:
    static constexpr std::size_t none = static_cast<std::size_t>(-1);
    struct Row {
        std::size_t first;  // solved sizes first .. first + 3
        std::size_t same;   // the solved size it is, or none
        std::array<double, 4> weights;
    };
    std::vector<Row> rows_;
    JointedSizes dense_;
    std::size_t logarithms_ = 0;  // solved sizes whose logarithm is needed
};

/// Grains of one material at a list of sizes, with every table that does not depend on the radiation field.
class GrainEnsemble {
public:
    /// `wavelengths`: where the emissivity is wanted [cm]; `size_step`: see SizeRefinement.
    GrainEnsemble(std::shared_ptr<const GrainMaterial> material, const JointedSizes& solved,
                  std::vector<double> wavelengths, const TemperatureGrid& grid,
                  double size_step = std::numeric_limits<double>::infinity());

    /// Sizes at which the equations are solved (S) [cm].
    [[nodiscard]] const std::vector<double>& sizes() const noexcept { return sizes_; }
    /// Sizes at which emission and cross-sections are given (F >= S) [cm].
    [[nodiscard]] const JointedSizes& dense() const noexcept { return refinement_.dense(); }
    [[nodiscard]] const GrainThermal& thermal(std::size_t size) const { return thermal_[size]; }

    /// Cross-sections for the photon rates of every size in fields on the wavelengths of `field`; `start`: see there.
    [[nodiscard]] AbsorptionTable absorption_table(const RadiationField& field, double start) const;
    /// Solves every size in the field `strength` times as strong as `rates` plus `background` (may be empty) and gives
    /// its emissivity, rescaled to the absorbed energy.
    [[nodiscard]] EnsembleEmission emission(const std::vector<PhotonRates>& rates, double strength,
                                            const std::vector<PhotonRates>& background,
                                            const DistributionOptions& options) const;

private:
    std::shared_ptr<const GrainMaterial> material_;
    std::vector<double> sizes_;
    std::vector<double> wavelengths_;
    TemperatureGrid grid_;
    SizeRefinement refinement_;
    std::vector<double> cross_sections_;  ///< on the material's wavelengths (S x L)
    std::vector<double> absorption_;      ///< at the dense sizes and output wavelengths (F x M)
    std::vector<GrainThermal> thermal_;
    PanelTable planck_;  ///< at the output wavelengths (K x M)
};

}  // namespace ism::simulate::dust
