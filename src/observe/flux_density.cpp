#include <ism/observe/flux_density.hpp>

#include <ism/base/constants.hpp>
#include <ism/base/errors.hpp>
#include <ism/base/units.hpp>

namespace ism::observe {
namespace {

enum Power : std::size_t { centimetre = 0, gram = 1, second = 2, radian = 6 };  // of Unit::Dimensions

}  // namespace

Density density_of(const std::string& unit) {
    if (unit.empty()) return Density::none;
    const Unit::Dimensions powers = Unit(unit).dimensions();
    if (powers[gram] != 0 && powers[gram] != 1) return Density::none;  // per gram of dust there is no gram left
    if (powers[second] == -2 && powers[gram] == 1) return Density::per_frequency;
    if (powers[second] != -3) return Density::none;
    return powers[centimetre] % 2 == 0 ? Density::per_log_frequency : Density::per_wavelength;
}

double to_nu_f_nu(const std::string& unit, double wavelength) {
    const double centimetres = wavelength * constants::micron, factor = Unit(unit).cgs_factor();
    switch (density_of(unit)) {
        case Density::per_frequency:
            return factor * constants::speed_of_light / centimetres;
        case Density::per_wavelength:
            return factor * centimetres;
        case Density::per_log_frequency:
            return factor;
        case Density::none:
            break;
    }
    throw InputError({.where = "unit '" + unit + "'",
                      .found = "it is not that of a flux",
                      .allowed = "Jy, MJy sr-1, W m-2 um-1, erg s-1 cm-2, erg s-1 H-1 and the like"});
}

double to_nu_f_nu(Density density, double wavelength) {
    if (density == Density::per_frequency) return 1.0 / wavelength;
    return density == Density::per_wavelength ? wavelength : 1.0;
}

bool is_observed_flux(const std::string& unit) {
    try {
        if (unit.empty()) return false;
        const Unit given(unit);
        for (const char* flux : {"Jy", "Jy sr-1", "W m-2", "W m-2 sr-1", "W m-2 um-1", "W m-2 um-1 sr-1"}) {
            if (given.same_dimension(Unit(flux))) return true;
        }
    } catch (const InputError&) {  // no unit at all
    }
    return false;
}

bool is_surface_brightness(const std::string& unit) { return Unit(unit).dimensions()[radian] == -2; }

}  // namespace ism::observe
