#pragma once
#include <cmath>
#include <cstddef>

#include <ism/base/constants.hpp>

namespace ism::simulate::dust {

/// B_lambda(T) = 2 h c^2 / lambda^5 / (exp(h c / lambda k T) - 1)  [erg s-1 cm-2 cm-1 sr-1]; lambda [cm], T [K].
[[nodiscard]] inline double planck_lambda(double wavelength, double temperature) {
    using namespace constants;
    const double x = planck * speed_of_light / (wavelength * boltzmann * temperature);
    const double scale = 2.0 * planck * speed_of_light * speed_of_light / std::pow(wavelength, 5);
    return x > 700.0 ? 0.0 : scale / std::expm1(x);
}

/// Temperatures T_k = T_0 exp(k step): the common abscissa of all tables in T.
struct TemperatureGrid {
    double low = 2.0;      ///< T_0 [K]
    double step = 0.02;    ///< in ln T
    std::size_t size = 0;  ///< K

    [[nodiscard]] double temperature(std::size_t k) const { return low * std::exp(step * static_cast<double>(k)); }
    /// Position of T on the grid, in steps.
    [[nodiscard]] double position(double temperature) const { return std::log(temperature / low) / step; }
};

}  // namespace ism::simulate::dust
