#pragma once
#include <array>
#include <cstddef>
#include <vector>

#include <ism/simulate/dust/grain_material.hpp>
#include <ism/simulate/dust/planck.hpp>

namespace ism::simulate::dust {

/// Thermal properties of one grain on the common temperature grid, none of which depends on the radiation field.
struct GrainThermal {
    TemperatureGrid grid;
    std::vector<double> enthalpy;      ///< H(T_k) [erg]
    std::vector<double> slope;         ///< dH/dlnT at T_k [erg]
    std::vector<double> cooling;       ///< Lambda(T_k) = integral sigma 4 pi B_lambda dlambda [erg s-1]
    std::vector<double> cooling_time;  ///< integral_{T_0}^{T_k} dH / Lambda [s]

    /// The three first tables at a position on the grid (in steps), by a cubic through four nodes.
    struct State {
        double enthalpy, slope, cooling;
    };
    [[nodiscard]] State at(double position) const;
    /// Position (in steps) where the cooling equals a power [erg s-1]; the ends of the grid where it does not.
    [[nodiscard]] double equilibrium(double power) const;
};

/// A point of the uniform grid and the four cubic Lagrange weights around it (nodes first .. first + 3).
struct CubicStencil {
    std::size_t first;
    std::array<double, 4> weights;
};
[[nodiscard]] inline CubicStencil cubic_stencil(double position, std::size_t size) {
    const auto last = static_cast<double>(size - 3);
    const double inside = position < 1.0 ? 1.0 : (position < last ? position : last);
    const auto cell = static_cast<std::size_t>(inside);     // rounds down, without the call that std::floor is
    const double t = position - static_cast<double>(cell);  // nodes at -1, 0, 1, 2
    return {cell - 1,
            {-t * (t - 1.0) * (t - 2.0) / 6.0, (t + 1.0) * (t - 1.0) * (t - 2.0) / 2.0,
             -(t + 1.0) * t * (t - 2.0) / 2.0, (t + 1.0) * t * (t - 1.0) / 6.0}};
}

/// Tables of a grain of radius a [cm]; `cross_sections` sigma [cm2] on the material's wavelengths, integrated with
/// `planck` = 4 pi B_lambda(T_k) dlambda (K x L: the trapezoidal weights are in it).
[[nodiscard]] GrainThermal make_thermal(const GrainMaterial& material, double a,
                                        const std::vector<double>& cross_sections, const TemperatureGrid& grid,
                                        const std::vector<double>& planck);

}  // namespace ism::simulate::dust
