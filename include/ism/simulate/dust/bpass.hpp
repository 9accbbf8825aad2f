#pragma once
#include <string>
#include <string_view>
#include <vector>

#include <ism/simulate/dust/radiation_field.hpp>

namespace ism::simulate::dust {

/// Spectra of a single burst of star formation against its age.
///
/// Two layouts are read: BPASS's own `spectra-bin-*.dat` (also .gz): wavelength [Angstrom] and 51 columns of
/// L_lambda [Lsun/Angstrom] for log10(age/yr) = 6.0, 6.1 ... 11.0 (Eldridge, Stanway et al. 2017, PASA 34, e058,
/// doi:10.1017/pasa.2017.51); and ours, whose first row is 0 and log10(age) of the columns, the wavelengths in um.
/// Wavelengths below 0.0912 um are left out: those photons ionise hydrogen and do not reach the dust.
class BpassLibrary {
public:
    /// Parses a table; `name` is shown in errors. Throws InputError with the line.
    BpassLibrary(std::string_view text, const std::string& name);
    /// Reads a file of either layout, compressed or not.
    [[nodiscard]] static BpassLibrary read(const std::string& path);
    /// The Z = 0.008 binary models built into the library.
    [[nodiscard]] static const BpassLibrary& embedded();

    [[nodiscard]] double youngest() const;  ///< [yr]
    [[nodiscard]] double oldest() const;    ///< [yr]
    /// The shape at an age [yr], scaled to U = 1: ln(L) a smooth cubic in log age. Throws InputError outside the ages.
    [[nodiscard]] RadiationField field(double age) const;

private:
    std::string name_;
    std::vector<double> wavelengths_;  ///< [cm] (L)
    std::vector<double> log_ages_;     ///< log10(age/yr) (A)
    std::vector<double> intensities_;  ///< (A x L), each age of strength U = 1
};

}  // namespace ism::simulate::dust
