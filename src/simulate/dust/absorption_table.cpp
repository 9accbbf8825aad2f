#include <ism/simulate/dust/absorption_table.hpp>

#include <algorithm>
#include <cmath>

#include <ism/base/constants.hpp>
#include <ism/base/errors.hpp>

namespace ism::simulate::dust {
namespace {

constexpr double photon_energy = constants::planck * constants::speed_of_light;  // h c

/// Where the absorption integral is taken: the wavelengths of the material and of the field, from `start` to the end of
/// either; a field that ends while it is bright sheds no light beyond.
std::vector<double> absorption_grid(const std::vector<double>& material, const std::vector<double>& field,
                                    double start) {
    std::vector<double> grid{start};
    std::vector<double> all = material;
    all.insert(all.end(), field.begin(), field.end());
    std::sort(all.begin(), all.end());
    const double end = std::min(material.back(), field.back());
    for (const double wavelength : all) {
        if (wavelength > grid.back() * (1.0 + 1e-6) && wavelength <= end) grid.push_back(wavelength);
    }
    return grid;
}

}  // namespace

std::vector<double> log_log(const std::vector<double>& x, const double* y, const std::vector<double>& at) {
    std::vector<double> result;
    for (const double value : at) {
        const auto right = static_cast<std::size_t>(std::upper_bound(x.begin(), x.end(), value) - x.begin());
        const std::size_t i = std::clamp<std::size_t>(right, 1, x.size() - 1);
        if (y[i - 1] > 0.0 && y[i] > 0.0) {
            const double slope = std::log(y[i] / y[i - 1]) / std::log(x[i] / x[i - 1]);
            result.push_back(y[i - 1] * std::exp(slope * std::log(value / x[i - 1])));
        } else {
            const double t = std::clamp((value - x[i - 1]) / (x[i] - x[i - 1]), 0.0, 1.0);
            result.push_back(y[i - 1] + t * (y[i] - y[i - 1]));
        }
    }
    return result;
}

AbsorptionTable::AbsorptionTable(const std::vector<double>& wavelengths, const std::vector<double>& cross_sections,
                                 const std::vector<double>& field_wavelengths, double start)
    : start_(start),
      field_wavelengths_(field_wavelengths),
      grid_(absorption_grid(wavelengths, field_wavelengths, start)) {
    for (const double wavelength : grid_) photon_weight_.push_back(wavelength / photon_energy);
    for (std::size_t s = 0; s * wavelengths.size() < cross_sections.size(); ++s) {
        const std::vector<double> sigma = log_log(wavelengths, cross_sections.data() + s * wavelengths.size(), grid_);
        sigma_.insert(sigma_.end(), sigma.begin(), sigma.end());
    }
    for (std::size_t l = 0; l + 1 < grid_.size(); ++l) half_width_.push_back(0.5 * (grid_[l + 1] - grid_[l]));
    power_weight_.assign(grid_.size(), 0.0);
    for (std::size_t l = 0; l + 1 < grid_.size(); ++l) {  // n is linear in the interval, a photon has h c / lambda
        const double width = grid_[l + 1] - grid_[l], ratio = std::log1p(width / grid_[l]) / width;
        power_weight_[l] += photon_energy * (grid_[l + 1] * ratio - 1.0);
        power_weight_[l + 1] += photon_energy * (1.0 - grid_[l] * ratio);
    }
    for (std::size_t m = 0; m < PhotonRates::nodes; ++m) {
        const double wavelength = start / PhotonRates::node(m);
        const auto right = std::upper_bound(grid_.begin(), grid_.end(), wavelength);
        const auto after = static_cast<std::size_t>(right - grid_.begin());
        const std::size_t l = std::clamp<std::size_t>(after, 1, grid_.size() - 1) - 1;
        const double width = grid_[l + 1] - grid_[l], t = std::clamp((wavelength - grid_[l]) / width, 0.0, 1.0);
        places_.push_back({l, width * t * (1.0 - 0.5 * t), width * t * 0.5 * t});  // n is linear in the interval
    }
}

std::vector<PhotonRates> AbsorptionTable::rates(const RadiationField& field) const {
    if (field.wavelengths() != field_wavelengths_ || !(field.start() >= start_)) {
        throw Error("absorption tabulated for other wavelengths than those of the field " + field.name());
    }
    const std::size_t count = grid_.size();
    std::vector<double> photons = field.at(grid_);  // 4 pi J_lambda lambda / h c
    for (std::size_t l = 0; l < count; ++l) photons[l] *= photon_weight_[l];
    std::vector<double> density(count), sum(count, 0.0), rate(PhotonRates::nodes);
    std::vector<PhotonRates> all;
    all.reserve(sigma_.size() / count);  // NOLINT(clang-analyzer-core.DivideZero): a field has wavelengths
    for (const double* sigma = sigma_.data(); sigma != sigma_.data() + sigma_.size(); sigma += count) {
        for (std::size_t l = 0; l < count; ++l) density[l] = sigma[l] * photons[l];
        for (std::size_t l = 0; l + 1 < count; ++l) {
            sum[l + 1] = sum[l] + half_width_[l] * (density[l] + density[l + 1]);
        }
        for (std::size_t m = 0; m < PhotonRates::nodes; ++m) {
            const auto& [l, left, right] = places_[m];
            rate[m] = sum[l] + left * density[l] + right * density[l + 1];
        }
        double power = 0.0;
        for (std::size_t l = 0; l < count; ++l) power += power_weight_[l] * density[l];
        // between its nodes S is a chord; where the light is in lines that changes the energy by some 0.1 %
        const double edge = photon_energy / start_,
                     factor = power > 0.0 ? power / PhotonRates::power_of(edge, rate) : 1.0;
        for (double& value : rate) value *= factor;
        all.emplace_back(edge, rate);
    }
    return all;
}

}  // namespace ism::simulate::dust
