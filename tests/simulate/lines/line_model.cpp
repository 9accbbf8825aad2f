// Excitation of molecules: limits with a closed form, the slow reference, and what is refused.
#include <ism/simulate/lines/line_model.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <numbers>

#include <check_relative.hpp>
#include <doctest/doctest.h>
#include <error_of.hpp>
#include <on_every_target.hpp>
#include <reference_data.hpp>

#include <ism/base/constants.hpp>
#include <ism/base/errors.hpp>
#include <ism/base/random.hpp>
#include <ism/simulate/registry.hpp>

using namespace ism;
using namespace ism::simulate;
using namespace ism::simulate::lines;
using io::Collider;

namespace {

constexpr Geometry geometries[] = {Geometry::lvg, Geometry::sphere, Geometry::slab};

std::string file(const std::string& name) { return reference_data("lines/lamda/" + name); }
io::LamdaMolecule molecule(const std::string& name) { return io::read_lamda(file(name)); }

Conditions cloud(double temperature, double density, double column_per_width, Collider collider, double background) {
    Conditions conditions{.temperature = temperature, .background = background, .column_per_width = column_per_width};
    conditions.density[static_cast<std::size_t>(collider) - 1] = density;
    return conditions;
}

std::vector<double> populations(const LevelSystem& system, Geometry geometry, const Conditions& conditions) {
    std::vector<double> x(system.size());
    std::vector<Outcome> outcome(1);
    solve_levels(system, geometry, std::span(&conditions, 1), x, outcome);
    REQUIRE(outcome[0].converged);
    return x;
}

std::unique_ptr<Model> model(const std::string& name, const std::vector<std::string>& requested = {},
                             Settings settings = {}) {
    settings["molecule"] = file(name);
    const auto& simulator = simulate::simulator("lines");
    return simulator.create(complete(simulator, settings), requested);
}

/// The error of a model that cannot be made.
std::string refusal(const std::string& name, const std::vector<std::string>& requested, const Settings& settings = {}) {
    return error_of([&] { (void)model(name, requested, settings); });
}

}  // namespace

TEST_CASE("escape probabilities: 1 where nothing is absorbed, their wings, and slopes that fit the values") {
    for (const Geometry geometry : geometries) {
        CAPTURE(to_string(geometry));
        CHECK_RELATIVE(escape_probability(geometry, 0.0).probability, 1.0, 1e-15);
        for (double tau :
             {-5.0, -1.0, -0.3, -0.02, 1e-3, 0.0199, 0.03, 0.5, 0.999, 1.001, 3.0, 13.7, 14.5, 40.0, 1e4}) {
            CAPTURE(tau);
            const double h = 1e-6 * std::abs(tau);
            const double slope = (escape_probability(geometry, tau + h).probability -
                                  escape_probability(geometry, tau - h).probability) /
                                 (2.0 * h);
            CHECK(std::abs(escape_probability(geometry, tau).slope - slope) < 1e-5 * (std::abs(slope) + 1e-4));
        }
    }
    CHECK_RELATIVE(escape_probability(Geometry::sphere, 1e3).probability, 1.5e-3 * (1.0 - 2e-6), 1e-12);
    CHECK_RELATIVE(escape_probability(Geometry::slab, 1e3).probability, 1.0 / 3e3, 1e-12);
    CHECK_RELATIVE(escape_probability(Geometry::lvg, 20.0).probability,
                   1.0 / (20.0 * std::sqrt(std::log(10.0 / std::sqrt(std::numbers::pi)))), 1e-12);
    CHECK_RELATIVE(escape_probability(Geometry::lvg, 2.0).probability, (1.0 - std::exp(-2.34)) / 2.34, 1e-14);
    CHECK(escape_probability(Geometry::lvg, 0.0195).probability == 1.0);
    CHECK(escape_probability(Geometry::slab, -1e6).slope == 0.0);
    CHECK(std::isfinite(escape_probability(Geometry::slab, -1e6).probability));
}

TEST_CASE("at high density the levels follow Boltzmann's law") {
    struct Case {
        const char* name;
        Collider collider;
        double temperature;
    };
    for (const Case& one : {Case{"hco+.dat", Collider::h2, 60.0}, Case{"n+.dat", Collider::electron, 8000.0},
                            Case{"p-nh3.dat", Collider::para_h2, 40.0}}) {
        CAPTURE(one.name);
        const LevelSystem system(molecule(one.name), {one.collider});
        for (const Geometry geometry : geometries) {
            const auto x = populations(system, geometry, cloud(one.temperature, 1e22, 1e13, one.collider, 2.73));
            double sum = 0.0;
            for (std::size_t i = 0; i < x.size(); ++i) sum += x[i];
            CHECK_RELATIVE(sum, 1.0, 1e-13);
            for (std::size_t i = 1; i < x.size(); ++i) {
                const double boltzmann = system.weights[i] / system.weights[0] *
                                         std::exp((system.energies[0] - system.energies[i]) / one.temperature);
                CHECK_RELATIVE(x[i] / x[0], boltzmann, 1e-7);
            }
        }
    }
}

