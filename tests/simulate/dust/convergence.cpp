// The default resolution against four times the temperatures and four times the sizes, where emission exceeds 1e-4 of
// its peak. THEMIS needs the reference data; the built-in dust does not.
#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include <check_relative.hpp>
#include <doctest/doctest.h>
#include <reference_data.hpp>

#include <ism/simulate/registry.hpp>

using namespace ism;

namespace {

std::unique_ptr<Model> dust(simulate::Settings settings) {
    const auto& simulator = simulate::simulator("dust");
    settings["field"] = "bpass";
    return simulator.create(simulate::complete(simulator, settings), std::vector<std::string>{"U", "age"});
}

/// Largest relative difference, where it is bright, over corners of the parameters and points between.
void check_converged(const simulate::Settings& settings) {
    simulate::Settings finer = settings;
    finer["sizes"] = "4";
    finer["levels"] = "400";
    const auto model = dust(settings), converged = dust(finer);
    std::vector<double> point, coarse(model->info().output_count()), fine(coarse.size());
    for (const auto& parameter : model->info().parameters) point.push_back(parameter.fallback);
    for (const double u : {1e-2, 30.0, 1e6}) {
        for (const double age : {1e6, 2e8, 1e10}) {
            for (const double amin : {0.35, 0.45, 1.0, 2.0}) {
                point[0] = u;
                point[1] = age;
                point[2] = amin;
                model->evaluate(point, coarse);
                converged->evaluate(point, fine);
                const double bright = 1e-4 * *std::max_element(fine.begin(), fine.end());
                double worst = 0.0;
                for (std::size_t l = 0; l < fine.size(); ++l) {
                    REQUIRE(std::isfinite(coarse[l]));
                    if (fine[l] > bright) worst = std::max(worst, std::abs(coarse[l] / fine[l] - 1.0));
                }
                CAPTURE(u);
                CAPTURE(age);
                CAPTURE(amin);
                CHECK(worst <= 0.01);
            }
        }
    }
}

}  // namespace

TEST_CASE("the built-in dust is converged to 1 %") { check_converged({}); }

TEST_CASE("THEMIS is converged to 1 %") {
    check_converged({{"dustem", reference_data("dust/dustem")}, {"grains", "GRAIN_J13.DAT"}});
}
