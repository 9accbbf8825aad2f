#include <ism/simulate/dust/draine_materials.hpp>

#include <cmath>
#include <complex>
#include <numbers>

#include <ism/base/constants.hpp>
#include <ism/base/parallel.hpp>
#include <ism/simulate/dust/heat_capacity.hpp>
#include <ism/simulate/dust/mie.hpp>
#include <ism/simulate/dust/optical_constants.hpp>

namespace ism::simulate::dust {
namespace {

using constants::micron, constants::nanometre;

/// Appends points from the last one up to `last`, at equal ratios of at most `ratio`, ending exactly there.
void extend(std::vector<double>& points, double last, double ratio) {
    const double first = points.back();
    const int steps = static_cast<int>(std::ceil(std::log(last / first) / std::log(ratio)));
    for (int i = 1; i < steps; ++i) points.push_back(first * std::pow(last / first, static_cast<double>(i) / steps));
    points.push_back(last);
}

void add_share(MieEfficiencies& sum, const MieEfficiencies& part, double share) {
    const double q_sca = sum.q_sca + share * part.q_sca;
    if (q_sca > 0) sum.g = (sum.g * sum.q_sca + share * part.g * part.q_sca) / q_sca;
    sum.q_sca = q_sca;
    sum.q_abs += share * part.q_abs;
}

MieEfficiencies sphere(double wavelength, double radius, std::complex<double> dielectric) {
    return mie(2.0 * std::numbers::pi * radius / wavelength, refractive_index(dielectric));
}

MieEfficiencies silicate_sphere(double wavelength, double radius) {
    return sphere(wavelength, radius, draine_silicate_constants().dielectric(wavelength));
}

MieEfficiencies graphite_sphere(double wavelength, double radius) {
    MieEfficiencies sum;
    for (const auto axis : {GraphiteAxis::perpendicular, GraphiteAxis::parallel}) {
        const double share = axis == GraphiteAxis::perpendicular ? 2.0 / 3.0 : 1.0 / 3.0;
        add_share(sum, sphere(wavelength, radius, draine_graphite_dielectric(axis, wavelength, radius)), share);
    }
    return sum;
}

/// Fills the tables of efficiencies; sizes go out from the largest, which takes longest.
void set_efficiencies(GrainMaterial& material, MieEfficiencies (*efficiencies)(double wavelength, double radius)) {
    const std::size_t columns = material.wavelengths.size(), rows = material.sizes.size();
    for (auto* table : {&material.q_abs, &material.q_sca, &material.g}) table->resize(rows * columns);
    parallel_for(rows, [&](std::size_t item) {
        const std::size_t row = rows - 1 - item;
        for (std::size_t column = 0; column < columns; ++column) {
            const auto q = efficiencies(material.wavelengths[column], material.sizes[row]);
            const std::size_t at = row * columns + column;
            material.q_abs[at] = q.q_abs;
            material.q_sca[at] = q.q_sca;
            material.g[at] = q.g;
        }
    });
}

/// Fills the table of heat capacities: 0.1 K ... 5000 K in 141 logarithmic steps, at the sizes of the material.
void set_heat_capacity(GrainMaterial& material, const Vibrations& vibrations) {
    constexpr std::size_t columns = 142;
    material.temperatures.resize(columns);
    for (std::size_t i = 0; i < columns; ++i)
        material.temperatures[i] = 0.1 * std::pow(10.0, static_cast<double>(i) / 30.0);
    material.heat_sizes = material.sizes;
    material.log_heat_capacity.resize(material.heat_sizes.size() * columns);
    parallel_for(columns, [&](std::size_t i) {
        const HeatPerVolume heat(vibrations, material.temperatures[i]);
        for (std::size_t row = 0; row < material.heat_sizes.size(); ++row) {
            material.log_heat_capacity[row * columns + i] = std::log10(heat(material.heat_sizes[row]));
        }
    });
}

GrainMaterial on_grid(const char* name, const MaterialGrid& grid) {
    GrainMaterial material;
    material.name = name;
    material.sizes = grid.sizes;
    material.wavelengths = grid.wavelengths;
    return material;
}

}  // namespace

MaterialGrid draine_grid() {
    MaterialGrid grid;
    grid.sizes = {0.31 * nanometre};
    extend(grid.sizes, 1.2 * nanometre, 1.11);
    extend(grid.sizes, pure_pah_limit, 1.035);
    extend(grid.sizes, 15.0 * nanometre, 1.035);  // PAHs give way to graphite as a^-3
    extend(grid.sizes, 2000.0 * nanometre, 1.11);
    grid.wavelengths = {0.04 * micron};
    extend(grid.wavelengths, 0.0912 * micron, 1.02);
    extend(grid.wavelengths, 3.0 * micron, 1.015);
    extend(grid.wavelengths, 8.0 * micron, 1.005);
    extend(grid.wavelengths, 20.0 * micron, 1.005);
    extend(grid.wavelengths, 1000.0 * micron, 1.025);
    extend(grid.wavelengths, 1e4 * micron, 1.05);
    return grid;
}

GrainMaterial draine_silicate(const MaterialGrid& grid) {
    auto material = on_grid("silicate", grid);
    set_efficiencies(material, silicate_sphere);
    set_heat_capacity(material, silicate_vibrations());
    return material;
}

GrainMaterial draine_graphite(const MaterialGrid& grid) {
    auto material = on_grid("graphite", grid);
    set_efficiencies(material, graphite_sphere);
    set_heat_capacity(material, graphite_vibrations());
    return material;
}

GrainMaterial draine_carbon(const GrainMaterial& graphite, Charge charge) {
    auto material = graphite;
    material.corners = {pure_pah_limit};
    material.name = charge == Charge::neutral ? "carbon_neutral" : "carbon_ionised";
    const std::size_t columns = material.wavelengths.size();
    parallel_for(material.sizes.size(), [&](std::size_t row) {
        const double radius = material.sizes[row], atoms = carbon_atoms(radius), share = pah_share(radius);
        const double area_per_atom = std::numbers::pi * radius * radius / atoms;
        for (std::size_t i = 0; i < columns; ++i) {
            if (material.wavelengths[i] < shortest_pah_wavelength) continue;
            double& q_abs = material.q_abs[row * columns + i];
            const double pah = pah_cross_section_per_carbon(material.wavelengths[i], atoms, charge) / area_per_atom;
            q_abs = share * pah + (1.0 - share) * q_abs;
        }
    });
    set_heat_capacity(material, pah_vibrations());
    return material;
}

}  // namespace ism::simulate::dust