TEST_CASE("without collisions the levels take the temperature of the background") {
    const LevelSystem system(molecule("co.dat"), {Collider::para_h2});
    const auto x = populations(system, Geometry::sphere, cloud(100.0, 0.0, 1e16, Collider::para_h2, 30.0));
    for (const RadiativeLine& line : system.lines)
        CHECK_RELATIVE(line.temperature / std::log(line.weight_ratio * x[line.lower] / x[line.upper]), 30.0, 1e-9);
}

TEST_CASE("two levels: [C II] has a closed form") {
    // x_u / x_l = (C_lu + beta B) / (C_ul + beta A (1 + n)); with beta = 1 it is explicit, else it is a fixed point
    const LevelSystem system(molecule("c+.dat"), {Collider::electron});
    const RadiativeLine& line = system.lines.at(0);
    CHECK_RELATIVE(line.temperature, 91.21, 1e-4);
    const double temperature = 100.0, down = 3.8e-7 * 30.0,
                 n = 1.0 / std::expm1(line.temperature / 2.73);  // the file's
    const double up = down * 2.0 * std::exp(-line.temperature / temperature), a = 2.3e-6;
    for (const double column : {1.0, 1e17, 1e19}) {
        for (const Geometry geometry : geometries) {
            const auto x = populations(system, geometry, cloud(temperature, 30.0, column, Collider::electron, 2.73));
            const double wavelength = constants::speed_of_light / line.frequency;
            const double tau =
                std::pow(wavelength, 3) * a * column / (8.0 * std::numbers::pi * 1.0644670194e5) * (2.0 * x[0] - x[1]);
            const double beta = escape_probability(geometry, tau).probability;
            if (column == 1.0) CHECK(beta == doctest::Approx(1.0).epsilon(1e-12));
            if (column == 1e19) CHECK(beta < 0.2);
            CHECK_RELATIVE(x[1] / x[0], (up + beta * a * n * 2.0) / (down + beta * a * (1.0 + n)), 1e-6);
        }
    }
}

TEST_CASE("optically thin: an intensity is that of the photons emitted, and doubles with the column") {
    const auto co = model("co.dat", {}, {{"geometry", "slab"}});
    std::vector<double> point{40.0, 1e5, 1e8, 1.0, 0.0}, outputs(2 * co->info().output_count());
    std::vector<double> points = point;
    point[2] = 2e8;
    points.insert(points.end(), point.begin(), point.end());
    co->evaluate(points, outputs);
    const auto& lines = dynamic_cast<const LineModel&>(*co);
    const auto excitation = lines.excitation(std::span(points).first(5));
    const io::LamdaMolecule data = molecule("co.dat");
    for (std::size_t j = 0; j < 10; ++j) {
        CHECK_RELATIVE(outputs[40 + j], 2.0 * outputs[j], 1e-6);
        const auto& line = data.lines[j];
        const double energy = constants::planck * constants::speed_of_light *
                              (data.levels[line.upper].energy - data.levels[line.lower].energy);
        // N x_u A h nu / 4 pi
        CHECK_RELATIVE(outputs[j], 1e8 * excitation[j].upper * line.einstein_a * energy / (4.0 * std::numbers::pi),
                       1e-6);
    }
}

TEST_CASE("populations agree with the damped iteration, on every instruction set") {
    Random random(20261125, 0);
    struct Case {
        const char* name;
        std::vector<Collider> colliders;
        double low, high, column;
    };
    const Case cases[] = {{"co.dat", {Collider::para_h2, Collider::ortho_h2}, 10, 300, 1e14},
                          {"hco+.dat", {Collider::h2}, 10, 300, 1e11},
                          {"hcn.dat", {Collider::h2, Collider::electron}, 10, 300, 1e11},
                          {"catom.dat", {Collider::hydrogen, Collider::electron}, 10, 200, 1e15}};
    std::size_t compared = 0;
    for (const Case& one : cases) {
        const LevelSystem system(molecule(one.name), one.colliders);
        for (const Geometry geometry : geometries) {
            constexpr std::size_t count = 7;
            std::vector<Conditions> clouds(count);
            std::vector<double> expected(count * system.size());
            std::vector<bool> reference(count);
            for (std::size_t i = 0; i < count; ++i) {
                clouds[i].temperature = one.low * std::pow(one.high / one.low, random.uniform());
                clouds[i].column_per_width = one.column * std::pow(1e4, random.uniform());
                for (const Collider collider : one.colliders)
                    clouds[i].density[static_cast<std::size_t>(collider) - 1] =
                        (collider == Collider::electron ? 1e-4 : 1.0) * std::pow(10.0, 2.0 + 5.0 * random.uniform());
                reference[i] = solve_levels_reference(system, geometry, clouds[i],
                                                      std::span(expected).subspan(i * system.size(), system.size()))
                                   .converged;
            }
            on_every_target(balance_targets(), [&] {
                std::vector<double> x(expected.size());
                std::vector<Outcome> outcomes(count);
                solve_levels(system, geometry, clouds, x, outcomes);
                for (std::size_t i = 0; i < count; ++i) {
                    CAPTURE(one.name);
                    CAPTURE(i);
                    CHECK(outcomes[i].converged);
                    if (!reference[i]) continue;
                    for (std::size_t k = 0; k < system.size(); ++k) {
                        const double value = expected[i * system.size() + k];
                        if (value < 1e-9) continue;
                        CHECK_RELATIVE(x[i * system.size() + k], value, 1e-5);
                        ++compared;
                    }
                }
            });
        }
    }
    CHECK(compared > 1000);
}

