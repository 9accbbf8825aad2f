#include <ism/observe/band.hpp>

#include <algorithm>
#include <cmath>

#include <ism/base/constants.hpp>
#include <ism/base/errors.hpp>
#include <ism/base/text.hpp>

namespace ism::observe {

double ReferenceSpectrum::nu_f_nu(double wavelength) const {
    if (kind == Kind::power_law) return std::pow(wavelength, -1.0 - slope);
    const double x = constants::planck * constants::speed_of_light /
                     (wavelength * constants::micron * constants::boltzmann * temperature);
    return std::pow(wavelength, -4.0) / std::expm1(x);
}

std::string ReferenceSpectrum::str() const {
    if (kind == Kind::black_body) return "blackbody:" + to_text(temperature);
    if (slope == -1.0) return "nuFnu";
    if (slope == 0.0) return "Fnu";
    return "nu^" + to_text(slope);
}

ReferenceSpectrum ReferenceSpectrum::parse(std::string_view text) {
    constexpr std::string_view black_body = "blackbody:", power = "nu^";
    if (text == "nuFnu") return {Kind::power_law, -1.0, 0.0};
    if (text == "Fnu") return {Kind::power_law, 0.0, 0.0};
    if (text.starts_with(power)) {
        const auto slope = number_from(text.substr(power.size()));
        if (slope && std::abs(*slope) <= 10.0) return {Kind::power_law, *slope, 0.0};
    }
    if (text.starts_with(black_body)) {
        const auto temperature = number_from(text.substr(black_body.size()));
        if (temperature && *temperature > 0.0 && *temperature < 1e7) return {Kind::black_body, 0.0, *temperature};
    }
    throw InputError({.where = "reference spectrum '" + std::string(text) + "'",
                      .allowed = "nuFnu, Fnu, nu^S (F_nu as a power of the frequency) or blackbody:T in K"});
}

double Band::pivot_wavelength() const {
    // the photon response R: int R lambda dlambda / int R dlambda/lambda, R lambda^2 = c <F_lambda> / <F_nu>
    double above = 0.0, below = 0.0;
    for (std::size_t i = 0; i + 1 < wavelength.size(); ++i) {
        constexpr int steps = 16;  // midpoints in each piece
        const double width = (wavelength[i + 1] - wavelength[i]) / steps;
        for (int k = 0; k < steps; ++k) {
            const double t = (k + 0.5) / steps, at = wavelength[i] + t * (wavelength[i + 1] - wavelength[i]);
            const double linear = response[i] + t * (response[i + 1] - response[i]);
            const double photon = counter == Counter::photon ? linear : linear / at;
            above += width * photon * at;
            below += width * photon / at;
        }
    }
    return std::sqrt(above / below);
}

void check(const Band& band) {
    const auto fail = [&](const std::string& found, const std::string& allowed) {
        throw InputError({.where = "band " + band.name, .found = found, .allowed = allowed});
    };
    if (band.wavelength.size() < 2 || band.response.size() != band.wavelength.size())
        fail(std::to_string(band.wavelength.size()) + " wavelengths, " + std::to_string(band.response.size()) +
                 " responses",
             "two or more of each");
    double peak = 0.0;
    for (std::size_t i = 0; i < band.wavelength.size(); ++i) {
        if (!(band.wavelength[i] > (i == 0 ? 0.0 : band.wavelength[i - 1])) || !std::isfinite(band.wavelength[i]))
            fail("wavelength number " + std::to_string(i + 1) + " does not increase", "positive, increasing");
        if (!(band.response[i] >= 0.0) || !std::isfinite(band.response[i]))
            fail("response number " + std::to_string(i + 1) + " is negative or not finite", "0 or more");
        peak = std::max(peak, band.response[i]);
    }
    if (!(peak > 0.0)) fail("no response above 0", "one at least");
    if (!(band.reference_wavelength > 0.0) || !std::isfinite(band.reference_wavelength))
        fail("reference wavelength " + to_text(band.reference_wavelength), "positive");
}

}  // namespace ism::observe
