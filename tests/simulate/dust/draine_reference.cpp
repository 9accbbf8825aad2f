// The built-in dust against published tables (the reference data; skipped where they are absent).
#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <numbers>
#include <sstream>

#include <check_relative.hpp>
#include <reference_data.hpp>

#include <ism/base/constants.hpp>
#include <ism/simulate/dust/draine_mixture.hpp>
#include <ism/simulate/dust/heat_capacity.hpp>

using namespace ism::simulate::dust;
using ism::constants::micron;

namespace {

double median(std::vector<double> values) {
    if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

/// Draine's tables of efficiencies: blocks headed "1.000E-03 = radius(micron) ...", rows of wavelength [um] first.
struct EfficiencyTable {
    std::vector<double> sizes;                           ///< [um]
    std::vector<std::vector<std::vector<double>>> rows;  ///< one block of rows for each size
};

EfficiencyTable read_efficiencies(const std::string& path, std::size_t columns) {
    EfficiencyTable table;
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
        std::istringstream words(line);
        std::vector<double> row;
        for (double value = 0.0; words >> value;) row.push_back(value);
        if (row.size() == 1 && line.find("= radius") != std::string::npos) {
            table.sizes.push_back(row[0]);
            table.rows.emplace_back();
        } else if (row.size() == columns && !table.rows.empty()) {
            table.rows.back().push_back(row);
        }
    }
    return table;
}

/// |ours / theirs - 1| of Q_abs at every size and every wavelength of the table between 0.0912 and 10 um.
std::vector<double> deviations(const EfficiencyTable& table, GrainMaterial (*make)(const MaterialGrid&)) {
    MaterialGrid grid;
    std::vector<std::vector<double>> expected(table.sizes.size());
    for (const double size : table.sizes) grid.sizes.push_back(size * micron);
    for (std::size_t i = table.rows[0].size(); i-- > 0;) {  // wavelengths fall in the file
        const double wavelength = table.rows[0][i][0];
        if (!(wavelength >= 0.0912 && wavelength <= 10.0)) continue;
        grid.wavelengths.push_back(wavelength * micron);
        for (std::size_t size = 0; size < table.sizes.size(); ++size) expected[size].push_back(table.rows[size][i][1]);
    }
    const auto material = make(grid);
    std::vector<double> result;
    for (std::size_t size = 0; size < grid.sizes.size(); ++size) {
        for (std::size_t i = 0; i < grid.wavelengths.size(); ++i) {
            result.push_back(std::abs(material.q_abs[size * grid.wavelengths.size() + i] / expected[size][i] - 1.0));
        }
    }
    return result;
}

/// dn/dln a of a population as grain_material.hpp defines it, to a factor; written apart from the library's own.
double number_law(const SizeLaw& law, double a) {
    if (law.kind == SizeLaw::Kind::power_law) {
        double value = std::pow(a, law.alpha + 1.0);
        if (law.cutoff && a > law.cutoff->at) {
            value *= std::exp(-std::pow((a - law.cutoff->at) / law.cutoff->ac, law.cutoff->gamma));
        }
        const double curve = 1.0 + std::abs(law.curvature->zeta) * std::pow(a / law.curvature->au, law.curvature->eta);
        return law.curvature->zeta >= 0 ? value * curve : value / curve;
    }
    const auto above = std::upper_bound(law.table_sizes.begin() + 1, law.table_sizes.end() - 1, a);
    const auto i = static_cast<std::size_t>(above - law.table_sizes.begin());
    const double share = std::log(a / law.table_sizes[i - 1]) / std::log(law.table_sizes[i] / law.table_sizes[i - 1]);
    return std::exp(std::lerp(std::log(law.table_values[i - 1]), std::log(law.table_values[i]), share)) *
           std::lerp(law.mix_fractions[i - 1], law.mix_fractions[i], share);
}

/// The row of a table of sizes at radius a, linear in a.
void add_row(std::vector<double>& sum, const GrainMaterial& material, const std::vector<double>& table, double a,
             double weight) {
    const auto above = std::upper_bound(material.sizes.begin() + 1, material.sizes.end() - 1, a);
    const auto i = static_cast<std::size_t>(above - material.sizes.begin());
    const double share = (a - material.sizes[i - 1]) / (material.sizes[i] - material.sizes[i - 1]);
    const std::size_t columns = material.wavelengths.size();
    for (std::size_t column = 0; column < columns; ++column) {
        sum[column] += weight * std::lerp(table[(i - 1) * columns + column], table[i * columns + column], share);
    }
}

struct Extinction {
    std::vector<double> wavelengths, absorption, scattering;  ///< [cm], [cm2 H-1], [cm2 H-1]
};

/// Cross-sections of a mixture per hydrogen atom: 1500 sizes, trapezoid in ln a.
Extinction extinction(const GrainMixture& mixture) {
    constexpr std::size_t count = 1500;
    Extinction sum;
    sum.wavelengths = mixture.populations[0].material->wavelengths;
    sum.absorption.resize(sum.wavelengths.size());
    sum.scattering.resize(sum.wavelengths.size());
    for (const auto& population : mixture.populations) {
        std::vector<double> sizes, numbers;
        double mass = 0.0;
        for (std::size_t i = 0; i < count; ++i) {
            const double a =
                population.a_min * std::pow(population.a_max / population.a_min, static_cast<double>(i) / (count - 1));
            const double mixed = number_law(population.law, a) * (i == 0 || i + 1 == count ? 0.5 : 1.0);
            const double fraction = population.law.mix_fractions.empty() ? 1.0 : 0.5;  // this mixture: constant halves
            mass += 4.0 / 3.0 * std::numbers::pi * a * a * a * population.density * mixed / fraction;
            sizes.push_back(a);
            numbers.push_back(mixed);
        }
        const double scale = population.mass_per_hydrogen * ism::constants::hydrogen_mass / mass;
        for (std::size_t i = 0; i < count; ++i) {
            const double area = scale * numbers[i] * std::numbers::pi * sizes[i] * sizes[i];
            add_row(sum.absorption, *population.material, population.material->q_abs, sizes[i], area);
            add_row(sum.scattering, *population.material, population.material->q_sca, sizes[i], area);
        }
    }
    return sum;
}

double interpolated(const std::vector<double>& x, const std::vector<double>& y, double at) {
    const auto above = std::upper_bound(x.begin() + 1, x.end() - 1, at);
    const auto i = static_cast<std::size_t>(above - x.begin());
    return std::exp(std::lerp(std::log(y[i - 1]), std::log(y[i]), std::log(at / x[i - 1]) / std::log(x[i] / x[i - 1])));
}

/// Median and largest deviation of a heat capacity per gram from a calorimetry table between two temperatures.
std::pair<double, double> heat_deviation(const std::string& file, const Vibrations& vibrations, double density) {
    const auto rows = number_rows(reference_data(file), 3);
    REQUIRE(rows.size() == 1000);
    std::vector<double> deviation;
    for (const auto& row : rows) {
        if (row[0] < 30.0) continue;
        const double per_gram = HeatPerVolume(vibrations, row[0])(0.1 * micron) / density;
        deviation.push_back(per_gram / row[2] - 1.0);
    }
    const auto [low, high] = std::minmax_element(deviation.begin(), deviation.end());
    return {median(deviation), *high - *low};
}

}  // namespace

