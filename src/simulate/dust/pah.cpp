#include <ism/simulate/dust/pah.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include <ism/base/constants.hpp>
#include <ism/base/errors.hpp>
#include <ism/base/text.hpp>

namespace ism::simulate::dust {
namespace {

using constants::micron, constants::nanometre;

/// One band of Draine & Li 2007, table 1.
struct Band {
    double wavelength;  ///< lambda_j [um]
    double width;       ///< gamma_j [1]
    double neutral;     ///< sigma_j [1e-20 cm per C atom], neutral
    double ionised;     ///< the same, ion
    bool per_hydrogen;  ///< the strength is to be multiplied by H/C
};

constexpr std::array<Band, 2> ultraviolet_bands{{
    {0.0722, 0.195, 7.97e7, 7.97e7, false},
    {0.2175, 0.217, 1.23e7, 1.23e7, false},
}};

constexpr std::array<Band, 28> infrared_bands{{
    {1.050, 0.055, 0.0, 2.0e4, false},  {1.260, 0.11, 0.0, 0.078, false},    {1.905, 0.09, 0.0, -146.5, false},
    {3.300, 0.012, 394.0, 89.4, true},  {5.270, 0.034, 2.5, 20.0, false},    {5.700, 0.035, 4.0, 32.0, false},
    {6.220, 0.030, 29.4, 235.0, false}, {6.690, 0.070, 7.35, 59.0, false},   {7.417, 0.126, 20.8, 181.0, false},
    {7.598, 0.044, 18.1, 163.0, false}, {7.850, 0.053, 21.9, 197.0, false},  {8.330, 0.052, 6.94, 48.0, true},
    {8.610, 0.039, 27.8, 194.0, true},  {10.68, 0.020, 0.3, 0.3, true},      {11.23, 0.012, 18.9, 17.7, true},
    {11.33, 0.032, 52.0, 49.0, true},   {11.99, 0.045, 24.2, 20.5, true},    {12.62, 0.042, 35.0, 31.0, true},
    {12.69, 0.013, 1.3, 1.3, true},     {13.48, 0.040, 8.0, 8.0, true},      {14.19, 0.025, 0.45, 0.45, false},
    {15.90, 0.020, 0.04, 0.04, false},  {16.45, 0.014, 0.5, 0.5, false},     {17.04, 0.065, 2.22, 2.22, false},
    {17.375, 0.012, 0.11, 0.11, false}, {17.87, 0.016, 0.067, 0.067, false}, {18.92, 0.10, 0.10, 0.17, false},
    {15.0, 0.8, 50.0, 50.0, false},
}};

/// What the cross-section depends on besides the wavelength.
struct Molecule {
    double carbon_atoms;
    double hydrogen_per_carbon;
    Charge charge;
};

/// S_j [cm2 per C atom]: a Drude profile at wavelength `w` [um].
double drude_profile(const Band& band, double w, const Molecule& pah) {
    const double strength = (pah.charge == Charge::neutral ? band.neutral : band.ionised) * 1e-20 *
                            (band.per_hydrogen ? pah.hydrogen_per_carbon : 1.0);
    const double detuning = w / band.wavelength - band.wavelength / w;
    return 2.0 / std::numbers::pi * band.width * band.wavelength * micron * strength /
           (detuning * detuning + band.width * band.width);
}

/// Electronic absorption beyond the cut-off wavelength (Desert et al. 1990; Li & Draine 2001, appendix).
double cutoff(double w, const Molecule& pah) {
    const double rings = (pah.carbon_atoms > 40.0 ? 0.4 : 0.3) * pah.carbon_atoms;
    const double edge = pah.charge == Charge::neutral ? 1.0 / (3.804 / std::sqrt(rings) + 1.052)
                                                      : 1.0 / (2.282 / std::sqrt(rings) + 0.889);  // [um]
    const double y = edge / w;
    return std::atan(1e3 * std::pow(y - 1.0, 3) / y) / std::numbers::pi + 0.5;
}

double infrared(double w, const Molecule& pah) {
    const double x = 1.0 / w;
    double sum = 34.58 * std::pow(10.0, -18.0 - 3.431 / x) * cutoff(w, pah);
    if (pah.charge == Charge::ionised) sum += 3.5 * std::pow(10.0, -19.0 - 1.45 / x) * std::exp(-0.1 * x * x);
    for (const auto& band : infrared_bands) sum += drude_profile(band, w, pah);
    return std::max(0.0, sum);  // the published bands of ions add up to less than 0 around 1.9 um
}

double ultraviolet(double w, const Molecule& pah) {
    const double x = 1.0 / w, far = x - 5.9;
    if (x < 5.9) return drude_profile(ultraviolet_bands[1], w, pah) + (1.8687 + 0.1905 * x) * 1e-18;
    if (x < 7.7) {
        return drude_profile(ultraviolet_bands[1], w, pah) +
               (1.8687 + 0.1905 * x + far * far * (0.4175 + 0.04370 * far)) * 1e-18;
    }
    if (x < 10.0) return (66.302 + x * (-24.367 + x * (2.950 - 0.1057 * x))) * 1e-18;
    if (x < 15.0) return drude_profile(ultraviolet_bands[0], w, pah) + (-3.0 + 1.35 * x) * 1e-18;
    return (126.0 - 6.4943 * x) * 1e-18;
}

}  // namespace

double carbon_atoms(double radius) {
    constexpr double per_volume = 2.24 / (12.0107 * constants::atomic_mass);  // [cm-3]
    return 4.0 / 3.0 * std::numbers::pi * radius * radius * radius * per_volume;
}

double hydrogen_per_carbon(double carbon_atoms) { return 0.5 / std::sqrt(std::clamp(carbon_atoms / 25.0, 1.0, 4.0)); }

double pah_share(double radius) { return 0.99 * std::min(1.0, std::pow(pure_pah_limit / radius, 3)); }

double pah_ionised_fraction(double radius) { return 1.0 - 1.0 / (1.0 + radius / nanometre); }

double pah_cross_section_per_carbon(double wavelength, double carbon_atoms, Charge charge) {
    if (!(wavelength >= shortest_pah_wavelength && carbon_atoms > 0)) {
        throw InputError(ErrorText{.where = "PAH cross-section",
                                   .found = "wavelength " + to_text(wavelength / micron, 6) + " um, " +
                                            to_text(carbon_atoms, 6) + " carbon atoms",
                                   .allowed = "wavelength >= 1/17.25 um, carbon atoms > 0"});
    }
    const Molecule pah{carbon_atoms, hydrogen_per_carbon(carbon_atoms), charge};
    const double w = wavelength / micron;
    return w * 3.3 > 1.0 ? infrared(w, pah) : ultraviolet(w, pah);
}

}  // namespace ism::simulate::dust
