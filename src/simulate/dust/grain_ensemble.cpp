#include <ism/simulate/dust/grain_ensemble.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>

#include <ism/base/constants.hpp>
#include <ism/base/errors.hpp>
#include <ism/base/text.hpp>

namespace ism::simulate::dust {
namespace {

constexpr double four_pi = 4.0 * std::numbers::pi;

constexpr double refined_below = 6e-7;  // [cm]: larger grains hardly emit where emission falls steeply with size

/// Lagrange weights at x for values at 0, 1, .. count - 1 (count <= 4); the others are 0.
std::array<double, 4> lagrange_at_integers(double x, std::size_t count) {
    std::array<double, 4> weights{};
    for (std::size_t i = 0; i < count; ++i) {
        weights[i] = 1.0;
        for (std::size_t j = 0; j < count; ++j) {
            const auto node = static_cast<double>(j);
            if (j != i) weights[i] *= (x - node) / (static_cast<double>(i) - node);
        }
    }
    return weights;
}

/// pi a^2 Q_abs at the material's wavelengths [cm2].
std::vector<double> absorption_cross_section(const GrainMaterial& material, double a) {
    std::vector<double> sigma = efficiency(material, material.q_abs, a);
    for (double& s : sigma) s *= std::numbers::pi * a * a;
    return sigma;
}

void append(std::vector<double>& to, const std::vector<double>& from) { to.insert(to.end(), from.begin(), from.end()); }

[[noreturn]] void refuse_grain(const GrainMaterial& material, double a, ErrorText text) {
    text.where = "a grain of " + material.name + " with a = " + to_text(a / constants::nanometre, 3) + " nm";
    text.effect = "this model is refused";
    throw NumericalError(text);
}

/// Refuses a grain that would be hotter than the temperatures that are tabulated, or that absorbs nothing.
void check_power(const GrainMaterial& material, double a, double power, const GrainThermal& thermal) {
    if (!(power > 0.0)) {
        refuse_grain(material, a,
                     {.found = "it absorbs " + to_text(power) + " erg s-1",
                      .allowed = "more than 0",
                      .next = "does the field shine where the grains absorb?"});
    }
    if (!(power < thermal.cooling.back())) {
        const double hottest = thermal.grid.temperature(thermal.grid.size - 1);
        refuse_grain(material, a,
                     {.found = "it absorbs more than it can emit at " + to_text(hottest, 3) + " K",
                      .allowed = "fields that leave grains below that",
                      .next = "dust evaporates at 1000-2000 K: ask for a weaker field"});
    }
}

/// The temperatures of grains that stand side by side, laid out for `multiply`.
class ProbabilityTiles {
public:
    void add(const TemperatureDistribution& distribution) {
        windows_.push_back({distribution.first, distribution.probabilities});
    }
    /// Mean of a table over the temperatures of each grain: (S x columns).
    [[nodiscard]] std::vector<double> mean(const PanelTable& table) const {
        std::vector<std::vector<double>> weights;
        std::vector<WeightTile> tiles;
        for (std::size_t s = 0; s < windows_.size(); s += tile_rows) append_tile(s, weights, tiles);
        std::vector<double> result(windows_.size() * table.columns());
        multiply(table, tiles, windows_.size(), result.data());
        return result;
    }

private:
    struct Window {
        std::size_t first;
        std::vector<double> probabilities;
    };
    void append_tile(std::size_t start, std::vector<std::vector<double>>& weights,
                     std::vector<WeightTile>& tiles) const {
        const std::size_t end = std::min(start + tile_rows, windows_.size());
        std::size_t first = windows_[start].first, last = 0;
        for (std::size_t s = start; s < end; ++s) {
            first = std::min(first, windows_[s].first);
            last = std::max(last, windows_[s].first + windows_[s].probabilities.size());
        }
        std::vector<double> packed((last - first) * tile_rows, 0.0);
        for (std::size_t s = start; s < end; ++s) {
            const Window& window = windows_[s];
            double* out = packed.data() + (window.first - first) * tile_rows + (s - start);
            for (std::size_t k = 0; k < window.probabilities.size(); ++k) out[k * tile_rows] = window.probabilities[k];
        }
        weights.push_back(std::move(packed));  // moving the outer vector keeps the inner memory where it is
        tiles.push_back({first, last - first, weights.back().data()});
    }
    std::vector<Window> windows_;
};

}  // namespace

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

SizeRefinement::SizeRefinement(const JointedSizes& solved, double limit, double step) {
    const std::vector<double>& sizes = solved.sizes;
    for (std::size_t i = 0; i < sizes.size(); ++i) {
        if (std::binary_search(solved.joints.begin(), solved.joints.end(), i)) dense_.joints.push_back(rows_.size());
        rows_.push_back({0, i, {}});
        dense_.sizes.push_back(sizes[i]);
        if (i + 1 == sizes.size() || !(sizes[i] < limit) || sizes.size() < 4) continue;
        const auto pieces = static_cast<std::size_t>(std::ceil(std::log(sizes[i + 1] / sizes[i]) / step));
        for (std::size_t k = 1; k < pieces; ++k) {
            const auto [first, count] = stencil_around(solved, i);
            const double at = static_cast<double>(i - first) + static_cast<double>(k) / static_cast<double>(pieces);
            const Row row{first, none, lagrange_at_integers(at, count)};
            double log_a = 0.0;
            for (std::size_t j = 0; j < 4; ++j) log_a += row.weights[j] * std::log(sizes[row.first + j]);
            rows_.push_back(row);
            dense_.sizes.push_back(std::exp(log_a));
            logarithms_ = std::max(logarithms_, row.first + 4);
        }
    }
}

std::vector<double> SizeRefinement::spread(const std::vector<double>& values, std::size_t columns,
                                           const std::vector<double>& factor) const {
    std::vector<double> logs(logarithms_ * columns), result(rows_.size() * columns);
    log_of_positive(values.data(), logs.size(), logs.data());
    for (std::size_t r = 0; r < rows_.size(); ++r) {
        const Row& row = rows_[r];
        const double* scale = factor.data() + r * columns;
        double* out = result.data() + r * columns;
        if (row.same < values.size()) {
            const double* in = values.data() + row.same * columns;
            for (std::size_t l = 0; l < columns; ++l) out[l] = scale[l] * in[l];
        } else {
            exp_of_cubic(logs.data() + row.first * columns, columns, row.weights.data(), scale, columns, out);
        }
    }
    return result;
}

GrainEnsemble::GrainEnsemble(std::shared_ptr<const GrainMaterial> material, const JointedSizes& solved,
                             std::vector<double> wavelengths, const TemperatureGrid& grid, double size_step)
    : material_(std::move(material)),
      sizes_(solved.sizes),
      wavelengths_(std::move(wavelengths)),
      grid_(grid),
      refinement_(solved, refined_below, size_step) {
    const auto planck = planck_table(grid_, material_->wavelengths, trapezoid_widths(material_->wavelengths));
    planck_ = PanelTable(planck_table(grid_, wavelengths_, std::vector<double>(wavelengths_.size(), 1.0)),
                         wavelengths_.size());
    for (const double a : sizes_) {
        const std::vector<double> sigma = absorption_cross_section(*material_, a);
        thermal_.push_back(make_thermal(*material_, a, sigma, grid_, planck));
        append(cross_sections_, sigma);
    }
    for (const double a : dense().sizes) {
        const auto absorbed = absorption_cross_section(*material_, a);
        append(absorption_, log_log(material_->wavelengths, absorbed.data(), wavelengths_));
    }
}

AbsorptionTable GrainEnsemble::absorption_table(const RadiationField& field, double start) const {
    return {material_->wavelengths, cross_sections_, field.wavelengths(), start};
}

EnsembleEmission GrainEnsemble::emission(const std::vector<PhotonRates>& rates, double strength,
                                         const std::vector<PhotonRates>& background,
                                         const DistributionOptions& options) const {
    const std::size_t count = wavelengths_.size();
    EnsembleEmission result;
    DistributionSolver solver(options);
    TemperatureDistribution distribution;
    ProbabilityTiles temperatures;
    for (std::size_t s = 0; s < sizes_.size(); ++s) {
        const Heating heating(rates[s], strength, background.empty() ? nullptr : &background[s]);
        check_power(*material_, sizes_[s], heating.power(), thermal_[s]);
        solver.solve(thermal_[s], heating, distribution);
        result.absorbed.push_back(distribution.absorbed);
        result.emitted.push_back(distribution.emitted);
        temperatures.add(distribution);
    }
    std::vector<double> mean = temperatures.mean(planck_);
    for (std::size_t s = 0; s < sizes_.size(); ++s) {
        const double ratio = result.absorbed[s] / result.emitted[s];
        for (std::size_t l = 0; l < count;
             ++l) {  // the deposit of a cubic may leave less than nothing, where it is nothing
            mean[s * count + l] = std::max(0.0, ratio * mean[s * count + l]);
        }
    }
    const std::vector<double> ones(dense().sizes.size(), 1.0);
    result.emissivity = refinement_.spread(mean, count, absorption_);
    result.absorbed = refinement_.spread(result.absorbed, 1, ones);
    result.emitted = refinement_.spread(result.emitted, 1, ones);
    return result;
}

}  // namespace ism::simulate::dust
