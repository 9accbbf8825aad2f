#pragma once
#include <string>
#include <vector>

#include <ism/base/model.hpp>
#include <ism/io/lamda.hpp>
#include <ism/simulate/lines/level_balance.hpp>

namespace ism::simulate::lines {

/// What the intensity of a line is given in.
enum class LineUnit { erg, kelvin };

/// Choices of a LineModel.
struct LineSetup {
    io::LamdaMolecule molecule;
    std::vector<io::Collider> colliders;  ///< whose densities are parameters, in this order; at least one
    /// H2 is one parameter, split into p-H2 and o-H2 by their thermal ratio; colliders holds h2 alone of the three.
    bool split_h2 = false;
    Geometry geometry = Geometry::lvg;
    LineUnit unit = LineUnit::erg;
    std::string lines = "*";   ///< globs on labels, as chosen_outputs reads them
    bool clamp_rates = false;  ///< T may leave the collision tables, whose rates are held at their ends
};

/// A line of one cloud.
struct LineExcitation {
    double excitation_temperature;  ///< [K], negative where the levels are inverted
    double optical_depth;           ///< at line centre
    double radiation_temperature;   ///< T_R [K], background subtracted
    double kelvin;                  ///< integral over velocity [K km s-1]
    double erg;                     ///< integral over frequency [erg s-1 cm-2 sr-1]
    double upper, lower;            ///< populations
    std::string flag;               ///< "", "absorption", "inverted", "maser" or "thick"
};

/// Below this optical depth a line has no value: its radiation decides the level populations, and along one length
/// only.
inline constexpr double maser_depth = -1.0;
/// Above it escape probabilities are a poor guide; flagged, the value stands.
inline constexpr double thick_depth = 100.0;

/// ortho / para H2 in equilibrium as RADEX has it: min(3, 9 exp(-170.6 K / T)).
[[nodiscard]] double thermal_ortho_para(double temperature);

/// Line intensities of a homogeneous cloud of one molecule: temperature T [K], densities n_X [cm-3] of the partners,
/// column density N [cm-2], line width dv (FWHM) [km s-1] and temperature of the background Tbg [K].
///
/// An output is NaN where a line is a maser (tau < -1), is seen in absorption against the background or is too weak for
/// a double; evaluate throws NumericalError, with the point, where the populations do not converge.
class LineModel final : public Model {
public:
    /// Throws InputError for a partner that the molecule lacks, tables that share no temperature, and globs that fit no
    /// line.
    explicit LineModel(LineSetup setup);

    [[nodiscard]] const ModelInfo& info() const noexcept override { return info_; }
    void evaluate(std::span<const double> parameters, std::span<double> outputs) const override;
    [[nodiscard]] bool leaves_gaps() const noexcept override { return true; }

    /// All chosen lines of one point; throws as evaluate.
    [[nodiscard]] std::vector<LineExcitation> excitation(std::span<const double> point) const;
    /// Lines of the outputs, as indices into the molecule's.
    [[nodiscard]] const std::vector<std::size_t>& chosen() const noexcept { return chosen_; }
    [[nodiscard]] const LineSetup& setup() const noexcept { return setup_; }

private:
    [[nodiscard]] Conditions conditions(std::span<const double> point) const;
    [[nodiscard]] LineExcitation line(std::size_t index, const Conditions& cloud, double width,
                                      std::span<const double> populations) const;
    void solve(std::span<const double> parameters, std::span<double> populations) const;

    LineSetup setup_;
    LevelSystem system_;
    std::vector<std::size_t> chosen_;
    ModelInfo info_;
};

}  // namespace ism::simulate::lines
