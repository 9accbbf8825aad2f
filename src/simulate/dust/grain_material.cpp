#include <ism/simulate/dust/grain_material.hpp>

#include <algorithm>
#include <cmath>

#include <ism/base/errors.hpp>

namespace ism::simulate::dust {
namespace {

[[noreturn]] void fail(const GrainMaterial& material, const std::string& found, const std::string& allowed) {
    throw InputError(ErrorText{"grain material " + material.name, found, allowed, "nothing was computed", ""});
}

void check_increasing(const GrainMaterial& material, const std::vector<double>& values, const std::string& what,
                      std::size_t at_least) {
    if (values.size() < at_least) {
        fail(material, std::to_string(values.size()) + " " + what, "at least " + std::to_string(at_least));
    }
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (!(values[i] > (i == 0 ? 0.0 : values[i - 1])) || !std::isfinite(values[i])) {
            fail(material, what + " number " + std::to_string(i + 1) + " does not increase", "positive, increasing");
        }
    }
}

void check_table(const GrainMaterial& material, const std::vector<double>& table, std::size_t size, double low,
                 const std::string& what) {
    if (table.size() != size) {
        fail(material, std::to_string(table.size()) + " values of " + what, std::to_string(size));
    }
    if (!std::all_of(table.begin(), table.end(), [low](double q) { return q >= low && std::isfinite(q); })) {
        fail(material, what + " with a value that is negative or not finite", "finite numbers >= 0");
    }
}

/// Index of the left neighbour of x and the position 0..1 to the next; outside the ends 0 or 1.
std::pair<std::size_t, double> locate(const std::vector<double>& nodes, double x) {
    if (nodes.size() == 1 || x <= nodes.front()) return {0, 0.0};
    if (x >= nodes.back()) return {nodes.size() - 2, 1.0};
    const auto i = static_cast<std::size_t>(std::upper_bound(nodes.begin(), nodes.end(), x) - nodes.begin()) - 1;
    return {i, (x - nodes[i]) / (nodes[i + 1] - nodes[i])};
}

/// Row of a sizes x wavelengths table, linear in a between its ends and constant beyond.
std::vector<double> row_at(const GrainMaterial& material, const std::vector<double>& table, double a) {
    const auto [i, t] = locate(material.sizes, a);
    const std::size_t n = material.wavelengths.size();
    const double *left = table.data() + i * n, *right = left + n;
    std::vector<double> row(n);
    for (std::size_t l = 0; l < n; ++l) row[l] = left[l] + t * (right[l] - left[l]);
    return row;
}

/// Integral of C from T0 to T, C = C0 (T/T0)^slope.
double power_integral(double c0, double t0, double t, double slope) {
    const double p = slope + 1.0, log_ratio = std::log(t / t0);
    if (std::abs(p * log_ratio) < 1e-8) return c0 * t0 * log_ratio;
    return c0 * t0 * std::expm1(p * log_ratio) / p;
}

}  // namespace

void check(const GrainMaterial& material) {
    check_increasing(material, material.sizes, "sizes", 2);
    check_increasing(material, material.wavelengths, "wavelengths", 8);
    check_increasing(material, material.heat_sizes, "sizes of the heat capacity", 1);
    check_increasing(material, material.temperatures, "temperatures", 2);
    const std::size_t optics = material.sizes.size() * material.wavelengths.size();
    check_table(material, material.q_abs, optics, 0.0, "Q_abs");
    check_table(material, material.q_sca, optics, 0.0, "Q_sca");
    if (!material.g.empty()) check_table(material, material.g, optics, -1.001, "g");
    check_table(material, material.log_heat_capacity, material.heat_sizes.size() * material.temperatures.size(), -300.0,
                "log C");
}

std::vector<double> efficiency(const GrainMaterial& material, const std::vector<double>& table, double a) {
    const double below = a < material.sizes.front() ? a / material.sizes.front() : 1.0;
    std::vector<double> row = row_at(material, table, a);
    for (double& q : row) q *= below;
    return row;
}

std::vector<double> asymmetry(const GrainMaterial& material, double a) { return row_at(material, material.g, a); }

HeatCapacity::HeatCapacity(const GrainMaterial& material, double a) : temperatures_(material.temperatures) {
    const auto [s, t] = locate(material.heat_sizes, a);
    const std::size_t n = temperatures_.size();
    const std::size_t next = std::min(s + 1, material.heat_sizes.size() - 1);
    for (std::size_t k = 0; k < n; ++k) {
        const double left = material.log_heat_capacity[s * n + k], right = material.log_heat_capacity[next * n + k];
        capacities_.push_back(std::pow(10.0, left + t * (right - left)));
    }
    for (std::size_t k = 0; k + 1 < n; ++k) {
        slopes_.push_back(std::log(capacities_[k + 1] / capacities_[k]) /
                          std::log(temperatures_[k + 1] / temperatures_[k]));
    }
    enthalpies_.push_back(capacities_[0] * temperatures_[0] / (std::max(slopes_[0], 0.0) + 1.0));
    for (std::size_t k = 0; k + 1 < n; ++k) {
        enthalpies_.push_back(enthalpies_[k] +
                              power_integral(capacities_[k], temperatures_[k], temperatures_[k + 1], slopes_[k]));
    }
}

std::size_t HeatCapacity::piece(double temperature) const {
    const auto right = std::upper_bound(temperatures_.begin(), temperatures_.end(), temperature);
    const auto i = static_cast<std::size_t>(right - temperatures_.begin());
    return std::clamp<std::size_t>(i, 1, temperatures_.size() - 1) - 1;
}

double HeatCapacity::capacity(double temperature) const {
    const std::size_t k = piece(temperature);
    return capacities_[k] * std::pow(temperature / temperatures_[k], slopes_[k]);
}

double HeatCapacity::enthalpy(double temperature) const {
    const std::size_t k = piece(temperature);
    if (temperature < temperatures_.front()) {
        return enthalpies_[0] * std::pow(temperature / temperatures_[0], std::max(slopes_[0], 0.0) + 1.0);
    }
    return enthalpies_[k] + power_integral(capacities_[k], temperatures_[k], temperature, slopes_[k]);
}

}  // namespace ism::simulate::dust
