#pragma once
#include <string>

namespace ism::observe {

/// What a column of fluxes is, read off the dimension of its unit.
enum class Density {
    per_frequency,      ///< F_nu: Jy, MJy sr-1, erg s-1 Hz-1 ...
    per_wavelength,     ///< F_lambda: W m-2 um-1 ...
    per_log_frequency,  ///< nu F_nu: W m-2, erg s-1 cm-2, erg s-1 H-1 ...
    none,               ///< no flux
};

/// Throws InputError for a text that is no unit.
[[nodiscard]] Density density_of(const std::string& unit);

/// nu F_nu of one unit of that density at a wavelength [um], in cgs: multiplies a flux in `unit`.
[[nodiscard]] double to_nu_f_nu(const std::string& unit, double wavelength);

/// The same to a factor that does not depend on the wavelength: enough where it is divided out again.
[[nodiscard]] double to_nu_f_nu(Density density, double wavelength);

/// True for a unit of an observed flux: of F_nu, F_lambda or nu F_nu, with or without a solid angle. False for what
/// density_of alone would take, a luminosity or a pressure, and for a text that is no unit.
[[nodiscard]] bool is_observed_flux(const std::string& unit);

/// True for a flux per solid angle.
[[nodiscard]] bool is_surface_brightness(const std::string& unit);

}  // namespace ism::observe
