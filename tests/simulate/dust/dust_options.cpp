// What the settings of `simulate dust` mean: tables of sizes, the strength in a grain file, the cosmic background, what
// the emission is counted per, light in lines, and the cross-sections of the mixture.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <memory>
#include <numbers>
#include <sstream>
#include <vector>

#include <check_relative.hpp>
#include <doctest/doctest.h>
#include <error_of.hpp>
#include <reference_data.hpp>
#include <unistd.h>

#include <ism/base/axis.hpp>
#include <ism/base/constants.hpp>
#include <ism/base/errors.hpp>
#include <ism/io/dustem.hpp>
#include <ism/simulate/dust/absorption_table.hpp>
#include <ism/simulate/dust/draine_mixture.hpp>
#include <ism/simulate/dust/dust_model.hpp>
#include <ism/simulate/dust/dustem_mixture.hpp>
#include <ism/simulate/dust/size_distribution.hpp>
#include <ism/simulate/registry.hpp>

using namespace ism;
using namespace ism::simulate::dust;
using constants::micron, constants::nanometre;

namespace {

/// A DustEM folder of links to the reference tables, with grain files of the test's own.
class Folder {
public:
    Folder() : path_(std::filesystem::temp_directory_path() / ("dustem_" + std::to_string(::getpid()))) {
        std::filesystem::create_directories(path_ / "data");
        for (const char* part : {"oprop", "hcap"})
            std::filesystem::create_directory_symlink(reference_data(std::string("dust/dustem/") + part), path_ / part);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() { std::filesystem::remove_all(path_); }
    void write(const std::string& name, const std::string& text) const { std::ofstream(path_ / "data" / name) << text; }
    [[nodiscard]] std::string path() const { return path_.string(); }

private:
    std::filesystem::path path_;
};

std::unique_ptr<Model> dust(const simulate::Settings& settings, const std::vector<std::string>& requested = {}) {
    const auto& simulator = simulate::simulator("dust");
    return simulator.create(simulate::complete(simulator, settings), requested);
}

std::vector<double> spectrum(const Model& model, const std::string& name = "", double value = 0.0) {
    std::vector<double> point, outputs(model.info().output_count());
    for (const auto& parameter : model.info().parameters)
        point.push_back(parameter.name == name ? value : parameter.fallback);
    model.evaluate(point, outputs);
    return outputs;
}

double log_integral(const std::vector<double>& spectrum) {
    double sum = 0.0;
    for (const double value : spectrum) sum += value;
    return sum;
}

const char* const power_law = "CM20 40 plaw-ed 1.7E-03 1.6 0.4E-07 4900E-07 -5.0 10E-07 50E-07 1.0\n";

/// The same grains as DustEM's table: a, dlna, a^3 dn/dlna, density.
std::string as_size_table() {
    SizeLaw law;
    law.alpha = -5.0;
    law.cutoff = ExponentialCutoff{10e-7, 50e-7, 1.0};
    std::ostringstream text;
    text.precision(15);
    text << "# a table\n1\ncarbon\n1.6\n1.0\n40\n";
    const std::vector<double> sizes = log_spaced(0.4e-7, 4900e-7, 40);
    for (const double a : sizes) text << a << " 0.24 " << std::pow(a, 3) * size_law(law, a) * 1e-30 << " 1.6 1.0\n";
    return text.str();
}

}  // namespace

TEST_CASE("DustEM's SIZE file of a power law is that power law") {
    const Folder folder;
    folder.write("GRAIN_LAW.DAT", std::string("sdist\n1.0\n") + power_law);
    folder.write("GRAIN_TABLE.DAT", "sdist\n1.0\nCM20 40 size 1.7E-03\n");
    folder.write("SIZE_CM20.DAT", as_size_table());
    for (const char* sizes : {"table", "default"}) {
        CAPTURE(sizes);
        simulate::Settings settings{{"dustem", folder.path()}, {"wavelengths", "3:1000:60"}, {"sizes", sizes}};
        settings["grains"] = "GRAIN_LAW.DAT";
        const auto law = spectrum(*dust(settings));
        settings["grains"] = "GRAIN_TABLE.DAT";
        const auto table = spectrum(*dust(settings));
        // between its sizes a table is a power law, the law itself is not
        const double tolerance = sizes == std::string("table") ? 1e-9 : 0.02;
        for (std::size_t l = 0; l < law.size(); ++l) CHECK_RELATIVE(table[l], law[l], tolerance);
    }
}

TEST_CASE("a SIZE file that is not DustEM's is refused with its line") {
    const std::string good = as_size_table();
    CHECK(io::parse_dustem_sizes(good, "SIZE").bulks == std::vector<std::string>{"carbon"});
    CHECK(io::parse_dustem_sizes(good, "SIZE").volumes.size() == 40);
    const auto text_of = [&](const std::string& text) {
        return error_of([&] { (void)io::parse_dustem_sizes(text, "SIZE"); });
    };
    CHECK(text_of("2\ncarbon\n1.6\n1\n1\n1e-7 1 1 1.6\n").find("SIZE:2") != std::string::npos);
    CHECK(text_of("1\ncarbon\n1.6\n1\n2\n1e-7 1\n2e-7 1\n").find("SIZE:6") != std::string::npos);
    CHECK(text_of("1\ncarbon\n1.6\n1\n2\n2e-7 1 1 1.6\n1e-7 1 1 1.6\n").find("increase") != std::string::npos);
    CHECK(text_of(good.substr(0, good.size() / 2)).find("SIZE") != std::string::npos);
}

TEST_CASE("the G0 of a grain file makes the field that much stronger where G0 is asked for, and leaves U alone") {
    const Folder folder;
    folder.write("GRAIN_ONE.DAT", std::string("sdist\n1.0\n") + power_law);
    folder.write("GRAIN_TEN.DAT", std::string("sdist\n10.0\n") + power_law);
    const auto run = [&](const char* grains, const char* strength, double value) {
        const auto model =
            dust({{"dustem", folder.path()}, {"grains", grains}, {"wavelengths", "3:1000:60"}}, {strength});
        return spectrum(*model, strength, value);
    };
    const auto one = run("GRAIN_ONE.DAT", "G0", 10.0), ten = run("GRAIN_TEN.DAT", "G0", 1.0);
    const auto u_one = run("GRAIN_ONE.DAT", "U", 3.0), u_ten = run("GRAIN_TEN.DAT", "U", 3.0);
    for (std::size_t l = 0; l < one.size(); ++l) {
        CHECK_RELATIVE(ten[l], one[l], 1e-9);
        CHECK_RELATIVE(u_ten[l], u_one[l], 1e-9);
    }
}

TEST_CASE("the cosmic background adds what it gives in equilibrium, and nothing to U") {
    const auto warm = spectrum(*dust({{"wavelengths", "20:3000:300"}}), "U", 1.0);
    const auto both = spectrum(*dust({{"wavelengths", "20:3000:300"}, {"cmb", "yes"}}), "U", 1.0);
    for (std::size_t l = 0; l < warm.size(); ++l) CHECK(both[l] >= warm[l] * (1.0 - 1e-3));
    CHECK_RELATIVE(log_integral(both), log_integral(warm), 0.01);
    CHECK(both.back() / warm.back() > 1.0);
    const auto alone = spectrum(*dust({{"wavelengths", "300:3000:60"}, {"cmb", "yes"}}), "U", 1e-2);
    const auto dark = spectrum(*dust({{"wavelengths", "300:3000:60"}}), "U", 1e-2);
    CHECK(alone.back() > dark.back());
}

TEST_CASE("emission per unit of field and per gram of dust") {
    const auto per_hydrogen = spectrum(*dust({}), "U", 100.0);
    const auto per_u = spectrum(*dust({{"per", "U"}}), "U", 100.0);
    const auto model = dust({{"per", "dust-mass"}});
    const auto per_gram = spectrum(*model, "U", 100.0);
    CHECK(model->info().output_unit == "erg s-1 g-1");
    double mass = 0.0;  // of the built-in dust, per hydrogen: each grain once, whatever its charge
    const GrainMixture mixture = draine_li_2007(draine_materials());
    for (const Population& population : mixture.populations) {
        const SizeNodes nodes{log_spaced(population.a_min, population.a_max, 4000), {}};
        std::vector<double> logs;
        for (const double a : nodes.sizes) logs.push_back(std::log(a));
        const auto widths = trapezoid_widths(logs);
        double of_law = 0.0, mixed = 0.0;
        for (std::size_t i = 0; i < logs.size(); ++i) {
            const double volume = widths[i] * size_law(population.law, nodes.sizes[i]) * std::pow(nodes.sizes[i], 3);
            of_law += volume;
            mixed += volume * mix_fraction(population.law, nodes.sizes[i]);
        }
        mass += population.mass_per_hydrogen * constants::hydrogen_mass * mixed / of_law;
    }
    for (std::size_t l = 0; l < per_u.size(); l += 40) {
        CHECK_RELATIVE(per_u[l], per_hydrogen[l] / 100.0, 1e-12);
        CHECK_RELATIVE(per_gram[l], per_hydrogen[l] / mass, 2e-3);
    }
}

TEST_CASE("light in narrow lines is absorbed to the last erg") {
    // three lines of one part in a thousand, far narrower than a piece of the photon rates
    std::vector<double> wavelengths{0.1e-4}, light{0.0};
    for (const double line : {0.13e-4, 0.2137e-4, 0.65628e-4}) {
        for (const double x : {0.999, 0.9995, 1.0005, 1.001}) wavelengths.push_back(line * x);
        light.insert(light.end(), {0.0, 1e3, 1e3, 0.0});
    }
    const RadiationField field("lines", wavelengths, light);
    const std::vector<double> material = log_spaced(0.05e-4, 1.0, 200);
    std::vector<double> sigma;
    for (const double wavelength : material) sigma.push_back(1e-14 * 1e-5 / wavelength);
    const PhotonRates rates = AbsorptionTable(material, sigma, field.wavelengths(), field.start()).rates(field).at(0);
    double power = 0.0;  // midpoints, 2000 in each piece of a line
    for (std::size_t i = 0; i + 1 < wavelengths.size(); ++i) {
        const double width = (wavelengths[i + 1] - wavelengths[i]) / 2000.0;
        for (int k = 0; k < 2000; ++k) {
            const double wavelength = wavelengths[i] + (k + 0.5) * width;
            power += width * field.at(wavelength) * 1e-14 * 1e-5 / wavelength;
        }
    }
    CHECK_RELATIVE(rates.power(), power, 2e-5);
}

TEST_CASE("cross-sections of the mixture: converged in size, albedo and <cos> as published") {
    const auto& simulator = simulate::simulator("dust");
    const auto model =
        dust({{"grains", "weingartner-draine-2001"}, {"show", "extinction"}, {"wavelengths", "0.1:100:400"}});
    std::vector<double> point;
    for (const auto& parameter : model->info().parameters) point.push_back(parameter.fallback);
    const io::Table table = simulator.tabulate(*model, point);
    const auto wavelength = table.numbers("wavelength"), albedo = table.numbers("albedo"), g = table.numbers("g");
    const auto rows = number_rows(reference_data("dust/reference/kext_albedo_WD_MW_3.1_60_D03.dat"), 6);
    std::vector<double> albedo_off, g_off;
    for (const auto& row : rows) {  // lambda [um], albedo, <cos>, C_ext/H ...
        if (row[0] < 0.1 || row[0] > 10.0) continue;
        const auto after = std::lower_bound(wavelength.begin(), wavelength.end(), row[0]);
        const auto i = std::clamp<std::size_t>(static_cast<std::size_t>(after - wavelength.begin()), 1, 399);
        const double t = std::log(row[0] / wavelength[i - 1]) / std::log(wavelength[i] / wavelength[i - 1]);
        albedo_off.push_back(std::abs(albedo[i - 1] + t * (albedo[i] - albedo[i - 1]) - row[1]));
        g_off.push_back(std::abs(g[i - 1] + t * (g[i] - g[i - 1]) - row[2]));
    }
    REQUIRE(albedo_off.size() > 200);
    std::sort(albedo_off.begin(), albedo_off.end());
    std::sort(g_off.begin(), g_off.end());
    MESSAGE("albedo: median " << albedo_off[albedo_off.size() / 2] << ", largest " << albedo_off.back()
                              << "; <cos>: " << g_off[g_off.size() / 2] << ", " << g_off.back());
    CHECK(albedo_off[albedo_off.size() / 2] < 0.003);
    CHECK(g_off[g_off.size() / 2] < 0.005);
    CHECK(albedo_off.back() < 0.03);
    CHECK(g_off.back() < 0.03);
}

TEST_CASE("cross-sections do not depend on how finely sizes are taken") {
    DustSetup setup;
    setup.mixture = draine_li_2007(draine_materials());
    setup.field = mathis_field();
    setup.wavelengths = setup.mixture.populations[0].material->wavelengths;
    const DustModel model(setup);
    std::vector<double> point;
    for (const auto& parameter : model.info().parameters) point.push_back(parameter.fallback);
    const DustExtinction found = model.extinction(point);
    const std::size_t count = setup.wavelengths.size();
    for (std::size_t p = 0; p < setup.mixture.populations.size(); ++p) {
        Population population = setup.mixture.populations[p];
        population.table_nodes = 4000;
        const SizeNodes nodes = table_nodes(population);
        std::vector<double> absorption(count, 0.0), scattering(count, 0.0);
        for (std::size_t s = 0; s < nodes.sizes.size(); ++s) {
            const GrainMaterial& material = *population.material;
            const double a = nodes.sizes[s], area = nodes.numbers[s] * std::numbers::pi * a * a;
            const auto absorbed = efficiency(material, material.q_abs, a);
            const auto scattered = efficiency(material, material.q_sca, a);
            for (std::size_t l = 0; l < count; ++l) {
                absorption[l] += area * absorbed[l];
                scattering[l] += area * scattered[l];
            }
        }
        for (std::size_t l = 0; l < count; l += 7) {
            CAPTURE(population.name);
            CAPTURE(setup.wavelengths[l]);
            CHECK_RELATIVE(found.absorption[p][l], absorption[l], 2e-3);
            CHECK(std::abs(found.scattering[p][l] - scattering[l]) <=
                  2e-3 * scattering[l] + 1e-5 * found.extinction[l]);
        }
    }
}

TEST_CASE("wavelengths from a table are taken in its unit") {
    const Folder folder;
    const std::string path = folder.path() + "/mine.csv";
    std::ofstream(path) << "wavelength [nm],flux\n5000,1\n8000,2\n100000,3\n";
    const auto model = dust({{"wavelengths", path}});
    CHECK_RELATIVE(model->info().axis.values.at(1), 8.0, 1e-12);
    std::ofstream(path) << "wavelength [nm],flux\n5000,1\n8000,2\n7000,3\n";
    const std::string text = error_of([&] { (void)dust({{"wavelengths", path}}); });
    CHECK(text.find("mine.csv:4") != std::string::npos);
    CHECK(text.find("increasing") != std::string::npos);
    CHECK(error_of([] { (void)dust({{"wavelengths", "1:2:2.7"}}); }).find("whole") != std::string::npos);
}
