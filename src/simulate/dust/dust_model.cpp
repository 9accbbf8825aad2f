#include <ism/simulate/dust/dust_model.hpp>

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>

#include <ism/base/constants.hpp>
#include <ism/base/errors.hpp>
#include <ism/base/parallel.hpp>
#include <ism/base/text.hpp>

namespace ism::simulate::dust {
namespace {

using constants::nanometre;

constexpr double balance_limit = 0.01;
constexpr double smallest_amin = 0.35;  // [nm]
constexpr double largest_amin = 2.0;    // [nm]

/// Whether the parameter amin is the smallest size of population p.
bool amin_moves(const GrainMixture& mixture, std::size_t p) { return p == 0 || mixture.populations[p].follows_amin; }

/// Their names: "PAH0, PAH1".
std::string names_moved_by_amin(const GrainMixture& mixture) {
    std::string names;
    for (std::size_t p = 0; p < mixture.populations.size(); ++p) {
        if (amin_moves(mixture, p)) names += (names.empty() ? "" : ", ") + mixture.populations[p].name;
    }
    return names;
}

ModelInfo declare(const DustSetup& setup) {
    ModelInfo info;
    info.name = "dust";
    info.summary = "infrared emission of interstellar dust (" + setup.mixture.name + ")";
    if (setup.strength == Strength::u) {
        info.parameters.push_back({"U", "", 1e-2, 1e6, 1.0, Scale::log,
                                   "strength of the starlight; 1 = 2.2e-5 W m-2 between 0.0912 and 8 um "
                                   "(or G0, a factor on the field as it is given)"});
    } else {
        info.parameters.push_back({"G0", "", 1e-2, 1e6, 1.0, Scale::log, "factor on the field as it is given"});
    }
    if (setup.library) {
        info.parameters.push_back({"age", "yr", setup.library->youngest(), setup.library->oldest(), 1e7, Scale::log,
                                   "time since the burst that formed the stars"});
    }
    const double amin = setup.mixture.populations[0].a_min / nanometre;
    info.parameters.push_back({"amin", "nm", std::min(smallest_amin, amin), std::max(largest_amin, amin), amin,
                               Scale::log, "smallest grain of " + names_moved_by_amin(setup.mixture) + ", mass kept"});
    for (const Population& population : setup.mixture.populations) {
        info.parameters.push_back({"mass_" + population.name, "", 0.0, 100.0, 1.0, Scale::linear,
                                   "factor on the mass of " + population.name});
    }
    for (const Population& population : setup.mixture.populations) {
        for (Parameter& parameter : law_parameters(population)) info.parameters.push_back(std::move(parameter));
    }
    info.axis = {"wavelength", "wavelength", "um", {}, {}};
    for (const double wavelength : setup.wavelengths) info.axis.values.push_back(wavelength / constants::micron);
    info.output_name = "total";
    info.output_unit = setup.per == Per::dust_mass ? "erg s-1 g-1" : "erg s-1 H-1";
    info.output_help = setup.per == Per::dust_mass ? "4 pi nu j_nu per gram of dust"
                       : setup.per == Per::u       ? "4 pi nu j_nu per hydrogen nucleon and unit of field strength"
                                                   : "4 pi nu j_nu per hydrogen nucleon";
    return info;
}

/// Sum over rows of weights[s] table[s][l], two rows at a time; those without weight are left out.
std::vector<double> weighted_sum(const std::vector<double>& weights, const std::vector<double>& table,
                                 std::size_t columns) {
    std::vector<std::size_t> rows;
    for (std::size_t s = 0; s < weights.size(); ++s) {
        if (weights[s] != 0.0) rows.push_back(s);
    }
    std::vector<double> sum(columns, 0.0);
    for (std::size_t i = 0; i < rows.size(); i += 2) {
        const bool pair = i + 1 < rows.size();
        const double *one = table.data() + rows[i] * columns, *two = pair ? table.data() + rows[i + 1] * columns : one;
        const double w1 = weights[rows[i]], w2 = pair ? weights[rows[i + 1]] : 0.0;
        for (std::size_t l = 0; l < columns; ++l) sum[l] += w1 * one[l] + w2 * two[l];
    }
    return sum;
}

/// Cross-sections of the grains of one population per hydrogen [cm2 H-1] (M).
struct CrossSections {
    std::vector<double> absorption, scattering;
    std::vector<double> forward;  // g sigma_sca; 0 where g is not known
};

CrossSections cross_sections(const GrainMaterial& material, const SizeNodes& nodes,
                             const std::vector<double>& wavelengths) {
    const std::size_t count = material.wavelengths.size();
    const std::vector<double> zeros(count, 0.0);
    CrossSections sum{zeros, zeros, zeros};
    for (std::size_t s = 0; s < nodes.sizes.size(); ++s) {
        const double a = nodes.sizes[s], area = nodes.numbers[s] * std::numbers::pi * a * a;
        const std::vector<double> absorbed = efficiency(material, material.q_abs, a);
        const std::vector<double> scattered = efficiency(material, material.q_sca, a);
        const std::vector<double> g = material.g.empty() ? zeros : asymmetry(material, a);
        for (std::size_t l = 0; l < count; ++l) {
            sum.absorption[l] += area * absorbed[l];
            sum.scattering[l] += area * scattered[l];
            sum.forward[l] += area * scattered[l] * g[l];
        }
    }
    for (auto* table : {&sum.absorption, &sum.scattering, &sum.forward})
        *table = log_log(material.wavelengths, table->data(), wavelengths);
    return sum;
}

/// Sizes for cross-sections, which oscillate with a / lambda: steps of 1 % (small grains) to 4 % in a.
SizeNodes optical_nodes(const Population& population) {
    constexpr double density = 10.0;
    JointedSizes sizes{graded_sizes(population.a_min, population.a_max, density)};
    std::vector<double> numbers = quadrature_numbers(population, sizes);
    return {std::move(sizes.sizes), std::move(numbers)};
}

/// Beyond its tables nothing is known of a material.
void check_wavelengths(const std::vector<double>& wavelengths, const GrainMaterial& material) {
    const double low = material.wavelengths.front(), high = material.wavelengths.back();
    const auto um = [](double wavelength) { return to_text(wavelength / constants::micron, 5); };
    if (wavelengths.empty() ||
        !(wavelengths.front() >= low * (1.0 - 1e-9) && wavelengths.back() <= high * (1.0 + 1e-9))) {
        throw InputError(ErrorText{
            "--wavelengths",
            wavelengths.empty() ? "none is given" : um(wavelengths.front()) + " .. " + um(wavelengths.back()) + " um",
            um(low) + " .. " + um(high) + " um, the tables of " + material.name, "nothing was computed", ""});
    }
}

void check_setup(const DustSetup& setup) {
    if (setup.mixture.populations.empty()) throw InputError("a dust mixture without populations");
    if (setup.field.has_value() == static_cast<bool>(setup.library)) {
        throw InputError("a dust model needs one radiation field: a shape or a library of ages");
    }
    for (const Population& population : setup.mixture.populations) {
        check(*population.material);
        check_wavelengths(setup.wavelengths, *population.material);
        if (!(population.a_max > population.a_min && population.a_min > 0.0 && population.density > 0.0 &&
              population.mass_per_hydrogen > 0.0)) {
            throw InputError(ErrorText{"population " + population.name, "sizes, density or mass that are not positive",
                                       "0 < amin < amax, density > 0, mass > 0", "nothing was computed", ""});
        }
    }
}

}  // namespace

/// The parameters of one point by name.
struct DustModel::Point {
    double strength;
    double age;
    double amin;  // [cm]
    std::span<const double> masses;
    std::span<const double> laws;  // the law parameters of all populations, one after another
};

/// The ensembles and which of them each population uses.
struct DustModel::Grains {
    double amin = 0.0;  // the smallest size of population 0 they were made for; 0: any
    std::vector<GrainEnsemble> ensembles;
    std::vector<AbsorptionTable> absorption;           // of each ensemble, for the fields of the setup
    std::vector<std::vector<PhotonRates>> background;  // of the CMB, for each ensemble; empty vectors without it
    std::vector<std::size_t> of_population;
    std::vector<SizeNodes> nodes;  // table sizes only, per population
};

/// What all grains do in one field.
struct DustModel::Emission {
    double strength, age;
    std::shared_ptr<const Grains> grains;
    std::shared_ptr<const Rates> rates;
    std::vector<EnsembleEmission> ensembles;
};

DustModel::~DustModel() = default;

DustModel::DustModel(DustSetup setup) : setup_(std::move(setup)) {
    check_setup(setup_);
    info_ = declare(setup_);
    grid_ = TemperatureGrid{2.0, 0.02, 436};
    if (setup_.strength == Strength::u && setup_.field) setup_.field = setup_.field->with_unit_strength();
    if (setup_.table_sizes) return;
    auto grains = std::make_shared<Grains>();
    std::vector<const GrainMaterial*> materials;
    for (const Population& population : setup_.mixture.populations) {
        const GrainMaterial* material = population.material.get();
        const auto found = std::find(materials.begin(), materials.end(), material);
        grains->of_population.push_back(static_cast<std::size_t>(found - materials.begin()));
        if (found == materials.end()) materials.push_back(material);
    }
    for (std::size_t m = 0; m < materials.size(); ++m) {
        double low = 1e300, high = 0.0;
        std::shared_ptr<const GrainMaterial> material;
        for (std::size_t p = 0; p < setup_.mixture.populations.size(); ++p) {
            const Population& population = setup_.mixture.populations[p];
            if (grains->of_population[p] != m) continue;
            material = population.material;
            low = std::min({low, population.a_min, amin_moves(setup_.mixture, p) ? smallest_amin * nanometre : 1e300});
            high = std::max(high, population.a_max);
        }
        grains->ensembles.emplace_back(material,
                                       solved_sizes(material->sizes, material->corners, low, high, setup_.size_density),
                                       setup_.wavelengths, grid_, setup_.size_step / setup_.size_density);
    }
    tabulate_absorption(*grains);
    default_grains_ = std::move(grains);
}

DustModel::Point DustModel::read(std::span<const double> point) const {
    check_point(info_, point);
    std::size_t next = 0;
    Point result{point[next++], 0.0, 0.0, {}, {}};
    if (setup_.library) result.age = point[next++];
    result.amin = point[next++] * nanometre;
    result.masses = point.subspan(next, setup_.mixture.populations.size());
    result.laws = point.subspan(next + result.masses.size());
    return result;
}

std::shared_ptr<const DustModel::Grains> DustModel::grains_at(const Point& point) const {
    if (default_grains_) return default_grains_;
    if (const auto same = recent([&](const Emission& one) { return one.grains->amin == point.amin; })) {
        return same->grains;
    }
    auto grains = std::make_shared<Grains>();
    grains->amin = point.amin;
    for (std::size_t p = 0; p < setup_.mixture.populations.size(); ++p) {
        Population population = setup_.mixture.populations[p];
        if (amin_moves(setup_.mixture, p)) population.a_min = point.amin;
        grains->nodes.push_back(table_nodes(population));
        grains->of_population.push_back(p);
        grains->ensembles.emplace_back(population.material, JointedSizes{grains->nodes[p].sizes}, setup_.wavelengths,
                                       grid_);
    }
    tabulate_absorption(*grains);
    return grains;
}

void DustModel::tabulate_absorption(Grains& grains) const {
    // all fields of a library are on the same wavelengths and begin at the same one
    const RadiationField field = setup_.field ? *setup_.field : setup_.library->field(setup_.library->youngest());
    for (const GrainEnsemble& ensemble : grains.ensembles) {
        grains.absorption.push_back(ensemble.absorption_table(field, field.start()));
        grains.background.emplace_back();
        if (!setup_.cmb) continue;
        const RadiationField cmb = cmb_field();
        grains.background.back() = ensemble.absorption_table(cmb, field.start()).rates(cmb);
    }
}

std::shared_ptr<const DustModel::Emission> DustModel::recent(const std::function<bool(const Emission&)>& fits) const {
    const std::scoped_lock lock(mutex_);
    const auto found = std::find_if(recent_.begin(), recent_.end(), [&](const auto& one) { return fits(*one); });
    return found == recent_.end() ? nullptr : *found;
}

void DustModel::remember(std::shared_ptr<const Emission> emission) const {
    const std::scoped_lock lock(mutex_);
    recent_.insert(recent_.begin(), std::move(emission));
    if (recent_.size() > thread_count()) recent_.pop_back();
}

std::shared_ptr<const DustModel::Emission> DustModel::emission_at(const Point& point) const {
    const std::shared_ptr<const Grains> grains = grains_at(point);
    const auto same_field = [&](const Emission& one) { return one.grains == grains && one.age == point.age; };
    if (auto same = recent([&](const Emission& one) { return same_field(one) && one.strength == point.strength; })) {
        return same;
    }
    auto emission = std::make_shared<Emission>(Emission{point.strength, point.age, grains, nullptr, {}});
    if (const auto other_strength = recent(same_field)) {
        emission->rates = other_strength->rates;
    } else {
        const RadiationField field = setup_.field ? *setup_.field : setup_.library->field(point.age);
        Rates rates;
        for (const AbsorptionTable& table : grains->absorption) rates.push_back(table.rates(field));
        emission->rates = std::make_shared<const Rates>(std::move(rates));
    }
    for (std::size_t e = 0; e < grains->ensembles.size(); ++e) {
        emission->ensembles.push_back(grains->ensembles[e].emission((*emission->rates)[e], point.strength,
                                                                    grains->background[e], setup_.distribution));
    }
    remember(emission);
    return emission;
}

Population DustModel::population_at(const Point& point, std::size_t p) const {
    Population population = setup_.mixture.populations[p];
    if (amin_moves(setup_.mixture, p)) population.a_min = point.amin;
    set_law_parameters(population.law, law_of(point, p));
    return population;
}

std::span<const double> DustModel::law_of(const Point& point, std::size_t p) const {
    const std::vector<Population>& all = setup_.mixture.populations;
    std::size_t first = 0;
    for (std::size_t q = 0; q < p; ++q) first += law_parameter_count(all[q].law);
    return point.laws.subspan(first, law_parameter_count(all[p].law));
}

std::vector<double> DustModel::numbers(const Point& point, const Grains& grains, std::size_t p) const {
    std::vector<double> result = sizes_of(population_at(point, p), law_of(point, p), grains, p);
    for (double& number : result) number *= point.masses[p];
    return result;
}

/// The last sizes of each population are kept: most changes of a point leave most of them as they were.
std::vector<double> DustModel::sizes_of(const Population& population, std::span<const double> law, const Grains& grains,
                                        std::size_t p) const {
    Sizes sizes{population.a_min, {law.begin(), law.end()}, {}};
    {
        const std::scoped_lock lock(mutex_);
        last_sizes_.resize(setup_.mixture.populations.size());
        if (last_sizes_[p].a_min == sizes.a_min && last_sizes_[p].law == sizes.law) return last_sizes_[p].numbers;
    }
    sizes.numbers = setup_.table_sizes
                        ? table_nodes(population).numbers
                        : quadrature_numbers(population, grains.ensembles[grains.of_population[p]].dense());
    const std::scoped_lock lock(mutex_);
    last_sizes_[p] = sizes;
    return sizes.numbers;
}

double DustModel::mass(const Grains& grains, const std::vector<double>& numbers, std::size_t p) const {
    const std::vector<double>& sizes =
        grains.nodes.empty() ? grains.ensembles[grains.of_population[p]].dense().sizes : grains.ensembles[p].sizes();
    double mass = 0.0;
    for (std::size_t s = 0; s < numbers.size(); ++s) mass += numbers[s] * sizes[s] * sizes[s] * sizes[s];
    return 4.0 / 3.0 * std::numbers::pi * setup_.mixture.populations[p].density * mass;
}

double DustModel::unit(const Point& point, double dust_mass) const {
    if (setup_.per == Per::u) return 1.0 / point.strength;
    if (setup_.per == Per::hydrogen) return 1.0;
    if (!(dust_mass > 0.0)) {
        throw InputError(ErrorText{"--per dust-mass", "there is no dust: every mass is 0", "one mass above 0",
                                   "nothing was computed", ""});
    }
    return 1.0 / dust_mass;
}

DustSpectrum DustModel::spectrum(std::span<const double> parameters) const {
    const Point point = read(parameters);
    const auto emission = emission_at(point);
    const std::size_t count = setup_.wavelengths.size();
    std::vector<std::vector<double>> all_numbers;
    double dust_mass = 0.0;  // per hydrogen; a mixture by charge counts each grain once
    for (std::size_t p = 0; p < setup_.mixture.populations.size(); ++p) {
        all_numbers.push_back(numbers(point, *emission->grains, p));
        dust_mass += mass(*emission->grains, all_numbers[p], p);
    }
    const double scale = unit(point, dust_mass);
    DustSpectrum result;
    result.total.assign(count, 0.0);
    for (std::size_t p = 0; p < setup_.mixture.populations.size(); ++p) {
        const std::vector<double>& grains = all_numbers[p];
        const EnsembleEmission& ensemble = emission->ensembles[emission->grains->of_population[p]];
        EnergyBalance balance{setup_.mixture.populations[p].name, 0.0, 0.0, 0, 0.0};
        std::vector<double> spectrum = weighted_sum(grains, ensemble.emissivity, count);
        for (std::size_t s = 0; s < grains.size(); ++s) {
            if (grains[s] == 0.0) continue;
            balance.absorbed += grains[s] * ensemble.absorbed[s];
            balance.emitted += grains[s] * ensemble.emitted[s];
            const double off = std::abs(ensemble.emitted[s] / ensemble.absorbed[s] - 1.0);
            balance.worst_grain = std::max(balance.worst_grain, off);
            balance.grains_off += off > balance_limit ? 1 : 0;
        }
        for (std::size_t l = 0; l < count; ++l) {
            spectrum[l] *= scale * setup_.wavelengths[l];
            result.total[l] += spectrum[l];
        }
        if (point.masses[p] > 0.0 && !(std::abs(balance.emitted / balance.absorbed - 1.0) <= balance_limit)) {
            throw NumericalError(ErrorText{
                "population " + balance.population,
                "it emits " + to_text(balance.emitted / balance.absorbed, 5) + " times the energy it absorbs",
                "0.99 .. 1.01 before the emission is rescaled", "this model is refused",
                "--levels 400 where grains are hot; where they are colder than 2 K, a stronger field or --cmb yes"});
        }
        result.populations.push_back(std::move(spectrum));
        result.balance.push_back(std::move(balance));
    }
    return result;
}

DustExtinction DustModel::extinction(std::span<const double> parameters) const {
    const Point point = read(parameters);
    const std::size_t count = setup_.wavelengths.size();
    DustExtinction result;
    std::vector<double> scattering(count, 0.0), forward(count, 0.0);
    bool knows_g = true;
    result.extinction.assign(count, 0.0);
    for (std::size_t p = 0; p < setup_.mixture.populations.size(); ++p) {
        const Population population = population_at(point, p);
        const SizeNodes nodes = setup_.table_sizes ? table_nodes(population) : optical_nodes(population);
        CrossSections sum = cross_sections(*population.material, nodes, setup_.wavelengths);
        for (std::size_t l = 0; l < count; ++l) {
            for (auto* table : {&sum.absorption, &sum.scattering, &sum.forward}) (*table)[l] *= point.masses[p];
            result.extinction[l] += sum.absorption[l] + sum.scattering[l];
            scattering[l] += sum.scattering[l];
            forward[l] += sum.forward[l];
        }
        knows_g = knows_g && !population.material->g.empty();
        result.absorption.push_back(std::move(sum.absorption));
        result.scattering.push_back(std::move(sum.scattering));
    }
    for (std::size_t l = 0; l < count; ++l) {
        result.albedo.push_back(scattering[l] / result.extinction[l]);
        if (knows_g) result.g.push_back(forward[l] / scattering[l]);
    }
    return result;
}

std::vector<DustModel::GrainTemperatures> DustModel::temperatures(std::span<const double> parameters,
                                                                  std::size_t population) const {
    const Point point = read(parameters);
    const auto emission = emission_at(point);
    const std::size_t e = emission->grains->of_population[population];
    const GrainEnsemble& ensemble = emission->grains->ensembles[e];
    DistributionSolver solver(setup_.distribution);
    std::vector<GrainTemperatures> result;
    for (std::size_t s = 0; s < ensemble.sizes().size(); ++s) {
        TemperatureDistribution distribution;
        const PhotonRates* background = setup_.cmb ? &emission->grains->background[e][s] : nullptr;
        solver.solve(ensemble.thermal(s), Heating((*emission->rates)[e][s], point.strength, background), distribution);
        GrainTemperatures grain{
            ensemble.sizes()[s], distribution.absorbed, distribution.narrow, {}, distribution.level_weight};
        for (const double position : distribution.level_position) {
            grain.temperatures.push_back(grid_.low * std::exp(position * grid_.step));
        }
        result.push_back(std::move(grain));
    }
    return result;
}

void DustModel::evaluate(std::span<const double> parameters, std::span<double> outputs) const {
    const std::size_t points = check_shapes(info_, parameters.size(), outputs.size());
    const std::size_t width = info_.parameter_count(), count = info_.output_count();
    for (std::size_t i = 0; i < points; ++i) {
        const DustSpectrum one = spectrum(parameters.subspan(i * width, width));
        std::copy(one.total.begin(), one.total.end(), outputs.begin() + static_cast<std::ptrdiff_t>(i * count));
    }
}

}  // namespace ism::simulate::dust
