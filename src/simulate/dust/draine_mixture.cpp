#include <ism/simulate/dust/draine_mixture.hpp>

#include <array>
#include <cmath>
#include <numbers>
#include <span>

#include <ism/base/constants.hpp>

namespace ism::simulate::dust {
namespace {

using constants::angstrom, constants::micron, constants::nanometre;

constexpr double carbon_density = 2.24, silicate_density = 3.5;  // [g cm-3]

/// A log-normal dn/dln a ~ exp(-0.5 (ln(a/centre)/sigma)^2) with its mass.
struct LogNormal {
    double centre;             ///< [cm]
    double sigma;              ///< [1]
    double mass_per_hydrogen;  ///< M / (N_H m_H) over the whole population
};

/// Integral of a^3 exp(-0.5 (ln(a/centre)/sigma)^2) dln a from a_min to a_max [cm3].
double cubic_moment(const LogNormal& law, double a_min, double a_max) {
    const auto below = [&](double a) {
        return std::erf((std::log(a / law.centre) / law.sigma - 3.0 * law.sigma) / std::numbers::sqrt2);
    };
    return std::pow(law.centre, 3) * std::exp(4.5 * law.sigma * law.sigma) * law.sigma *
           std::sqrt(0.5 * std::numbers::pi) * (below(a_max) - below(a_min));
}

/// A population of carbonaceous grains in log-normals; the table reaches beyond it, so that its limits may be moved.
Population log_normals(std::string name, std::shared_ptr<const GrainMaterial> material,
                       std::span<const LogNormal> parts, double a_min, double a_max) {
    constexpr std::size_t count = 600;
    const double first = 0.2 * nanometre, last = 100.0 * nanometre;
    Population population;
    population.name = std::move(name);
    population.material = std::move(material);
    population.density = carbon_density;
    population.a_min = a_min;
    population.a_max = a_max;
    population.law.kind = SizeLaw::Kind::tabulated;
    for (const auto& part : parts) population.mass_per_hydrogen += part.mass_per_hydrogen;
    for (std::size_t i = 0; i < count; ++i) {
        const double a = first * std::pow(last / first, static_cast<double>(i) / (count - 1));
        double sum = 0.0;
        for (const auto& part : parts) {
            const double distance = std::log(a / part.centre) / part.sigma;
            sum += part.mass_per_hydrogen / cubic_moment(part, a_min, a_max) * std::exp(-0.5 * distance * distance);
        }
        population.law.table_sizes.push_back(a);
        population.law.table_values.push_back(sum);
    }
    return population;
}

/// Gives a neutral population the share 1 - f(a), an ionised one f(a).
void split_by_charge(Population& population, Charge charge, double (*ionised)(double radius)) {
    for (const double a : population.law.table_sizes) {
        population.law.mix_sizes.push_back(a);
        population.law.mix_fractions.push_back(charge == Charge::ionised ? ionised(a) : 1.0 - ionised(a));
    }
}

/// One power law of Weingartner & Draine 2001, eq. 4-6: dn/da ~ a^-1 (a/a_t)^alpha F(a; beta, a_t), cut off beyond a_t.
struct PowerLaw {
    double alpha, beta, a_t, a_c;
};
constexpr PowerLaw carbon_law{.alpha = -1.54, .beta = -0.165, .a_t = 0.0107 * micron, .a_c = 0.428 * micron};
constexpr PowerLaw silicate_law{.alpha = -2.21, .beta = 0.300, .a_t = 0.164 * micron, .a_c = 0.1 * micron};

Population power_law(std::string name, std::shared_ptr<const GrainMaterial> material, const PowerLaw& law) {
    Population population;
    population.name = std::move(name);
    population.material = std::move(material);
    population.table_nodes = 70;
    population.law.kind = SizeLaw::Kind::power_law;
    population.law.alpha = law.alpha - 1.0;
    population.law.cutoff = ExponentialCutoff{.at = law.a_t, .ac = law.a_c, .gamma = 3.0};
    population.law.curvature = Curvature{.au = law.a_t, .zeta = law.beta, .eta = 1.0};
    return population;
}

GrainMixture mixture(std::string name, const DraineMaterials& materials, std::span<const LogNormal> parts,
                     double (*ionised)(double radius), double a_min, double a_max) {
    GrainMixture result;
    result.name = std::move(name);
    result.populations.push_back(log_normals("PAH0", materials.carbon_neutral, parts, a_min, a_max));
    result.populations.push_back(log_normals("PAH1", materials.carbon_ionised, parts, a_min, a_max));
    split_by_charge(result.populations[0], Charge::neutral, ionised);
    split_by_charge(result.populations[1], Charge::ionised, ionised);
    result.populations[1].follows_amin = true;
    result.populations.push_back(power_law("graphite", materials.carbon_ionised, carbon_law));
    result.populations.push_back(power_law("silicate", materials.silicate, silicate_law));
    result.populations[2].density = carbon_density;
    result.populations[3].density = silicate_density;
    for (std::size_t i = 2; i < 4; ++i) {
        result.populations[i].a_min = a_min;
        result.populations[i].a_max = 2.0 * micron;
    }
    return result;
}

}  // namespace

DraineMaterials draine_materials(const MaterialGrid& grid) {
    DraineMaterials materials;
    const auto shared = [](GrainMaterial material) {
        return std::make_shared<const GrainMaterial>(std::move(material));
    };
    materials.silicate = shared(draine_silicate(grid));
    materials.graphite = shared(draine_graphite(grid));
    materials.carbon_neutral = shared(draine_carbon(*materials.graphite, Charge::neutral));
    materials.carbon_ionised = shared(draine_carbon(*materials.graphite, Charge::ionised));
    return materials;
}

GrainMixture draine_li_2007(const DraineMaterials& materials) {
    static constexpr std::array<LogNormal, 2> parts{
        {{4.0 * angstrom, 0.40, 4.97e-4}, {20.0 * angstrom, 0.55, 1.66e-4}}};
    auto result = mixture("draine", materials, parts, pah_ionised_fraction, 3.55 * angstrom, 40.0 * nanometre);
    result.populations[2].mass_per_hydrogen = 2.21e-3;
    result.populations[3].mass_per_hydrogen = 7.64e-3;
    return result;
}

GrainMixture weingartner_draine_2001(const DraineMaterials& materials) {
    // Carbon atoms per H in the log-normals (b_C, three quarters around 3.5 Angstrom), as mass: b_C m_C / m_H.
    constexpr double scale = 0.93,
                     carbon_mass = scale * 6e-5 * 12.0107 * constants::atomic_mass / constants::hydrogen_mass;
    static constexpr std::array<LogNormal, 2> parts{
        {{3.5 * angstrom, 0.40, 0.75 * carbon_mass}, {30.0 * angstrom, 0.40, 0.25 * carbon_mass}}};
    const auto half = [](double) { return 0.5; };
    auto result = mixture("weingartner-draine", materials, parts, half, 3.5 * angstrom, 100.0 * nanometre);
    // Integrals of the power laws with the amplitudes C = 9.99e-12 and 1.00e-13 of table 1, 0.35-2000 nm.
    result.populations[2].mass_per_hydrogen = scale * 2.30981e-3;
    result.populations[3].mass_per_hydrogen = scale * 8.27463e-3;
    return result;
}

}  // namespace ism::simulate::dust
