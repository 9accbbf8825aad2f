#include <ism/simulate/dust/dustem_mixture.hpp>

#include <cmath>
#include <filesystem>
#include <map>

#include <ism/base/axis.hpp>
#include <ism/base/constants.hpp>
#include <ism/base/errors.hpp>
#include <ism/io/dustem.hpp>
#include <ism/simulate/dust/grain_ensemble.hpp>

namespace ism::simulate::dust {
namespace {

using constants::micron;

std::vector<double> times(std::vector<double> values, double factor) {
    for (double& value : values) value *= factor;
    return values;
}

/// rows x columns -> columns x rows.
std::vector<double> transposed(const std::vector<double>& table, std::size_t columns) {
    const std::size_t rows = table.size() / columns;
    std::vector<double> result(table.size());
    for (std::size_t i = 0; i < rows; ++i) {
        for (std::size_t j = 0; j < columns; ++j) result[j * rows + i] = table[i * columns + j];
    }
    return result;
}

std::shared_ptr<const GrainMaterial> read_material(const std::string& directory, const std::string& type) {
    auto material = std::make_shared<GrainMaterial>();
    material->name = type;
    const std::vector<double> wavelengths = io::read_dustem_wavelengths(directory + "/oprop/LAMBDA.DAT");
    const auto q = io::read_dustem_efficiencies(directory + "/oprop/Q_" + type + ".DAT", wavelengths.size());
    const auto heat = io::read_dustem_heat_capacity(directory + "/hcap/C_" + type + ".DAT");
    material->sizes = times(q.sizes, micron);
    material->wavelengths = times(wavelengths, micron);
    material->q_abs = transposed(q.q_abs, q.sizes.size());
    material->q_sca = transposed(q.q_sca, q.sizes.size());
    const std::string asymmetry = directory + "/oprop/G_" + type + ".DAT";
    if (std::filesystem::exists(asymmetry)) {
        const auto g = io::read_dustem_asymmetry(asymmetry, wavelengths.size());
        if (g.sizes == q.sizes) material->g = transposed(g.g, g.sizes.size());
    }
    material->heat_sizes = times(heat.sizes, micron);
    for (const double t : heat.log_temperature) material->temperatures.push_back(std::pow(10.0, t));
    material->log_heat_capacity = transposed(heat.log_heat_capacity, heat.sizes.size());
    check(*material);
    return material;
}

SizeLaw size_law_of(const io::DustemPopulation& line) {
    SizeLaw law;
    const std::vector<double>& n = line.numbers;
    if (line.law == "logn") {
        law.kind = SizeLaw::Kind::log_normal;
        law.a0 = n[0];
        law.sigma = n[1];
    } else if (line.law == "size") {
        law.kind = SizeLaw::Kind::tabulated;  // read_sizes fills it in
    } else {
        law.alpha = n[0];
        const bool cutoff = line.law.find("ed") != std::string::npos;
        if (cutoff) law.cutoff = ExponentialCutoff{n[1], n[2], n[3]};
        if (line.law.find("cv") != std::string::npos) {
            const std::size_t at = cutoff ? 4 : 1;
            law.curvature = Curvature{n[at], n[at + 1], n[at + 2]};
        }
    }
    return law;
}

/// Size law, limits and density of a population whose sizes are a table. A density that changes with size enters only
/// the mass, by its mean over the volumes.
void read_sizes(const std::string& path, Population& population) {
    const io::DustemSizes table = io::read_dustem_sizes(path);
    SizeLaw& law = population.law;
    law.table_sizes = table.sizes;
    std::vector<double> log_sizes;
    for (std::size_t i = 0; i < table.sizes.size(); ++i) {
        law.table_values.push_back(table.volumes[i] / std::pow(table.sizes[i], 3));
        log_sizes.push_back(std::log(table.sizes[i]));
    }
    const std::vector<double> widths = trapezoid_widths(log_sizes);
    double mass = 0.0, volume = 0.0;
    for (std::size_t i = 0; i < table.sizes.size(); ++i) {
        mass += widths[i] * table.volumes[i] * table.densities[i];
        volume += widths[i] * table.volumes[i];
    }
    if (!(volume > 0.0))
        throw InputError(ErrorText{path, "no grains at any size", "one volume above 0", "nothing was computed", ""});
    population.density = mass / volume;
    population.a_min = table.sizes.front();
    population.a_max = table.sizes.back();
    population.table_nodes = table.sizes.size();
}

/// One fraction for each of DustEM's sizes.
void read_mix(const std::string& path, Population& population) {
    SizeLaw& law = population.law;
    law.mix_fractions = io::read_dustem_mix(path);
    law.mix_sizes = law.kind == SizeLaw::Kind::tabulated
                        ? law.table_sizes
                        : log_spaced(population.a_min, population.a_max, population.table_nodes);
}

void check_law(const SizeLaw& law, const io::DustemPopulation& line, const std::string& where) {
    const auto fail = [&](const std::string& found, const std::string& allowed) {
        throw InputError(
            ErrorText{where + ":" + std::to_string(line.line), found, allowed, "nothing was computed", ""});
    };
    if (law.kind == SizeLaw::Kind::log_normal && !(law.a0 > 0.0 && law.sigma > 0.0)) {
        fail("a log-normal with a0 or sigma that is not positive", "a0 > 0 cm, sigma > 0");
    }
    if (law.cutoff && !(law.cutoff->ac > 0.0)) fail("a cut-off with ac that is not positive", "ac > 0 cm");
    if (law.curvature && !(law.curvature->au > 0.0)) fail("a curvature with au that is not positive", "au > 0 cm");
    if (law.mix_fractions.size() != law.mix_sizes.size()) {
        fail("MIX_" + line.type + ".DAT has " + std::to_string(law.mix_fractions.size()) + " fractions",
             std::to_string(law.mix_sizes.size()) + ", one per size");
    }
}

}  // namespace

GrainMixture dustem_mixture(const std::string& directory, const std::string& grains) {
    const std::string inside = directory + "/data/" + grains;
    if (!std::filesystem::is_directory(directory)) {
        throw InputError(ErrorText{directory, "there is no such folder",
                                   "a DustEM folder, with data/, oprop/ and hcap/ in it", "nothing was computed",
                                   "leave --dustem out for the built-in dust"});
    }
    const bool elsewhere = !std::filesystem::exists(inside) && std::filesystem::exists(grains);
    const std::string path = elsewhere ? grains : inside;
    const io::DustemGrains file = io::read_dustem_grains(path);
    std::map<std::string, std::shared_ptr<const GrainMaterial>> materials;
    std::map<std::string, int> seen;
    GrainMixture mixture{std::filesystem::path(path).stem().string(), {}, file.field_scale};
    for (const io::DustemPopulation& line : file.populations) {
        auto& material = materials[line.type];
        if (!material) material = read_material(directory, line.type);
        Population population;
        population.name = line.type + "_" + std::to_string(++seen[line.type]);
        population.material = material;
        population.mass_per_hydrogen = line.mass_per_hydrogen;
        population.density = line.density;
        population.a_min = line.a_min;
        population.a_max = line.a_max;
        population.table_nodes = line.size_count;
        population.law = size_law_of(line);
        if (line.law == "size") read_sizes(directory + "/data/SIZE_" + line.type + ".DAT", population);
        if (line.mixed) read_mix(directory + "/data/MIX_" + line.type + ".DAT", population);
        check_law(population.law, line, path);
        mixture.populations.push_back(std::move(population));
    }
    return mixture;
}

}  // namespace ism::simulate::dust