TEST_CASE("upward and downward collisions are in detailed balance with any mix of partners") {
    // in equilibrium with a bath at T every pair of levels is: no net rate through any pair
    const LevelSystem system(molecule("oatom.dat"), {Collider::para_h2, Collider::hydrogen, Collider::electron});
    Conditions conditions{.temperature = 300.0, .background = 300.0, .column_per_width = 1e17};
    conditions.density = {0.0, 1e3, 0.0, 1.0, 1e4, 0.0, 0.0};
    for (const Geometry geometry : geometries) {
        const auto x = populations(system, geometry, conditions);
        for (std::size_t i = 1; i < x.size(); ++i)
            CHECK_RELATIVE(x[i] / x[0], system.weights[i] / system.weights[0] * std::exp(-system.energies[i] / 300.0),
                           1e-10);
    }
}

TEST_CASE("H2 as a whole is split by the thermal ratio") {
    CHECK_RELATIVE(thermal_ortho_para(50.0), 9.0 * std::exp(-170.6 / 50.0), 1e-15);
    CHECK(thermal_ortho_para(1000.0) == 3.0);
    const auto whole = model("co.dat"), forms = model("co.dat", {"n_o-H2", "n_p-H2"});
    REQUIRE(whole->info().parameters[1].name == "n_H2");
    REQUIRE(forms->info().parameters[1].name == "n_p-H2");
    REQUIRE(forms->info().parameters[2].name == "n_o-H2");
    const double ratio = thermal_ortho_para(50.0);
    std::vector<double> a(40), b(40);
    whole->evaluate(std::vector{50.0, 1e4, 1e16, 1.0, 2.73}, a);
    forms->evaluate(std::vector{50.0, 1e4 / (1.0 + ratio), 1e4 * ratio / (1.0 + ratio), 1e16, 1.0, 2.73}, b);
    for (std::size_t j = 0; j < 20; ++j) CHECK_RELATIVE(a[j], b[j], 1e-9);
}

TEST_CASE("published numbers: RADEX for CO at 50 K, 1e4 cm-3, 1e16 cm-2, 1 km/s in a sphere") {
    // spectralradex 1.1.5 (RADEX of van der Tak et al. 2007) with the same file: T_ex, tau, K km/s, erg s-1 cm-2 (4 pi)
    constexpr double expected[4][4] = {{146.684947, 0.047254, 7.030528, 1.386794e-7},
                                       {33.229378, 0.695920, 14.841870, 2.341920e-6},
                                       {24.382170, 1.303639, 13.167290, 7.011756e-6},
                                       {19.670365, 1.201528, 7.914178, 9.988131e-6}};
    const auto co = model("co.dat", {}, {{"geometry", "sphere"}});
    const auto lines = dynamic_cast<const LineModel&>(*co).excitation(std::vector{50.0, 1e4, 1e16, 1.0, 2.73});
    for (std::size_t j = 0; j < 4; ++j) {
        CHECK_RELATIVE(lines[j].excitation_temperature, expected[j][0], 1e-4);
        CHECK_RELATIVE(lines[j].optical_depth, expected[j][1], 1e-4);
        CHECK_RELATIVE(lines[j].kelvin, expected[j][2], 1e-4);
        CHECK_RELATIVE(4.0 * std::numbers::pi * lines[j].erg, expected[j][3], 1e-4);
    }
}

