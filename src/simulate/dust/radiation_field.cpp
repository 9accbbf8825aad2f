#include <ism/simulate/dust/radiation_field.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>

#include <ism/base/axis.hpp>
#include <ism/base/constants.hpp>
#include <ism/base/errors.hpp>
#include <ism/base/text.hpp>
#include <ism/io/dustem.hpp>
#include <ism/simulate/dust/planck.hpp>

namespace ism::simulate::dust {
namespace {

using constants::micron;
using constants::speed_of_light;
constexpr double four_pi = 4.0 * std::numbers::pi;

/// Wavelengths for a field given by a formula: fine enough that interpolation costs less than 1e-5.
std::vector<double> formula_wavelengths() { return log_spaced(lyman_edge, 3.0, 1600); }

void check(const std::string& name, const std::vector<double>& wavelengths, const std::vector<double>& intensities) {
    const auto fail = [&](const std::string& found, const std::string& allowed) {
        throw InputError(ErrorText{"radiation field " + name, found, allowed, "nothing was computed", ""});
    };
    if (wavelengths.size() != intensities.size() || wavelengths.size() < 2) {
        fail(std::to_string(wavelengths.size()) + " wavelengths and " + std::to_string(intensities.size()) + " values",
             "at least two of each");
    }
    for (std::size_t i = 0; i < wavelengths.size(); ++i) {
        if (!(wavelengths[i] > (i == 0 ? 0.0 : wavelengths[i - 1]))) fail("wavelengths that do not increase", "");
        if (!(intensities[i] >= 0.0 && std::isfinite(intensities[i]))) {
            fail("intensity " + to_text(intensities[i]) + " at " + to_text(wavelengths[i] / micron, 5) + " um",
                 "finite numbers >= 0");
        }
    }
    if (std::all_of(intensities.begin(), intensities.end(), [](double j) { return j == 0.0; })) {
        fail("no light at any wavelength", "at least one intensity > 0");
    }
}

/// J_lambda of MMP83 [W m-3 sr-1], lambda in um.
double mathis_intensity(double um) {
    if (um < 0.110) return 3069.0 * std::pow(um, 3.4172);
    if (um < 0.134) return 1.627;
    if (um < 0.250) return 0.0566 * std::pow(um, -1.6678);
    const double wavelength = um * micron;
    const double stars = 1e-14 * planck_lambda(wavelength, 7500.0) + 1e-13 * planck_lambda(wavelength, 4000.0) +
                         4e-13 * planck_lambda(wavelength, 3000.0);
    return stars / 10.0;  // erg s-1 cm-3 -> W m-3
}

}  // namespace

RadiationField::RadiationField(std::string name, std::vector<double> wavelengths, std::vector<double> intensities)
    : name_(std::move(name)), wavelengths_(std::move(wavelengths)), intensities_(std::move(intensities)) {
    check(name_, wavelengths_, intensities_);
    const auto lit = std::find_if(intensities_.begin(), intensities_.end(), [](double j) { return j > 0.0; });
    const auto first = static_cast<std::size_t>(lit - intensities_.begin());
    start_ = wavelengths_[first == 0 ? 0 : first - 1];  // from a dark node to a lit one the light rises linearly
}

std::vector<double> RadiationField::at(const std::vector<double>& increasing) const {
    constexpr auto none = static_cast<std::size_t>(-1);
    std::vector<double> result(increasing.size(), 0.0);
    std::size_t i = 1, known = none;  // the interval i - 1 .. i, and the one whose slope is known
    double slope = 0.0;
    for (std::size_t k = 0; k < increasing.size(); ++k) {
        const double wavelength = increasing[k];
        if (!(wavelength >= start_ && wavelength <= wavelengths_.back())) continue;
        while (i + 1 < wavelengths_.size() && wavelengths_[i] <= wavelength) ++i;
        const double x0 = wavelengths_[i - 1], x1 = wavelengths_[i], y0 = intensities_[i - 1], y1 = intensities_[i];
        if (wavelength == x0) {
            result[k] = y0;
        } else if (y0 > 0.0 && y1 > 0.0) {
            if (known != i) slope = std::log(y1 / y0) / std::log(x1 / x0);
            known = i;
            result[k] = y0 * std::exp(slope * std::log(wavelength / x0));
        } else {
            result[k] = y0 + (y1 - y0) * (wavelength - x0) / (x1 - x0);
        }
    }
    return result;
}

double RadiationField::at(double wavelength) const { return at(std::vector<double>{wavelength}).front(); }

double RadiationField::strength() const {
    static const std::vector<double> regular = log_spaced(lyman_edge, unit_field_end, 800);
    std::vector<double> nodes = regular;
    for (const double wavelength : wavelengths_) {
        if (wavelength > lyman_edge && wavelength < unit_field_end) nodes.push_back(wavelength);
    }
    std::sort(nodes.begin(), nodes.end());
    const std::vector<double> light = at(nodes);
    double energy = 0.0;
    for (std::size_t i = 1; i < nodes.size(); ++i) {
        energy += 0.5 * (nodes[i] - nodes[i - 1]) * (light[i] + light[i - 1]);
    }
    return energy / unit_field;
}

RadiationField RadiationField::with_unit_strength() const {
    double energy = 0.0;
    for (std::size_t i = 1; i < wavelengths_.size(); ++i) {
        energy += 0.5 * (wavelengths_[i] - wavelengths_[i - 1]) * (intensities_[i] + intensities_[i - 1]);
    }
    const double share = strength() * unit_field / energy;
    if (!(share > 1e-6)) {
        throw InputError(ErrorText{"radiation field " + name_,
                                   to_text(100.0 * share, 3) + " % of its energy is between 0.0912 and 8 um",
                                   "at least 0.0001 %, where U is to give its strength", "nothing was computed",
                                   "-p G0=FACTOR multiplies the field as it is given"});
    }
    return scaled(1.0 / strength());
}

RadiationField RadiationField::scaled(double factor) const {
    std::vector<double> intensities = intensities_;
    for (double& j : intensities) j *= factor;
    return RadiationField(name_, wavelengths_, std::move(intensities));
}

RadiationField mathis_field() {
    std::vector<double> wavelengths = formula_wavelengths(), intensities;
    for (const double wavelength : wavelengths) {
        intensities.push_back(four_pi * 10.0 * mathis_intensity(wavelength / micron));
    }
    return RadiationField("mathis", std::move(wavelengths), std::move(intensities));
}

RadiationField blackbody_field(double temperature, double dilution) {
    if (!(temperature >= 10.0 && temperature <= 1e6)) {
        throw InputError(ErrorText{"--field blackbody:" + to_text(temperature), "temperature " + to_text(temperature),
                                   "10 .. 1e6 K", "nothing was computed", ""});
    }
    std::vector<double> wavelengths = formula_wavelengths(), intensities;
    for (const double wavelength : wavelengths) {
        intensities.push_back(four_pi * dilution * planck_lambda(wavelength, temperature));
    }
    return RadiationField("blackbody:" + to_text(temperature), std::move(wavelengths), std::move(intensities));
}

RadiationField cmb_field() {
    std::vector<double> wavelengths = log_spaced(50.0 * micron, 30.0, 800), intensities;
    for (const double wavelength : wavelengths) {
        intensities.push_back(four_pi * planck_lambda(wavelength, cmb_temperature));
    }
    return RadiationField("cmb", std::move(wavelengths), std::move(intensities));
}

RadiationField file_field(const std::string& path) {
    constexpr double step = 0.02;  // of ln(lambda): a line in J_nu is a curve in J_lambda
    const io::TwoColumns table = io::read_field(path);
    std::vector<double> wavelengths, intensities;
    const auto add = [&](double um, double j_nu) {
        const double wavelength = um * micron;
        wavelengths.push_back(wavelength);
        intensities.push_back(j_nu * speed_of_light / (wavelength * wavelength));
    };
    for (std::size_t i = 0; i + 1 < table.x.size(); ++i) {
        const double ratio = table.x[i + 1] / table.x[i];
        const auto pieces = static_cast<std::size_t>(std::clamp(std::ceil(std::log(ratio) / step), 16.0, 1000.0));
        for (std::size_t k = 0; k < pieces; ++k) {
            const double um = table.x[i] * std::pow(ratio, static_cast<double>(k) / static_cast<double>(pieces));
            const double t = (um - table.x[i]) / (table.x[i + 1] - table.x[i]);
            add(um, std::lerp(table.y[i], table.y[i + 1], t));
        }
    }
    add(table.x.back(), table.y.back());
    return RadiationField(path, std::move(wavelengths), std::move(intensities));
}

}  // namespace ism::simulate::dust
