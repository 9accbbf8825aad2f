// A backward network learns the toy in seconds: it beats the prior and its intervals hold.
#include <ism/train/backward.hpp>

#include <cmath>
#include <memory>

#include "check_relative.hpp"
#include "error_of.hpp"
#include "infer/toy_model.hpp"

using namespace ism;

namespace {

infer::SedFit toy_fit() {
    infer::SedFitSetup setup;
    setup.model = std::make_shared<ToyModel>();
    for (const double wavelength : setup.model->info().axis.values)
        setup.bands.push_back({"B" + std::to_string(static_cast<int>(wavelength)), "PACS", wavelength, "Jy"});
    return infer::SedFit(setup);
}

const train::BackwardConfig quick{
    .width = 32, .depth = 2, .batch = 512, .steps = 600, .budget = 0, .judged = 4000, .threads = 1};

}  // namespace

TEST_CASE("backward: the toy's temperature is found, with intervals that hold, twice the same") {
    const infer::SedFit fit = toy_fit();
    SilentProgress progress;
    const train::BackwardTraining training = train::train_backward(fit, quick, {.most_missing = 0.3}, progress);
    CHECK(training.ended_by == "steps");
    REQUIRE(training.errors.size() == 2);
    for (const train::BackwardError& of : training.errors) {
        CAPTURE(of.name);
        CHECK(of.rms < 0.6 * of.prior_rms);
        CHECK(std::abs(of.inside_68 - 0.68) < 0.06);
        CHECK(std::abs(of.inside_95 - 0.95) < 0.04);
    }
    CHECK_RELATIVE(training.errors[0].prior_rms, std::log(6.0) / std::sqrt(12.0), 0.05);
    CHECK(training.losses.back() < 0.8 * training.losses.front());
    const train::BackwardTraining again = train::train_backward(fit, quick, {.most_missing = 0.3}, progress);
    CHECK(again.errors[0].rms == training.errors[0].rms);
}

TEST_CASE("backward: settings that cannot be are refused") {
    const auto error_with = [](train::BackwardConfig config) { return error_of([&] { train::check(config); }); };
    CHECK(has(error_with({.width = 0}), "--width"));
    CHECK(has(error_with({.steps = 0}), "--steps"));
    CHECK(has(error_with({.learning_rate = -1}), "--learning-rate"));
    CHECK(has(error_with({.budget = std::nan("")}), "--budget"));
}
