// The emulator that ships against the physics that it learned, at places it was not trained on.
#include <algorithm>
#include <cmath>
#include <vector>

#include <check_relative.hpp>
#include <doctest/doctest.h>
#include <reference_data.hpp>

#include <ism/base/random.hpp>
#include <ism/emulate/emulator.hpp>
#include <ism/emulate/shipped.hpp>
#include <ism/simulate/registry.hpp>

using namespace ism;

TEST_CASE("every emulator of models/ loads and answers") {
    REQUIRE(!emulate::shipped_emulators().empty());
    for (const auto& name : emulate::shipped_emulators()) {
        CAPTURE(name);
        const emulate::Emulator emulator(emulate::find_emulator(name));
        std::vector<double> point, out(emulator.info().output_count());
        for (const auto& parameter : emulator.info().parameters) point.push_back(parameter.fallback);
        emulator.evaluate(point, out);
        for (const double value : out) CHECK((std::isfinite(value) && value > 0.0));
    }
}

TEST_CASE("the shipped THEMIS emulator agrees with the physics") {
    const auto& dust = simulate::simulator("dust");
    const auto physics = dust.create(
        simulate::complete(
            dust, {{"dustem", reference_data("dust/dustem")}, {"grains", "GRAIN_J13.DAT"}, {"field", "bpass"}}),
        std::vector<std::string>{"U", "age"});
    const emulate::Emulator emulator(emulate::find_emulator("themis"));
    const auto& parameters = emulator.info().parameters;
    REQUIRE(emulator.info().output_count() == physics->info().output_count());
    std::vector<double> errors, guess(emulator.info().output_count()), truth(guess.size());
    for (std::uint64_t i = 0; i < 40; ++i) {
        Random random(20261122, i);
        std::vector<double> point, full;
        for (const auto& parameter : parameters) point.push_back(parameter.from_unit_interval(random.uniform()));
        for (const auto& parameter : physics->info().parameters) full.push_back(parameter.fallback);
        for (std::size_t k = 0; k < parameters.size(); ++k)
            full[index_of(physics->info().parameters, parameters[k].name, "dust")] = point[k];
        emulator.evaluate(point, guess);
        physics->evaluate(full, truth);
        const double faint = 1e-4 * *std::max_element(truth.begin(), truth.end());
        for (std::size_t j = 0; j < truth.size(); ++j) {
            if (truth[j] > faint) errors.push_back(std::abs(guess[j] / truth[j] - 1.0));
        }
    }
    REQUIRE(errors.size() > 40 * 100);
    std::sort(errors.begin(), errors.end());
    CHECK(errors[errors.size() / 2] < 0.0005);
    CHECK(errors[errors.size() * 99 / 100] < 0.005);
    CHECK(errors.back() < 0.04);
}
