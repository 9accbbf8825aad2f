#include <ism/simulate/dust/optical_constants.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>

#include <ism/base/constants.hpp>
#include <ism/base/errors.hpp>
#include <ism/base/text.hpp>
#include <ism/simulate/dust/embedded_table.hpp>

namespace ism::simulate::dust {
namespace {

using Complex = std::complex<double>;
using constants::micron;

struct Row {
    double wavelength = 0.0;  ///< [um]
    double real = 0.0;        ///< Re(n) - 1
    double imaginary = 0.0;   ///< Im(n)
};

[[noreturn]] void refuse_row(const std::string& name, std::size_t number, std::string_view line) {
    throw InputError(ErrorText{.where = name + ":" + std::to_string(number),
                               .found = "'" + std::string(line) + "' is no row of optical constants",
                               .allowed = "wavelength [um] > 0 and increasing, Re(n) - 1 > -1, Im(n) > 0",
                               .effect = "the table was not used"});
}

Row read_row(const std::string& name, std::size_t number, std::string_view line) {
    const auto columns = words(line);
    Row row;
    bool good = columns.size() == 3;
    const std::array<double*, 3> targets{&row.wavelength, &row.real, &row.imaginary};
    for (std::size_t i = 0; good && i < 3; ++i) {
        const auto value = number_from(columns[i]);
        good = value.has_value();
        if (good) *targets[i] = *value;
    }
    if (!(good && row.wavelength > 0 && row.real > -1 && row.imaginary > 0)) refuse_row(name, number, line);
    return row;
}

/// The table of data/ under this name, as text.
OpticalConstants embedded_constants(const char* file_name) { return {embedded_table(file_name), file_name}; }

constexpr double table_radius = 0.01 * micron;  // of the graphite tables

}  // namespace

OpticalConstants::OpticalConstants(std::string_view table, std::string name) : name_(std::move(name)) {
    std::size_t number = 0;
    for (const auto line : lines(table)) {
        ++number;
        if (trimmed(line).empty() || line.front() == '#') continue;
        const Row row = read_row(name_, number, line);
        const double log_wavelength = std::log(row.wavelength * micron);
        if (!log_wavelength_.empty() && !(log_wavelength > log_wavelength_.back())) refuse_row(name_, number, line);
        log_wavelength_.push_back(log_wavelength);
        real_.push_back(row.real * (2.0 + row.real) - row.imaginary * row.imaginary);  // Re(eps) - 1
        log_imaginary_.push_back(std::log(2.0 * (1.0 + row.real) * row.imaginary));
    }
    if (log_wavelength_.size() < 2) refuse_row(name_, number, "(end of the table)");
}

double OpticalConstants::shortest() const noexcept { return std::exp(log_wavelength_.front()); }
double OpticalConstants::longest() const noexcept { return std::exp(log_wavelength_.back()); }

std::complex<double> OpticalConstants::dielectric(double wavelength) const {
    const double at = std::log(wavelength);
    if (!(at >= log_wavelength_.front() && at <= log_wavelength_.back())) {
        throw InputError(
            ErrorText{.where = name_,
                      .found = "wavelength " + to_text(wavelength / micron, 6) + " um is outside the table",
                      .allowed = to_text(shortest() / micron, 6) + " .. " + to_text(longest() / micron, 6) + " um"});
    }
    const auto above = std::upper_bound(log_wavelength_.begin() + 1, log_wavelength_.end() - 1, at);
    const auto i = static_cast<std::size_t>(above - log_wavelength_.begin());
    const double share = (at - log_wavelength_[i - 1]) / (log_wavelength_[i] - log_wavelength_[i - 1]);
    return {1.0 + std::lerp(real_[i - 1], real_[i], share),
            std::exp(std::lerp(log_imaginary_[i - 1], log_imaginary_[i], share))};
}

std::complex<double> refractive_index(std::complex<double> dielectric) {
    const double k_squared = 0.5 * (std::abs(dielectric) - dielectric.real());  // for eps_1 < 0
    const double n_squared = 0.5 * (std::abs(dielectric) + dielectric.real());  // for eps_1 > 0
    if (dielectric.real() >= 0) {
        const double n = std::sqrt(n_squared);
        return {n, 0.5 * dielectric.imag() / n};
    }
    const double k = std::sqrt(k_squared);
    return {0.5 * dielectric.imag() / k, k};
}

std::complex<double> FreeElectrons::dielectric(double wavelength, double radius) const {
    using namespace constants;
    const double energy = planck * speed_of_light / wavelength / electron_volt;
    const double hbar = planck / (2.0 * std::numbers::pi) / electron_volt;  // [eV s]
    const Complex damped{energy, bulk_damping + hbar * surface_speed / radius};
    return -plasma_energy * plasma_energy / (energy * damped);
}

const OpticalConstants& draine_silicate_constants() {
    static const OpticalConstants table = embedded_constants("draine2003_silicate.dat");
    return table;
}

const FreeElectrons& graphite_free_electrons(GraphiteAxis axis) {
    static constexpr FreeElectrons perpendicular{
        .plasma_energy = 0.26883, .bulk_damping = 1.234e-4, .surface_speed = 4.6787e7};
    static constexpr FreeElectrons parallel{
        .plasma_energy = 0.093852, .bulk_damping = 0.021750, .surface_speed = 4.4549e6};
    return axis == GraphiteAxis::perpendicular ? perpendicular : parallel;
}

std::complex<double> draine_graphite_dielectric(GraphiteAxis axis, double wavelength, double radius) {
    static const OpticalConstants perpendicular = embedded_constants("draine2003_graphite_perpendicular_0.01um.dat");
    static const OpticalConstants parallel = embedded_constants("draine2003_graphite_parallel_0.01um.dat");
    const auto& table = axis == GraphiteAxis::perpendicular ? perpendicular : parallel;
    const auto& electrons = graphite_free_electrons(axis);
    return table.dielectric(wavelength) + electrons.dielectric(wavelength, radius) -
           electrons.dielectric(wavelength, table_radius);
}

}  // namespace ism::simulate::dust
