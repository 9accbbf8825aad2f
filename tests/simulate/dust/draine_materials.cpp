#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include <check_relative.hpp>
#include <reference_data.hpp>

#include <ism/base/constants.hpp>
#include <ism/base/errors.hpp>
#include <ism/simulate/dust/draine_mixture.hpp>
#include <ism/simulate/dust/embedded_table.hpp>
#include <ism/simulate/dust/heat_capacity.hpp>
#include <ism/simulate/dust/optical_constants.hpp>
#include <ism/simulate/dust/pah.hpp>

using namespace ism::simulate::dust;
using ism::constants::micron, ism::constants::nanometre;

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

/// A small grid: these tests look at properties, not at resolution.
MaterialGrid small_grid() {
    return {
        {0.4 * nanometre, 1.0 * nanometre, 5.0 * nanometre, 50.0 * nanometre, 500.0 * nanometre},
        {0.05 * micron, 0.0912 * micron, 0.2175 * micron, 0.55 * micron, 1.93 * micron, 7.7 * micron, 100.0 * micron}};
}

double check_free_electrons(GraphiteAxis axis, const std::string& name) {
    const auto rows = number_rows(ISM_SOURCE_DIR "/data/draine2003_graphite_" + name + "_0.1um.dat", 3);
    REQUIRE(rows.size() > 360);
    double worst = 0.0;
    for (const auto& row : rows) {
        const std::complex<double> n{1.0 + row[1], row[2]};
        const auto ours = draine_graphite_dielectric(axis, row[0] * micron, 0.1 * micron);
        worst = std::max(worst, std::abs(ours - n * n) / std::abs(n * n));
    }
    return worst;
}

}  // namespace

TEST_CASE("optical constants: rows are returned, gaps are filled smoothly, the outside is refused") {
    const OpticalConstants table("# header\n1 0.5 0.1\n2 0.7 0.1\n10 0.7 0.5\n", "test");
    const std::complex<double> first{1.5, 0.1};
    CHECK_RELATIVE(table.dielectric(1e-4).real(), (first * first).real(), 1e-14);
    CHECK_RELATIVE(table.dielectric(1e-4).imag(), (first * first).imag(), 1e-14);
    CHECK_RELATIVE(table.longest(), 10e-4, 1e-14);
    CHECK_THROWS_AS((void)table.dielectric(0.99e-4), ism::InputError);
    CHECK_THROWS_AS((void)table.dielectric(not_a_number), ism::InputError);
    for (const auto* text : {"", "1 0.5 0.1\n", "1 0.5 0.1\n1 0.5 0.1\n", "1 0.5\n2 0.5 0.1\n",
                             "1 0.5 0.1\n2 nan 0.1\n", "1 0.5 0.1\n2 0.5 -0.1\n", "1 0.5 0.1\n2 x 0.1\n"}) {
        CHECK_THROWS_AS(OpticalConstants(text, "test"), ism::InputError);
    }
}

TEST_CASE("optical constants: refractive index of conductors, dielectrics and near vacuum") {
    for (const std::complex<double> n :
         {std::complex<double>{1.7, 0.03}, {0.1, 3.0}, {500.0, 501.0}, {1.0 - 1e-6, 1e-9}}) {
        const auto back = refractive_index(n * n);
        CHECK_RELATIVE(back.real(), n.real(), 1e-12);
        CHECK_RELATIVE(back.imag(), n.imag(), 1e-6);
    }
}

TEST_CASE("graphite: free electrons turn Draine's table for 0.01 um into his table for 0.1 um") {
    CHECK(check_free_electrons(GraphiteAxis::perpendicular, "perpendicular") < 3e-4);
    CHECK(check_free_electrons(GraphiteAxis::parallel, "parallel") < 3e-4);
}

TEST_CASE("PAH: numbers of the papers") {
    CHECK_RELATIVE(carbon_atoms(1.0 * nanometre), 470.4, 1e-3);
    CHECK(hydrogen_per_carbon(10) == 0.5);
    CHECK_RELATIVE(hydrogen_per_carbon(50), 0.5 * std::sqrt(0.5), 1e-14);
    CHECK(hydrogen_per_carbon(1e4) == 0.25);
    CHECK(pah_share(1.0 * nanometre) == 0.99);
    CHECK_RELATIVE(pah_share(10.0 * nanometre), 0.99 / 8.0, 1e-12);
    CHECK_RELATIVE(pah_ionised_fraction(1.0 * nanometre), 0.5, 1e-12);
    // 7.7 um complex: three bands; an ion absorbs several times more there than a neutral molecule, less at 3.3 um.
    const auto at = [](double um, Charge charge) { return pah_cross_section_per_carbon(um * micron, 100.0, charge); };
    CHECK(at(7.7, Charge::ionised) > 5.0 * at(7.7, Charge::neutral));
    CHECK(at(3.3, Charge::neutral) > 3.0 * at(3.3, Charge::ionised));
    CHECK(at(1.93, Charge::ionised) == 0.0);
    CHECK_THROWS_AS((void)at(0.05, Charge::neutral), ism::InputError);
    CHECK_THROWS_AS((void)at(not_a_number, Charge::neutral), ism::InputError);
    CHECK_THROWS_AS((void)pah_cross_section_per_carbon(1e-4, 0.0, Charge::neutral), ism::InputError);
}

