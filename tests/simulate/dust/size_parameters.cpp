// The parameters of the size distributions: against DustEM's own distribution, against the same mixture with other
// numbers in its grain file, and at no cost but a sum over sizes.
#include <chrono>
#include <cmath>
#include <fstream>
#include <memory>
#include <numbers>
#include <vector>

#include <check_relative.hpp>
#include <doctest/doctest.h>
#include <error_of.hpp>
#include <reference_data.hpp>
#include <unistd.h>

#include <ism/base/constants.hpp>
#include <ism/base/errors.hpp>
#include <ism/base/parallel.hpp>
#include <ism/simulate/dust/dustem_mixture.hpp>
#include <ism/simulate/dust/size_distribution.hpp>
#include <ism/simulate/registry.hpp>

using namespace ism;
using namespace ism::simulate::dust;
using constants::nanometre;

namespace {

/// A temporary grain file with one power law and one log-normal.
struct GrainFile {
    std::string path;
    GrainFile(const std::string& slope, const std::string& centre, const std::string& width) {
        const std::string name = "GRAIN_" + std::to_string(::getpid()) + slope + ".DAT";
        path = (std::filesystem::temp_directory_path() / name).string();
        std::ofstream(path) << "sdist\n1.0\n"
                            << "CM20 25 plaw-ed 1.7E-03 1.6 0.4E-07 4900E-07 " << slope << " 10E-07 50E-07 1.0\n"
                            << "aOlM5 25 logn 2.55E-03 2.19 1.0E-07 4900E-07 " << centre << ' ' << width << '\n';
    }
    ~GrainFile() { std::filesystem::remove(path); }
};

std::unique_ptr<Model> dust(const std::string& grains, const std::string& sizes) {
    const auto& simulator = simulate::simulator("dust");
    return simulator.create(simulate::complete(simulator, {{"dustem", reference_data("dust/dustem")},
                                                           {"grains", grains},
                                                           {"sizes", sizes},
                                                           {"wavelengths", "3:1000:60"}}),
                            {});
}

std::unique_ptr<Model> built_in() {
    const auto& simulator = simulate::simulator("dust");
    return simulator.create(simulate::complete(simulator, {{"wavelengths", "3:1000:200"}}), {});
}

using Values = std::vector<std::pair<std::string, double>>;

std::vector<double> point_of(const Model& model, const Values& values) {
    std::vector<double> point;
    for (const auto& parameter : model.info().parameters) point.push_back(parameter.fallback);
    for (const auto& [name, value] : values) point[index_of(model.info().parameters, name, "dust")] = value;
    return point;
}

std::vector<double> spectrum(const Model& model, const Values& values) {
    std::vector<double> outputs(model.info().output_count());
    model.evaluate(point_of(model, values), outputs);
    return outputs;
}

double seconds(const std::function<void()>& work) {
    const auto start = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

SizeLaw power_law(double alpha) {
    SizeLaw law;
    law.alpha = alpha;
    return law;
}

SizeLaw log_normal(double a0, double sigma) {
    SizeLaw law;
    law.kind = SizeLaw::Kind::log_normal;
    law.a0 = a0;
    law.sigma = sigma;
    return law;
}

SizeLaw table() {
    SizeLaw law;
    law.kind = SizeLaw::Kind::tabulated;
    return law;
}

Population population_with(SizeLaw law) {
    Population population;
    population.name = "grains";
    population.mass_per_hydrogen = 1e-3;
    population.density = 2.0;
    population.a_min = 1.0 * nanometre;
    population.a_max = 1000.0 * nanometre;
    population.law = std::move(law);
    return population;
}

double mass_per_hydrogen(const std::vector<double>& sizes, const std::vector<double>& numbers, double density) {
    double mass = 0.0;
    for (std::size_t i = 0; i < sizes.size(); ++i)
        mass += 4.0 / 3.0 * std::numbers::pi * std::pow(sizes[i], 3) * density * numbers[i];
    return mass / constants::hydrogen_mass;
}

}  // namespace

TEST_CASE("size distribution of THEMIS against DustEM's SDIST_J13.RES") {
    const auto mixture = dustem_mixture(reference_data("dust/dustem"), "GRAIN_J13.DAT");
    const auto rows = number_rows(reference_data("dust/reference/SDIST_J13.RES"), 2);  // a [cm], a^3 dn/dlna [cm3 H-1]
    REQUIRE(rows.size() == 100);
    for (std::size_t p = 0; p < 4; ++p) {
        const SizeNodes nodes = table_nodes(mixture.populations[p]);
        REQUIRE(nodes.sizes.size() == 25);
        const double step = std::log(nodes.sizes[1] / nodes.sizes[0]);
        for (std::size_t i = 0; i < 25; ++i) {
            const auto& row = rows[25 * p + i];
            const double width = i == 0 || i == 24 ? 0.5 * step : step;
            CHECK_RELATIVE(nodes.sizes[i], row[0], 1e-6);
            if (row[1] > 1e-60) CHECK_RELATIVE(std::pow(nodes.sizes[i], 3) * nodes.numbers[i] / width, row[1], 3e-3);
        }
    }
}

TEST_CASE("each law declares its own parameters, with its own numbers as defaults") {
    const SizeLaw slope = power_law(-3.5);
    REQUIRE(law_parameters(population_with(slope)).size() == 1);
    const Parameter alpha = law_parameters(population_with(slope))[0];
    CHECK(alpha.name == "alpha_grains");
    CHECK(alpha.fallback == -3.5);
    CHECK(alpha.contains(-5.0));
    const SizeLaw bell = log_normal(7.0 * nanometre, 0.05);
    const auto two = law_parameters(population_with(bell));
    REQUIRE(two.size() == 2);
    CHECK(two[0].name == "a0_grains");
    CHECK(two[0].unit == "nm");
    CHECK_RELATIVE(two[0].fallback, 7.0, 1e-14);
    CHECK(two[1].name == "sigma_grains");
    CHECK(two[1].contains(0.05));  // the grain file may go beyond the usual range
    CHECK(two[1].contains(1.9));
    CHECK(law_parameters(population_with(table())).empty());
    for (const auto& law : {slope, bell, table()})
        CHECK(law_parameters(population_with(law)).size() == law_parameter_count(law));
}

TEST_CASE("the mass stays what it is, whatever the law") {
    const JointedSizes nodes{graded_sizes(0.9 * nanometre, 1000.0 * nanometre, 4.0)};
    for (const double alpha : {-6.0, -3.5, 0.0}) {
        SizeLaw law = power_law(0.0);
        set_law_parameters(law, std::vector{alpha});
        CHECK_RELATIVE(mass_per_hydrogen(nodes.sizes, quadrature_numbers(population_with(law), nodes), 2.0), 1e-3,
                       1e-10);
        const SizeNodes table = table_nodes(population_with(law));
        CHECK_RELATIVE(mass_per_hydrogen(table.sizes, table.numbers, 2.0), 1e-3, 1e-10);
    }
    for (const double sigma : {0.1, 1.0, 2.0}) {
        SizeLaw law = log_normal(1.0 * nanometre, 1.0);
        set_law_parameters(law, std::vector{20.0, sigma});
        CHECK_RELATIVE(mass_per_hydrogen(nodes.sizes, quadrature_numbers(population_with(law), nodes), 2.0), 1e-3,
                       1e-10);
    }
}

TEST_CASE("a law without grains between the limits is refused") {
    const SizeLaw far = log_normal(0.01 * nanometre, 0.1);
    CHECK(has(error_of<NumericalError>([&] { (void)table_nodes(population_with(far)); }),
              "no grains between its limits, 1 and 1000 nm"));
    CHECK_THROWS_AS((void)quadrature_numbers(population_with(far), {graded_sizes(1e-7, 1e-4, 1.0)}), NumericalError);
}

TEST_CASE("a changed law is the same mixture with other numbers in its grain file") {
    const GrainFile file("-5.0", "8E-07", "1.0"), other("-4.2", "11E-07", "0.6");
    const Values changed{{"alpha_CM20_1", -4.2}, {"a0_aOlM5_1", 11.0}, {"sigma_aOlM5_1", 0.6}};
    for (const std::string sizes : {"default", "table"}) {
        CAPTURE(sizes);
        const auto model = dust(file.path, sizes), twin = dust(other.path, sizes);
        const auto here = spectrum(*model, changed), there = spectrum(*twin, {}), plain = spectrum(*model, {});
        double largest = 0.0;
        for (std::size_t l = 0; l < here.size(); ++l) {
            CHECK_RELATIVE(here[l], there[l], 1e-12);
            largest = std::max(largest, std::abs(here[l] / plain[l] - 1.0));
        }
        CHECK(largest > 0.2);
    }
}

TEST_CASE("the built-in dust has the slopes of its power laws") {
    const auto model = built_in();
    const auto& parameters = model->info().parameters;
    CHECK(parameters[index_of(parameters, "alpha_graphite", "dust")].fallback == -2.54);
    CHECK(parameters[index_of(parameters, "alpha_silicate", "dust")].fallback == -3.21);
    const auto steep = spectrum(*model, {{"alpha_silicate", -4.5}}), plain = spectrum(*model, {});
    const std::size_t far_infrared = 180, mid_infrared = 60;
    CHECK(steep[far_infrared] / steep[mid_infrared] < 0.8 * plain[far_infrared] / plain[mid_infrared]);
}

TEST_CASE("a changed law needs no new temperatures") {
    set_thread_count(1);
    const auto model = built_in();
    spectrum(*model, {});
    const double field = seconds([&] { spectrum(*model, {{"U", 3.0}}); });
    double law = 1e9;
    for (const double alpha : {-5.0, -4.0, -3.0})
        law = std::min(law, seconds([&] { spectrum(*model, {{"U", 3.0}, {"alpha_graphite", alpha}}); }));
    set_thread_count(0);
    MESSAGE("a new field ", 1e3 * field, " ms, a new slope ", 1e3 * law, " ms");
    CHECK(law < 0.3 * field);
}