TEST_CASE("no result depends on the other points of a batch") {
    const auto hcn = model("hcn.dat", {"n_e", "n_H2"});
    const std::size_t p = hcn->info().parameter_count(), m = hcn->info().output_count(), n = 21;
    REQUIRE(p == 6);
    Random random(7, 0);
    std::vector<double> points;
    for (std::size_t i = 0; i < n; ++i) {
        for (const double value :
             {10.0 * std::pow(30.0, random.uniform()), std::pow(10.0, 2.0 + 5.0 * random.uniform()),
              std::pow(10.0, random.uniform()), std::pow(10.0, 11.0 + 5.0 * random.uniform()), 1.0, 2.73})
            points.push_back(value);
    }
    std::vector<double> together(n * m), alone(m);
    hcn->evaluate(points, together);
    for (std::size_t i = 0; i < n; ++i) {
        hcn->evaluate(std::span(points).subspan(i * p, p), alone);
        for (std::size_t j = 0; j < m; ++j) {
            const double one = alone[j], other = together[i * m + j];
            CHECK((one == other || (std::isnan(one) && std::isnan(other))));
        }
    }
}

TEST_CASE("masers have no value, weak inversions have, and both are flagged") {
    const auto sio = model("sio.dat", {}, {{"geometry", "sphere"}});
    const auto& lines = dynamic_cast<const LineModel&>(*sio);
    std::size_t masers = 0, inverted = 0;
    for (double density = 1e3; density < 1e7; density *= 2.0) {
        const std::vector<double> point{1500.0, density, 1e16, 1.0, 2.73};
        std::vector<double> outputs(sio->info().output_count());
        sio->evaluate(point, outputs);
        const auto excitation = lines.excitation(point);
        for (std::size_t j = 0; j < outputs.size(); ++j) {
            const bool maser = excitation[j].optical_depth < -1.0;
            CHECK(maser == (excitation[j].flag == "maser"));
            if (maser) CHECK(std::isnan(outputs[j]));
            masers += maser ? 1 : 0;
            if (excitation[j].flag != "inverted") continue;
            ++inverted;
            CHECK(excitation[j].excitation_temperature < 0.0);
            CHECK(outputs[j] > 0.0);
        }
    }
    CHECK(masers > 0);
    CHECK(inverted > 0);
    CHECK(sio->leaves_gaps());
}

TEST_CASE("temperatures outside the tables are refused, or their rates held when asked") {
    const auto table = model("hco+.dat");
    CHECK(table->info().parameters[0].low == 10.0);
    CHECK(table->info().parameters[0].high == 400.0);
    std::vector<double> out(20);
    CHECK(has(error_of([&] { table->evaluate(std::vector{500.0, 1e5, 1e13, 1.0, 2.73}, out); }), "T = 500"));
    const auto clamped = model("hco+.dat", {}, {{"temperatures", "clamp"}});
    clamped->evaluate(std::vector{500.0, 1e5, 1e13, 1.0, 2.73}, out);
    CHECK(out[0] > 0.0);
    CHECK(has(refusal("o-h3o+.dat", {}), "share no range of temperatures"));  // one temperature only
}

TEST_CASE("what cannot be is refused") {
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    const auto co = model("co.dat");
    std::vector<double> out(40);
    for (std::size_t k = 0; k < 5; ++k) {
        std::vector<double> point{50.0, 1e4, 1e16, 1.0, 2.73};
        point[k] = nan;
        CHECK(has(error_of([&] { co->evaluate(point, out); }), co->info().parameters[k].name + " = nan"));
    }
    CHECK(has(refusal("co.dat", {"n_He"}), "no collisions with this partner"));
    CHECK(has(refusal("co.dat", {"n_H2", "n_o-H2"}), "as a whole and by its forms"));
    CHECK(has(refusal("SO-pH2.dat", {"n_H2"}), "n_p-H2"));
    CHECK(has(refusal("co.dat", {}, {{"geometry", "cube"}}), "lvg, sphere or slab"));
    CHECK(has(refusal("co.dat", {}, {{"lines", "99-98"}}), "99-98"));
    CHECK(has(refusal("co.dat", {}, {{"unit", "Jy"}}), "erg or K"));
    const auto& simulator = simulate::simulator("lines");
    CHECK(has(error_of([&] { (void)simulator.create(complete(simulator, {}), {}); }), "--molecule"));
}

TEST_CASE("lines are chosen by globs and given in either unit") {
    const auto erg = model("co.dat", {}, {{"lines", "1-0,2-1"}}),
               kelvin = model("co.dat", {}, {{"lines", "1-0,2-1"}, {"unit", "K"}});
    CHECK(erg->info().axis.labels == std::vector<std::string>{"1-0", "2-1"});
    const std::vector<double> point{50.0, 1e4, 1e16, 1.0, 2.73};
    std::vector<double> a(2), b(2);
    erg->evaluate(point, a);
    kelvin->evaluate(point, b);
    const double k3 = std::pow(115.2712018e9 / constants::speed_of_light, 3);
    CHECK_RELATIVE(a[0], 2.0 * constants::boltzmann * k3 * b[0] * 1e5, 1e-5);
}