TEST_CASE("PAH: the pieces of the ultraviolet join") {
    for (const double x : {3.3, 5.9, 7.7, 10.0, 15.0}) {
        const double below = pah_cross_section_per_carbon(1e-4 / (x + 1e-9), 1000.0, Charge::neutral);
        const double above = pah_cross_section_per_carbon(1e-4 / (x - 1e-9), 1000.0, Charge::neutral);
        CHECK_RELATIVE(below, above, 0.03);
    }
}

TEST_CASE("heat capacity: limits of a Debye solid") {
    const double zeta3 = 1.2020569031595942, zeta4 = std::pow(std::numbers::pi, 4) / 90.0;
    CHECK_RELATIVE(debye_heat_capacity(2, 1e-3), 12.0 * zeta3 * 1e-6, 1e-6);
    CHECK_RELATIVE(debye_heat_capacity(3, 1e-3), 72.0 * zeta4 * 1e-9, 1e-6);
    CHECK_RELATIVE(debye_heat_capacity(2, 100.0), 1.0, 1e-5);
    CHECK_RELATIVE(debye_heat_capacity(3, 100.0), 1.0, 1e-5);
}

TEST_CASE("heat capacity: Dulong-Petit, hydrogen and refusals") {
    const double hot = 5e4, radius = 100.0 * nanometre;
    const double per_atom = HeatPerVolume(graphite_vibrations(), hot)(radius) * 4.0 / 3.0 * std::numbers::pi *
                            std::pow(radius, 3) / carbon_atoms(radius) / ism::constants::boltzmann;
    CHECK_RELATIVE(per_atom, 3.0, 1e-3);
    CHECK_RELATIVE(HeatPerVolume(pah_vibrations(), hot)(radius) / HeatPerVolume(graphite_vibrations(), hot)(radius),
                   1.25, 1e-3);
    CHECK_RELATIVE(HeatPerVolume(silicate_vibrations(), hot)(radius), 3.0 * 1.380649e-16 * 8.566e22, 1e-3);
    CHECK_THROWS_AS(HeatPerVolume(pah_vibrations(), 0.0), ism::InputError);
    CHECK_THROWS_AS(HeatPerVolume(pah_vibrations(), not_a_number), ism::InputError);
    CHECK_THROWS_AS((void)HeatPerVolume(pah_vibrations(), 10.0)(0.1 * nanometre), ism::InputError);
}

TEST_CASE("materials: whole tables, all physical") {
    const auto materials = draine_materials(small_grid());
    for (const auto& material :
         {materials.silicate, materials.graphite, materials.carbon_neutral, materials.carbon_ionised}) {
        CAPTURE(material->name);
        REQUIRE(material->q_abs.size() == 35);
        REQUIRE(material->q_sca.size() == 35);
        REQUIRE(material->g.size() == 35);
        REQUIRE(material->log_heat_capacity.size() == material->heat_sizes.size() * material->temperatures.size());
        for (const double q : material->q_abs) CHECK((q > 0 && q < 5));
        for (const double q : material->q_sca) CHECK((q > 0 && q < 5));
        for (const double g : material->g) CHECK(std::abs(g) < 1);
        for (const double heat : material->log_heat_capacity) CHECK(std::isfinite(heat));
    }
    CHECK(materials.carbon_neutral->q_abs[34] ==
          doctest::Approx(materials.graphite->q_abs[34]).epsilon(1e-3));  // 0.5 um
}

TEST_CASE("grid: the interval that defines U ends on wavelengths") {
    const auto grid = draine_grid();
    for (const double end : {0.0912 * micron, 8.0 * micron}) {
        CHECK(std::find(grid.wavelengths.begin(), grid.wavelengths.end(), end) != grid.wavelengths.end());
    }
    CHECK(std::is_sorted(grid.wavelengths.begin(), grid.wavelengths.end()));
    CHECK(std::is_sorted(grid.sizes.begin(), grid.sizes.end()));
    CHECK(grid.sizes.size() == 135);
    CHECK(std::count(grid.sizes.begin(), grid.sizes.end(), pure_pah_limit) == 1);
}

TEST_CASE("mixtures: masses and charge") {
    const auto materials = draine_materials(small_grid());
    const auto mixture = draine_li_2007(materials);
    REQUIRE(mixture.populations.size() == 4);
    double mass = 0.0;
    for (std::size_t i = 1; i < 4; ++i)
        mass += mixture.populations[i].mass_per_hydrogen;  // PAH0 and PAH1 share one mass
    CHECK_RELATIVE(mass, 0.010513, 1e-4);
    const auto& neutral = mixture.populations[0].law;
    const auto& ionised = mixture.populations[1].law;
    REQUIRE(neutral.mix_fractions.size() == ionised.mix_fractions.size());
    for (std::size_t i = 0; i < neutral.mix_fractions.size(); ++i) {
        CHECK_RELATIVE(neutral.mix_fractions[i] + ionised.mix_fractions[i], 1.0, 1e-14);
    }
    for (const auto& population : mixture.populations) CHECK_RELATIVE(carbon_atoms(population.a_min), 20.0, 0.06);
    CHECK_RELATIVE(weingartner_draine_2001(materials).populations[0].mass_per_hydrogen, 6.65e-4, 1e-3);
}

TEST_CASE("tables are built in, byte for byte") {
    CHECK(embedded_table("bpass_z008_binary.dat").size() > 100000);
    CHECK(embedded_table("draine2003_silicate.dat").substr(0, 30) == "# Refractive index of astronom");
    CHECK(embedded_table("nothing").empty());
}
