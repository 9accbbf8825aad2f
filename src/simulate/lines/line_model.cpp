#include <ism/simulate/lines/line_model.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include <ism/base/constants.hpp>
#include <ism/base/errors.hpp>
#include <ism/base/select.hpp>

namespace ism::simulate::lines {
namespace {

constexpr double km = 1e5;  // [cm]

/// The partners whose tables are read: H2 stands for its two forms where it is split.
std::vector<io::Collider> tables_of(const LineSetup& setup) {
    std::vector<io::Collider> tables;
    for (const io::Collider collider : setup.colliders) {
        if (collider != io::Collider::h2 || !setup.split_h2) {
            tables.push_back(collider);
        } else {
            tables.push_back(io::Collider::para_h2);
            tables.push_back(io::Collider::ortho_h2);
        }
    }
    return tables;
}

Parameter temperature_of(const LineSetup& setup, const LevelSystem& system) {
    Parameter t{.name = "T", .unit = "K", .low = 1.0, .high = 1e5, .fallback = 50.0, .scale = Scale::log, .help = ""};
    t.help = "kinetic temperature; outside the tables of collisions their rates are held";
    if (!setup.clamp_rates) {
        t.help = "kinetic temperature, within the tables of collisions";
        for (const auto& partner : system.partners) {
            t.low = std::max(t.low, partner.temperatures.front());
            t.high = std::min(t.high, partner.temperatures.back());
        }
        if (!(t.low < t.high))
            throw InputError({.where = "molecule '" + setup.molecule.name + "'",
                              .found = "its tables of collisions share no range of temperatures",
                              .effect = "nothing was computed",
                              .next = "fewer collision partners, or --temperatures clamp to hold rates outside"});
    }
    t.fallback = std::clamp(50.0, t.low, t.high);
    return t;
}

Parameter density_of(const LineSetup& setup, io::Collider collider) {
    const std::string name = to_string(collider);
    std::string help = "density of " + name;
    if (collider == io::Collider::h2 && setup.split_h2)
        help = "density of H2, ortho and para in their thermal ratio (at most 3) as in RADEX";
    return {.name = "n_" + name,
            .unit = "cm-3",
            .low = 1e-3,
            .high = 1e14,
            .fallback = collider == io::Collider::electron || collider == io::Collider::proton ? 1.0 : 1e4,
            .scale = Scale::log,
            .help = help};
}

ModelInfo declaration(const LineSetup& setup, const LevelSystem& system, const std::vector<std::size_t>& chosen) {
    ModelInfo info;
    info.name = "lines";
    info.summary = "lines of " + setup.molecule.name + ": non-LTE with escape probabilities, " +
                   to_string(setup.geometry) + " geometry";
    info.parameters.push_back(temperature_of(setup, system));
    for (const io::Collider collider : setup.colliders) info.parameters.push_back(density_of(setup, collider));
    info.parameters.push_back({.name = "N",
                               .unit = "cm-2",
                               .low = 1.0,
                               .high = 1e25,
                               .fallback = 1e14,
                               .scale = Scale::log,
                               .help = "column density of the molecule"});
    info.parameters.push_back({.name = "dv",
                               .unit = "km s-1",
                               .low = 1e-3,
                               .high = 1e4,
                               .fallback = 1.0,
                               .scale = Scale::log,
                               .help = "line width, full width at half maximum"});
    info.parameters.push_back({.name = "Tbg",
                               .unit = "K",
                               .low = 0.0,
                               .high = 1000.0,
                               .fallback = 2.73,
                               .scale = Scale::linear,
                               .help = "temperature of the black body behind the cloud; 0 for none"});
    info.axis = {.name = "line", .kind = "line", .unit = "", .values = {}, .labels = {}};
    for (const std::size_t k : chosen) info.axis.labels.push_back(setup.molecule.lines[k].label);
    const bool erg = setup.unit == LineUnit::erg;
    info.output_name = "intensity";
    info.output_unit = erg ? "erg s-1 cm-2 sr-1" : "K km s-1";
    info.output_help = "integrated over the line, background subtracted";
    return info;
}

std::vector<std::size_t> chosen_lines(const LineSetup& setup) {
    Axis axis{.name = "line", .kind = "line", .unit = "", .values = {}, .labels = {}};
    for (const auto& line : setup.molecule.lines) axis.labels.push_back(line.label);
    if (setup.lines != "*") return chosen_outputs(axis, setup.lines);
    std::vector<std::size_t> all(axis.size());
    std::iota(all.begin(), all.end(), std::size_t{0});
    return all;
}

std::string flag_of(double tau, double intensity) {
    if (tau < maser_depth) return "maser";
    if (tau < 0.0) return "inverted";
    if (tau > thick_depth) return "thick";
    return intensity < 0.0 ? "absorption" : "";
}

LineSetup checked(LineSetup setup) {
    if (setup.colliders.empty())
        throw InputError({.where = "molecule '" + setup.molecule.name + "'",
                          .found = "no collision partner is asked for",
                          .allowed = "at least one"});
    return setup;
}

}  // namespace

double thermal_ortho_para(double temperature) { return std::min(3.0, 9.0 * std::exp(-170.6 / temperature)); }

LineModel::LineModel(LineSetup setup)
    : setup_(checked(std::move(setup))),
      system_(setup_.molecule, tables_of(setup_)),
      chosen_(chosen_lines(setup_)),
      info_(declaration(setup_, system_, chosen_)) {}

Conditions LineModel::conditions(std::span<const double> point) const {
    check_point(info_, point);
    const std::size_t partners = setup_.colliders.size();
    Conditions cloud{.temperature = point[0],
                     .background = point[partners + 3],
                     .column_per_width = point[partners + 1] / point[partners + 2]};
    const auto at = [&cloud](io::Collider collider) -> double& {
        return cloud.density[static_cast<std::size_t>(collider) - 1];
    };
    for (std::size_t k = 0; k < partners; ++k) at(setup_.colliders[k]) = point[1 + k];
    if (setup_.split_h2) {
        const double ratio = thermal_ortho_para(cloud.temperature), h2 = at(io::Collider::h2);
        at(io::Collider::para_h2) = h2 / (1.0 + ratio);
        at(io::Collider::ortho_h2) = h2 * ratio / (1.0 + ratio);
    }
    return cloud;
}

LineExcitation LineModel::line(std::size_t index, const Conditions& cloud, double width,
                               std::span<const double> populations) const {
    const RadiativeLine& line = system_.lines[index];
    const double upper = populations[line.upper], lower = populations[line.lower];
    const double missing = line.weight_ratio * lower - upper, scale = line.depth * cloud.column_per_width;
    const double tau = scale * missing, blocked = -std::expm1(-tau);
    // photons per mode of the line are upper / missing: their product with 1 - exp(-tau) has no pole at tau = 0
    const double emitted = scale * upper * (tau == 0.0 ? 1.0 : blocked / tau);
    const double radiation = line.temperature * (emitted - occupation(line.temperature, cloud.background) * blocked);
    const double kelvin = gaussian_area * width * radiation, wavenumber = line.frequency / constants::speed_of_light;
    return {.excitation_temperature = line.temperature / std::log(line.weight_ratio * lower / upper),
            .optical_depth = tau,
            .radiation_temperature = radiation,
            .kelvin = kelvin,
            .erg = 2.0 * constants::boltzmann * std::pow(wavenumber, 3) * km * kelvin,
            .upper = upper,
            .lower = lower,
            .flag = flag_of(tau, radiation)};
}

void LineModel::solve(std::span<const double> parameters, std::span<double> populations) const {
    const std::size_t p = info_.parameter_count(), n = parameters.size() / p;
    std::vector<Conditions> clouds;
    for (std::size_t i = 0; i < n; ++i) clouds.push_back(conditions(parameters.subspan(i * p, p)));
    std::vector<Outcome> outcomes(n);
    solve_levels(system_, setup_.geometry, clouds, populations, outcomes);
    for (std::size_t i = 0; i < n; ++i) {
        if (outcomes[i].converged) continue;
        const std::string which = n == 1 ? "" : " of point " + std::to_string(i + 1) + " of " + std::to_string(n);
        throw NumericalError({.where = "lines of " + setup_.molecule.name,
                              .found = "the populations" + which + " did not converge",
                              .effect = "no line has a value",
                              .next = "such a cloud is most often a strong maser: a lower N or a higher density"});
    }
}

void LineModel::evaluate(std::span<const double> parameters, std::span<double> outputs) const {
    const std::size_t n = check_shapes(info_, parameters.size(), outputs.size()), p = info_.parameter_count(),
                      m = chosen_.size(), levels = system_.size();
    std::vector<double> populations(n * levels);
    solve(parameters, populations);
    for (std::size_t i = 0; i < n; ++i) {
        const auto point = parameters.subspan(i * p, p);
        const Conditions cloud = conditions(point);
        const std::span<const double> own = std::span(populations).subspan(i * levels, levels);
        for (std::size_t j = 0; j < m; ++j) {
            const LineExcitation one = line(chosen_[j], cloud, point[p - 2], own);
            const double value = setup_.unit == LineUnit::erg ? one.erg : one.kelvin;
            const bool usable = one.optical_depth >= maser_depth && value >= std::numeric_limits<double>::min();
            outputs[i * m + j] = usable ? value : std::numeric_limits<double>::quiet_NaN();
        }
    }
}

std::vector<LineExcitation> LineModel::excitation(std::span<const double> point) const {
    std::vector<double> populations(system_.size());
    solve(point, populations);
    const Conditions cloud = conditions(point);
    std::vector<LineExcitation> lines;
    for (const std::size_t k : chosen_) lines.push_back(line(k, cloud, point[point.size() - 2], populations));
    return lines;
}

}  // namespace ism::simulate::lines
