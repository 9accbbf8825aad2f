#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace ism::simulate::dust {

/// U = 1: the energy of the solar neighbourhood's starlight between 0.0912 and 8 um, 2.2e-5 W m-2 [erg s-1 cm-2].
inline constexpr double unit_field = 2.2e-2;
inline constexpr double lyman_edge = 0.0912e-4;    ///< [cm]: shorter photons ionise hydrogen and do not reach the dust
inline constexpr double unit_field_end = 8.0e-4;   ///< [cm]
inline constexpr double cmb_temperature = 2.7255;  ///< [K], Fixsen 2009, doi:10.1088/0004-637X/707/2/916

/// The mean intensity that shines on the grains, as 4 pi J_lambda [erg s-1 cm-2 cm-1] on a wavelength grid [cm].
///
/// Between two nodes ln(4 pi J) is linear in ln(lambda) (linear where one of them is zero); outside it is zero.
class RadiationField {
public:
    /// Throws InputError unless the wavelengths increase and every intensity is finite and >= 0, one of them > 0.
    RadiationField(std::string name, std::vector<double> wavelengths, std::vector<double> intensities);

    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    [[nodiscard]] const std::vector<double>& wavelengths() const noexcept { return wavelengths_; }
    [[nodiscard]] const std::vector<double>& intensities() const noexcept { return intensities_; }
    /// 4 pi J_lambda at one wavelength [cm].
    [[nodiscard]] double at(double wavelength) const;
    /// The same at increasing wavelengths [cm].
    [[nodiscard]] std::vector<double> at(const std::vector<double>& increasing) const;
    /// Where the field begins: below this wavelength [cm] it is dark.
    [[nodiscard]] double start() const noexcept { return start_; }
    /// Strength in units of U: integral of 4 pi J_lambda over 0.0912-8 um divided by unit_field.
    [[nodiscard]] double strength() const;
    /// The same shape with strength 1. Throws InputError where less than a millionth of its energy is at 0.0912-8 um: U
    /// says nothing about such light.
    [[nodiscard]] RadiationField with_unit_strength() const;
    /// The same shape, `factor` times stronger.
    [[nodiscard]] RadiationField scaled(double factor) const;

private:
    std::string name_;
    std::vector<double> wavelengths_;
    std::vector<double> intensities_;
    double start_ = 0.0;
};

/// Interstellar radiation field of the solar neighbourhood, Mathis, Mezger & Panagia 1983 (1983A&A...128..212M), as
/// three power laws in the ultraviolet and three diluted black bodies, zero below 0.0912 um.
[[nodiscard]] RadiationField mathis_field();
/// 4 pi dilution B_lambda(T), zero below 0.0912 um and beyond 3 cm. Throws InputError unless 10 K <= T <= 1e6 K.
[[nodiscard]] RadiationField blackbody_field(double temperature, double dilution = 1.0);
/// 4 pi B_lambda(2.7255 K), the cosmic microwave background, from 50 um to 30 cm; never counted in U.
[[nodiscard]] RadiationField cmb_field();
/// A file of wavelength [um] and 4 pi J_nu [erg s-1 cm-2 Hz-1] (DustEM's, or any two columns), linear between its
/// points as DustEM takes it and not cut at 0.0912 um: what the file says is what shines.
[[nodiscard]] RadiationField file_field(const std::string& path);

}  // namespace ism::simulate::dust
