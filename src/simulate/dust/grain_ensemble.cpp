#include <ism/simulate/dust/grain_ensemble.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>

#include <ism/base/constants.hpp>

namespace ism::simulate::dust {
namespace {

constexpr double four_pi = 4.0 * std::numbers::pi;

constexpr double refined_below = 6e-7;  // [cm]: larger grains hardly emit where emission falls steeply with size

/// Cubic Lagrange weights at x for values at 0, 1, 2, 3.
std::array<double, 4> lagrange_at_integers(double x) {
    return {-(x - 1.0) * (x - 2.0) * (x - 3.0) / 6.0, x * (x - 2.0) * (x - 3.0) / 2.0, -x * (x - 1.0) * (x - 3.0) / 2.0,
            x * (x - 1.0) * (x - 2.0) / 6.0};
}

/// pi a^2 Q at the material's wavelengths [cm2].
std::vector<double> cross_section(const GrainMaterial& material, const std::vector<double>& table, double a) {
    std::vector<double> sigma = efficiency(material, table, a);
    for (double& s : sigma) s *= std::numbers::pi * a * a;
    return sigma;
}

void append(std::vector<double>& to, const std::vector<double>& from) { to.insert(to.end(), from.begin(), from.end()); }

/// y(x) at new abscissae, linear in log-log (linear where a value is zero), end slopes beyond the ends.
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

/// Where the absorption integral is taken: the wavelengths of the material and of the field, from `start` on.
std::vector<double> absorption_grid(const GrainMaterial& material, const RadiationField& field, double start) {
    std::vector<double> grid{start};
    std::vector<double> all = material.wavelengths;
    all.insert(all.end(), field.wavelengths().begin(), field.wavelengths().end());
    std::sort(all.begin(), all.end());
    for (const double wavelength : all) {
        if (wavelength > grid.back() * (1.0 + 1e-6) && wavelength <= material.wavelengths.back()) {
            grid.push_back(wavelength);
        }
    }
    return grid;
}

/// S at the nodes of PhotonRates from the rate per wavelength, n(lambda) linear between the grid's wavelengths.
std::vector<double> cumulative_rate(const std::vector<double>& grid, const std::vector<double>& rate_density,
                                    double edge_energy) {
    using namespace constants;
    std::vector<double> rate(PhotonRates::table_size, 0.0);
    std::size_t l = 0;
    double sum = 0.0;  // photons absorbed shortward of grid[l]
    for (std::size_t m = PhotonRates::table_size; m-- > 0;) {
        const double wavelength = planck * speed_of_light / PhotonRates::energy(m, edge_energy);
        if (wavelength <= grid.front()) continue;
        while (l + 1 < grid.size() && grid[l + 1] <= wavelength) {
            sum += 0.5 * (grid[l + 1] - grid[l]) * (rate_density[l] + rate_density[l + 1]);
            ++l;
        }
        rate[m] = sum;
        if (l + 1 < grid.size()) {
            const double width = grid[l + 1] - grid[l], t = (wavelength - grid[l]) / width;
            rate[m] += width * t * (rate_density[l] + 0.5 * t * (rate_density[l + 1] - rate_density[l]));
        }
    }
    return rate;
}

}  // namespace

std::vector<double> trapezoid_widths(const std::vector<double>& x) {
    std::vector<double> widths(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) {
        widths[i] = 0.5 * (x[std::min(i + 1, x.size() - 1)] - x[i == 0 ? 0 : i - 1]);
    }
    return widths;
}

std::vector<double> planck_table(const TemperatureGrid& grid, const std::vector<double>& wavelengths,
                                 const std::vector<double>& widths) {
    std::vector<double> table;
    table.reserve(grid.size * wavelengths.size());
    for (std::size_t k = 0; k < grid.size; ++k) {
        const double temperature = grid.temperature(k);
        for (std::size_t l = 0; l < wavelengths.size(); ++l) {
            table.push_back(four_pi * planck_lambda(wavelengths[l], temperature) * widths[l]);
        }
    }
    return table;
}

SizeRefinement::SizeRefinement(const std::vector<double>& sizes, double limit, std::size_t pieces) {
    constexpr std::size_t none = static_cast<std::size_t>(-1);
    for (std::size_t i = 0; i < sizes.size(); ++i) {
        rows_.push_back({0, i, {}});
        dense_.push_back(sizes[i]);
        if (i + 1 == sizes.size() || !(sizes[i] < limit) || sizes.size() < 4) continue;
        const std::size_t first = std::min(i == 0 ? 0 : i - 1, sizes.size() - 4);
        for (std::size_t k = 1; k < pieces; ++k) {
            const double at = static_cast<double>(i - first) + static_cast<double>(k) / static_cast<double>(pieces);
            const Row row{first, none, lagrange_at_integers(at)};
            double log_a = 0.0;
            for (std::size_t j = 0; j < 4; ++j) log_a += row.weights[j] * std::log(sizes[first + j]);
            rows_.push_back(row);
            dense_.push_back(std::exp(log_a));
            logarithms_ = first + 4;
        }
    }
}

std::vector<double> SizeRefinement::spread(const std::vector<double>& values, std::size_t columns) const {
    std::vector<double> logs(logarithms_ * columns);
    for (std::size_t i = 0; i < logs.size(); ++i) logs[i] = std::log(std::max(values[i], 1e-300));
    std::vector<double> result(rows_.size() * columns);
    for (std::size_t r = 0; r < rows_.size(); ++r) {
        const Row& row = rows_[r];
        double* out = result.data() + r * columns;
        if (row.same < values.size()) {
            std::copy_n(values.data() + row.same * columns, columns, out);
            continue;
        }
        const double* in = logs.data() + row.first * columns;
        for (std::size_t l = 0; l < columns; ++l) {
            out[l] = std::exp(row.weights[0] * in[l] + row.weights[1] * in[columns + l] +
                              row.weights[2] * in[2 * columns + l] + row.weights[3] * in[3 * columns + l]);
        }
    }
    return result;
}

GrainEnsemble::GrainEnsemble(std::shared_ptr<const GrainMaterial> material, std::vector<double> sizes,
                             std::vector<double> wavelengths, const TemperatureGrid& grid, std::size_t pieces)
    : material_(std::move(material)),
      sizes_(std::move(sizes)),
      wavelengths_(std::move(wavelengths)),
      grid_(grid),
      refinement_(sizes_, refined_below, pieces) {
    const auto planck = planck_table(grid_, material_->wavelengths, trapezoid_widths(material_->wavelengths));
    planck_ = planck_table(grid_, wavelengths_, std::vector<double>(wavelengths_.size(), 1.0));
    for (const double a : sizes_) {
        const std::vector<double> sigma = cross_section(*material_, material_->q_abs, a);
        thermal_.push_back(make_thermal(*material_, a, sigma, grid_, planck));
        append(cross_sections_, sigma);
    }
    for (const double a : refinement_.dense_sizes()) {
        const auto absorbed = cross_section(*material_, material_->q_abs, a);
        const auto scattered = cross_section(*material_, material_->q_sca, a);
        append(absorption_, log_log(material_->wavelengths, absorbed.data(), wavelengths_));
        append(scattering_, log_log(material_->wavelengths, scattered.data(), wavelengths_));
    }
}

std::vector<PhotonRates> GrainEnsemble::photon_rates(const RadiationField& field, double start) const {
    using namespace constants;
    const std::vector<double> grid = absorption_grid(*material_, field, start);
    const std::size_t wavelengths = material_->wavelengths.size();
    std::vector<double> photons;  // 4 pi J_lambda lambda / h c
    for (const double wavelength : grid) {
        photons.push_back(field.at(wavelength) * wavelength / (planck * speed_of_light));
    }
    std::vector<PhotonRates> all(sizes_.size());
    for (std::size_t s = 0; s < sizes_.size(); ++s) {
        std::vector<double> density = log_log(material_->wavelengths, cross_sections_.data() + s * wavelengths, grid);
        for (std::size_t l = 0; l < grid.size(); ++l) density[l] *= photons[l];
        all[s].edge_energy = planck * speed_of_light / grid.front();
        all[s].rate = cumulative_rate(grid, density, all[s].edge_energy);
        all[s].integrate();
    }
    return all;
}

EnsembleEmission GrainEnsemble::emission(const std::vector<PhotonRates>& rates, double strength,
                                         const std::vector<PhotonRates>& background,
                                         const DistributionOptions& options) const {
    const std::size_t count = wavelengths_.size();
    EnsembleEmission result;
    result.emissivity.assign(sizes_.size() * count, 0.0);
    DistributionSolver solver(options);
    TemperatureDistribution distribution;
    for (std::size_t s = 0; s < sizes_.size(); ++s) {
        PhotonRates total = rates[s].scaled(strength);
        if (!background.empty()) total.add(background[s]);
        solver.solve(thermal_[s], total, distribution);
        result.absorbed.push_back(distribution.absorbed);
        result.emitted.push_back(distribution.emitted);
        result.stochastic += distribution.narrow ? 0 : 1;
        double* out = result.emissivity.data() + s * count;
        for (std::size_t k = 0; k < distribution.probabilities.size(); ++k) {
            const double* planck = planck_.data() + (distribution.first + k) * count;
            for (std::size_t l = 0; l < count; ++l) out[l] += distribution.probabilities[k] * planck[l];
        }
        const double ratio = distribution.absorbed / distribution.emitted;
        for (std::size_t l = 0; l < count; ++l) out[l] *= ratio;
    }
    result.emissivity = refinement_.spread(result.emissivity, count);
    for (std::size_t i = 0; i < result.emissivity.size(); ++i) result.emissivity[i] *= absorption_[i];
    result.absorbed = refinement_.spread(result.absorbed, 1);
    result.emitted = refinement_.spread(result.emitted, 1);
    return result;
}

}  // namespace ism::simulate::dust
