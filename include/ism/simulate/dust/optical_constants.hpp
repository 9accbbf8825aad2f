#pragma once
#include <complex>
#include <string>
#include <string_view>
#include <vector>

namespace ism::simulate::dust {

/// Dielectric function of a material, from a table of its refractive index.
///
/// Between the rows Re(eps) - 1 is linear and Im(eps) a power law in the wavelength; so the conductor at long
/// wavelengths (Re constant, Im ~ lambda) is exact however coarse the table is there.
class OpticalConstants {
public:
    /// `table`: '#' header lines, then rows "wavelength [um]  Re(n) - 1  Im(n)", wavelengths increasing.
    /// Throws InputError naming `name` and the line where a row is not that.
    OpticalConstants(std::string_view table, std::string name);

    /// eps at a wavelength [cm] inside the table; throws InputError outside.
    [[nodiscard]] std::complex<double> dielectric(double wavelength) const;
    [[nodiscard]] double shortest() const noexcept;  ///< [cm]
    [[nodiscard]] double longest() const noexcept;   ///< [cm]

private:
    std::string name_;
    std::vector<double> log_wavelength_, real_, log_imaginary_;
};

/// Refractive index n + i k for a dielectric function (k >= 0).
[[nodiscard]] std::complex<double> refractive_index(std::complex<double> dielectric);

/// Response of free electrons, -w_p^2 / (w (w + i gamma)), whose collision rate grows with the surface of the grain:
/// gamma = gamma_bulk + hbar v/a (Draine & Lee 1984, doi:10.1086/162480, section IIc).
struct FreeElectrons {
    double plasma_energy;  ///< hbar w_p        [eV]
    double bulk_damping;   ///< hbar gamma_bulk [eV]
    double surface_speed;  ///< v               [cm s-1]

    /// Their part of eps at a wavelength [cm] in a grain of radius a [cm].
    [[nodiscard]] std::complex<double> dielectric(double wavelength, double radius) const;
};

/// Direction of the electric field against the c axis of graphite.
enum class GraphiteAxis { perpendicular, parallel };

/// Astronomical silicate of Draine 2003 (doi:10.1086/379118, 10.1086/379123), 9e-4 um ... 12 cm.
[[nodiscard]] const OpticalConstants& draine_silicate_constants();

/// Graphite of Draine 2003 (the same papers) for a grain of radius a [cm]: his table for 0.01 um with its free
/// electrons exchanged for those of radius a. The three numbers of FreeElectrons are our fit to his pair of tables for
/// 0.01 and 0.1 um (he gives no others), whose difference is free electrons alone; they return the 0.1 um table from
/// the other one within 3e-4 of |eps| at every wavelength.
[[nodiscard]] std::complex<double> draine_graphite_dielectric(GraphiteAxis axis, double wavelength, double radius);

/// The free electrons of that fit.
[[nodiscard]] const FreeElectrons& graphite_free_electrons(GraphiteAxis axis);

}  // namespace ism::simulate::dust