TEST_CASE("silicate against Draine's table of 1999") {
    const auto table = read_efficiencies(reference_data("dust/draine/suvSil_81.dat"), 4);
    REQUIRE(table.sizes.size() == 81);
    for (const auto& block : table.rows) REQUIRE(block.size() == 241);
    const auto deviation = deviations(table, draine_silicate);
    REQUIRE(deviation.size() > 81 * 80);
    CHECK(median(deviation) < 0.04);
    MESSAGE("median deviation of Q_abs, 0.0912-10 um: " << median(deviation));
}

TEST_CASE("graphite against Draine's table of 1993") {
    const auto table = read_efficiencies(reference_data("dust/draine/Gra_81.dat"), 4);
    REQUIRE(table.sizes.size() == 81);
    for (const auto& block : table.rows) REQUIRE(block.size() == 241);
    const auto deviation = deviations(table, draine_graphite);
    REQUIRE(deviation.size() > 81 * 80);
    CHECK(median(deviation) < 0.01);
    MESSAGE("median deviation of Q_abs, 0.0912-10 um: " << median(deviation));
}

TEST_CASE("neutral PAHs against the benchmark's table") {
    const auto table = read_efficiencies(reference_data("dust/draine/PAH_28_1201_neu.dat"), 6);
    REQUIRE(table.sizes.size() == 28);
    std::vector<double> deviation;
    for (std::size_t size = 0; size < table.sizes.size(); ++size) {
        REQUIRE(table.rows[size].size() == 1201);
        const double a = table.sizes[size] * micron, atoms = carbon_atoms(a);
        for (const auto& row : table.rows[size]) {
            if (row[1] * micron < shortest_pah_wavelength || row[1] > 1000.0) continue;
            const double q = pah_cross_section_per_carbon(row[1] * micron, atoms, Charge::neutral) * atoms /
                             (std::numbers::pi * a * a);
            deviation.push_back(std::abs(q / row[2] - 1.0));
        }
    }
    REQUIRE(deviation.size() > 28 * 700);
    CHECK(median(deviation) < 1e-5);
    MESSAGE("median deviation of Q_abs, 0.058-1000 um: " << median(deviation));
}

