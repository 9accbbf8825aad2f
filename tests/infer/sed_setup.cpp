// What a fit takes where nobody says otherwise, and emulators seen through bands.
#include <ism/infer/sed_setup.hpp>

#include <cmath>

#include <doctest/doctest.h>

#include <ism/emulate/shipped.hpp>
#include <ism/observe/seen.hpp>

#include "error_of.hpp"

using namespace ism;
using infer::Amount;

TEST_CASE("what is found follows from the units, the distance and the dust-to-hydrogen ratio") {
    const std::string per_hydrogen = "erg s-1 H-1", per_gram = "erg s-1 g-1";
    CHECK(infer::amount_for("erg s-1 H-1", per_hydrogen, false, false) == Amount::none);
    CHECK(infer::amount_for("MJy sr-1", per_hydrogen, false, true) == Amount::column_density);
    CHECK(infer::amount_for("Jy", per_hydrogen, true, true) == Amount::dust_mass);
    CHECK(infer::amount_for("Jy", per_hydrogen, true, false) == Amount::hydrogen_mass);
    CHECK(infer::amount_for("Jy", per_gram, true, false) == Amount::dust_mass);
    CHECK(has(error_of([&] { (void)infer::amount_for("Jy", per_hydrogen, false, true); }), "no distance"));
}

TEST_CASE("the floor is 1.25 times the mean of the error table, nothing without one") {
    emulate::EmulatorRecord record = emulate::find_emulator("themis");
    CHECK(infer::floor_of(record) == doctest::Approx(1.25 * record.errors.front().mean));
    CHECK(infer::floor_of(record) > 1e-4);
    record.errors.clear();
    CHECK(infer::floor_of(record) == 0.0);
}

TEST_CASE("many sources ask for fewer draws than one") {
    CHECK(infer::bars_for(1).bulk_ess == 400);
    CHECK(infer::bars_for(2).bulk_ess == 200);
    CHECK(infer::dust_to_hydrogen_of("themis") == doctest::Approx(7.43e-3));
    CHECK(infer::dust_to_hydrogen_of("other") == 0.0);
}

TEST_CASE("a setup in bands has their instruments and wavelengths, in the order of the names") {
    const emulate::EmulatorRecord record = emulate::find_emulator("themis");
    const infer::SedFitSetup setup = infer::setup_in_bands(record, {"SPIRE_250", "PACS"}, {"Jy"});
    REQUIRE(setup.bands.size() == 4);
    CHECK(setup.bands[0].name == "SPIRE_250");
    CHECK(setup.bands[1].instrument == "PACS");
    CHECK(setup.bands[1].wavelength == 70.0);
    CHECK(setup.bands[3].unit == "Jy");
    CHECK(setup.model->info().output_count() == 4);
    CHECK(has(error_of([&] { (void)infer::setup_in_bands(record, {"PACS"}, {"Jy", "Jy"}); }), "2 units for 3 bands"));
}

TEST_CASE("outputs of an emulator of bands are called by band or instrument") {
    emulate::EmulatorRecord record = emulate::find_emulator("themis");
    record.info.axis = {"wavelength", "band", "um", {70, 100, 250}, {"PACS_70", "PACS_100", "SPIRE_250"}};
    CHECK(observe::bands_of(record) == record.info.axis.labels);
    CHECK(observe::outputs_called(record, {"SPIRE", "pacs"}) == std::vector<std::size_t>{2, 0, 1});
    CHECK(has(error_of([&] { (void)observe::outputs_called(record, {"PACS_160"}); }), "was not taught it"));
    CHECK(has(error_of([&] { (void)observe::outputs_called(record, {"PACS", "PACS_70"}); }), "twice"));
    CHECK(has(error_of([&] { (void)observe::outputs_called(record, {}); }), "no band"));
}

TEST_CASE("lines are seen as they are, and a factor is a pure number times the model, without 4 pi") {
    const emulate::EmulatorRecord record = emulate::find_emulator("meudon_co");
    const std::vector<std::string> lines{"13c_o_j5__j4", "co_v0_j4__v0_j3"};
    infer::SedFitSetup setup = infer::setup_in_bands(record, lines, {"W m-2 sr-1"});
    CHECK(observe::bands_of(record).size() == 50);
    REQUIRE(setup.bands.size() == 2);
    CHECK(setup.bands[0].name == lines[0]);
    CHECK(std::isnan(setup.bands[0].wavelength));
    CHECK(infer::amount_for("W m-2 sr-1", record.info.output_unit, false, false) == Amount::none);
    setup.amount = infer::amount_from_string("factor");
    CHECK(infer::to_string(setup.amount) == "factor");
    const infer::SedFit fit(setup);
    REQUIRE(fit.coordinates().size() == 4);
    CHECK(fit.coordinates().back().unit.empty());
    CHECK(fit.coordinates().back().prior.low() == 0.1);
    CHECK(fit.coordinates().back().prior.high() == 10.0);
    infer::FitProblem problem = fit.problem({{infer::Measurement::Kind::detection, 1e-9, 1e-10}, {}});
    const std::vector<double> point{1e7, 1e3, 5.0};
    std::vector<double> model(2), fluxes(2);
    setup.model->evaluate(point, model);
    fit.fluxes(problem, std::vector<double>{1e7, 1e3, 5.0, 0.25}, fluxes);
    for (std::size_t j = 0; j < 2; ++j) CHECK(fluxes[j] == doctest::Approx(0.25e-3 * model[j]).epsilon(1e-12));
    setup.bands[0].unit = "K km s-1";
    CHECK(has(error_of([&] { (void)infer::SedFit(setup); }), "nu^3"));
}