TEST_CASE("the whole mixture against the published extinction curve") {
    const auto rows = number_rows(reference_data("dust/reference/kext_albedo_WD_MW_3.1_60_D03.dat"), 6);
    REQUIRE(rows.size() > 800);
    const auto ours = extinction(weingartner_draine_2001(draine_materials()));
    std::vector<double> extinct, absorbed, far_infrared;
    for (const auto& row : rows) {
        const double wavelength = row[0] * micron;
        if (row[0] < 0.1 || row[0] > 1000.0) continue;
        const double absorption = interpolated(ours.wavelengths, ours.absorption, wavelength);
        const double total = absorption + interpolated(ours.wavelengths, ours.scattering, wavelength);
        (row[0] <= 30.0 ? extinct : far_infrared).push_back(std::abs(total / row[3] - 1.0));
        if (row[0] <= 30.0) absorbed.push_back(std::abs(absorption / (row[4] * 1.870e-26) - 1.0));
    }
    REQUIRE(extinct.size() > 250);
    REQUIRE(far_infrared.size() > 100);
    CHECK(median(extinct) < 0.005);
    CHECK(*std::max_element(extinct.begin(), extinct.end()) <
          0.1);  // PAH bands: Draine & Li 2007 against Li & Draine 2001
    CHECK(*std::max_element(far_infrared.begin(), far_infrared.end()) < 0.005);
    CHECK(median(absorbed) < 0.005);
    MESSAGE("median deviation of the extinction, 0.1-30 um: " << median(extinct));
}

TEST_CASE("heat capacities against the calorimetry of the stochastic-heating benchmark") {
    const auto [graphite, graphite_spread] =
        heat_deviation("dust/draine/Graphitic_Calorimetry_1000.dat", graphite_vibrations(), 2.24);
    CHECK(std::abs(graphite) < 0.005);
    CHECK(graphite_spread < 0.02);
    const auto [silicate, silicate_spread] =
        heat_deviation("dust/draine/Silicate_Calorimetry_1000.dat", silicate_vibrations(), 3.5);
    CHECK(std::abs(silicate + 0.061) < 0.005);  // 24.60 u per atom (MgFeSiO4) against 23.1 u in that table
    CHECK(silicate_spread < 0.01);
}
