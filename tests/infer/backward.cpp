// What a backward network is given, what its file says, and the synthetic sources that it learns from.
#include <ism/infer/backward.hpp>

#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include <rapidcheck.h>

#include "check_relative.hpp"
#include "error_of.hpp"
#include "toy_model.hpp"

using namespace ism::infer;

namespace {

using Kind = Measurement::Kind;

SedFit toy_fit() {
    SedFitSetup setup;
    setup.model = std::make_shared<ToyModel>();
    for (const double wavelength : setup.model->info().axis.values)
        setup.bands.push_back({"B" + std::to_string(static_cast<int>(wavelength)), wavelength < 200 ? "PACS" : "SPIRE",
                               wavelength, "Jy"});
    setup.calibration = {{"PACS", 0.1}};
    return SedFit(setup);
}

std::vector<double> inputs_of(const std::vector<Measurement>& seen) {
    std::vector<double> inputs(BackwardInputs::count(seen.size()));
    BackwardInputs::fill(seen, inputs);
    return inputs;
}

/// A network of one layer without weights: every estimate is its bias.
BackwardRecord record_of(const std::vector<double>& estimates) {
    BackwardRecord record{
        .network = {},
        .bands = {"A", "B"},
        .wavelengths = {70.0, 160.0},
        .coordinates = {{"T", "K", ism::Scale::log, 10, 60, false}, {"mass", "", ism::Scale::log, 1e-3, 1e6, true}},
        .amount = Amount::free,
        .model = "toy",
        .model_unit = "Jy",
        .dust_to_hydrogen = 0.01};
    ism::emulate::Dense layer{
        .inputs = 9, .outputs = 12, .weights = std::vector<float>(108, 0.0F), .bias = std::vector<float>(12, 0.0F)};
    record.network.info.name = "backward-toy";
    for (int i = 0; i < 9; ++i) {
        record.network.info.parameters.push_back(
            {.name = "i" + std::to_string(i), .unit = "", .low = -100, .high = 100, .fallback = 0, .help = ""});
        record.network.domain.low.push_back(-100), record.network.domain.high.push_back(100);
    }
    record.network.info.axis = {.name = "estimate", .kind = "estimate", .unit = "", .values = {}, .labels = {}};
    for (int i = 0; i < 12; ++i) record.network.info.axis.labels.push_back("o" + std::to_string(i));
    record.network.info.output_name = "estimate";
    record.network.info.output_scale = ism::Scale::linear;
    record.network.network = {
        .input = {std::vector<ism::Scale>(9, ism::Scale::linear), std::vector<double>(9, 0.0),
                  std::vector<double>(9, 1.0)},
        .layers = {layer},
        .output = {.scale = ism::Scale::linear, .centre = estimates, .width = std::vector<double>(12, 1.0)}};
    record.network = to_emulator(record);
    return record;
}

}  // namespace

TEST_CASE("backward inputs: a source brighter in all bands changes one number, its level, by that much") {
    CHECK(rc::check([] {
        std::vector<Measurement> seen;
        for (int b = 0; b < 5; ++b) {
            const auto kind = b == 0 ? Kind::detection : static_cast<Kind>(*rc::gen::inRange(0, 4));
            const double error = std::pow(10.0, 0.01 * *rc::gen::inRange(-300, 300));
            seen.push_back({kind, error * 0.1 * *rc::gen::inRange(-20, 1000), error});
        }
        const std::vector<double> before = inputs_of(seen);
        for (Measurement& one : seen) one.value *= 1e20, one.error *= 1e20;
        const std::vector<double> after = inputs_of(seen);
        for (std::size_t i = 0; i + 1 < after.size(); ++i) {
            RC_ASSERT(std::isfinite(after[i]));
            RC_ASSERT(std::abs(after[i] - before[i]) < 1e-9 * (1 + std::abs(before[i])));
        }
        RC_ASSERT(std::abs(after.back() - before.back() - 20 * std::log(10.0)) < 1e-9);
    }));
}

TEST_CASE("backward inputs: values, limits and gaps") {
    const std::vector<double> inputs =
        inputs_of({{Kind::detection, 100, 1}, {Kind::missing}, {Kind::upper_limit, 3, 1}});
    CHECK_RELATIVE(inputs[0], std::asinh(100.0), 1e-12);
    CHECK(std::abs(inputs[1]) < 0.01);  // the only detection sets the level
    CHECK(inputs[2] == 1);
    CHECK(inputs[3] == 0);
    for (std::size_t i = 4; i < 8; ++i) CHECK(inputs[i] == 0);
    CHECK(inputs[10] == 0);
    CHECK(inputs[11] == 1);
    CHECK_RELATIVE(inputs[12], std::log(100.0), 2e-3);
    CHECK(has(error_of([] { (void)inputs_of({{Kind::missing}, {Kind::missing}}); }), "every band is missing"));
}

TEST_CASE("backward: estimates come back in units, sorted, within the prior, amounts with the level") {
    const double ln20 = std::log(20.0);
    // mean and quantiles: of T out of order, and beyond the range; of the mass relative to the level
    const Backward backward(record_of({ln20, 0, std::log(30.0), ln20, std::log(15.0), 10, 1, -1, -0.5, 0, 0.5, 2}));
    const std::vector<Measurement> seen{
        {Kind::detection, 100, 1e-3}, {Kind::missing}, {Kind::detection, 1000, 1e-3}, {Kind::missing}};
    const std::vector<Estimate> found = backward.estimate(seen);
    REQUIRE(found.size() == 4);
    CHECK_RELATIVE(found[0].mean, 20, 1e-5);
    CHECK_RELATIVE(found[0].low_95, 10, 1e-12);
    CHECK_RELATIVE(found[0].low_68, 15, 1e-5);
    CHECK_RELATIVE(found[0].median, 20, 1e-5);
    CHECK_RELATIVE(found[0].high_68, 30, 1e-5);
    CHECK_RELATIVE(found[0].high_95, 60, 1e-12);
    CHECK_RELATIVE(found[1].mean, 100 * std::exp(1.0), 1e-4);
    CHECK_RELATIVE(found[3].mean / found[1].mean, 10, 1e-5);
}

TEST_CASE("backward: the file gives the declaration back; a forward network is told apart; damage is refused") {
    const BackwardRecord record = record_of(std::vector<double>(12, 1.0));
    const auto file = ism::emulate::emulator_from_bytes(ism::emulate::to_bytes(record.network), "memory");
    const auto again = backward_from(file);
    REQUIRE(again.has_value());
    CHECK(again->bands == record.bands);
    CHECK(again->coordinates[1].name == "mass");
    CHECK(again->coordinates[1].is_amount);
    CHECK(again->coordinates[0].high == 60);
    CHECK(again->amount == Amount::free);
    CHECK(again->dust_to_hydrogen == 0.01);
    ism::emulate::EmulatorRecord forward = file;
    forward.backward.clear();
    CHECK(!backward_from(forward));
    forward.backward = R"({"bands": ["A"]})";
    CHECK(has(error_of([&] { (void)backward_from(forward); }), "cannot be read"));
    BackwardRecord other = record;
    other.bands.emplace_back("C");
    CHECK(has(error_of([&] { (void)Backward(other); }), "do not fit"));
}

TEST_CASE("synthetic sources: truths from the priors, noise as large as it says, calibration shared in an instrument") {
    const SedFit fit = toy_fit();
    SyntheticSources sources(fit, {.least_relative = 0.02,
                                   .most_relative = 0.0200001,
                                   .least_scatter = 1e-9,
                                   .most_scatter = 1.1e-9,
                                   .least_background = 1e-9,
                                   .most_background = 1.001e-9,
                                   .most_missing = 0,
                                   .limit_below = 0});
    ism::Random random(4, 0);
    constexpr std::size_t count = 4000, bands = 8;
    std::vector<double> truth(2 * count), flux(bands);
    std::vector<Measurement> seen(bands * count);
    sources.draw(random, truth, seen);
    double place = 0, pacs = 0, shared = 0, spire = 0;
    for (std::size_t i = 0; i < count; ++i) {
        place += std::log(truth[2 * i] / 10) / std::log(6.0) / count;
        ToyModel().evaluate(std::span(truth).subspan(2 * i, 2), flux);
        const auto off = [&](std::size_t b) { return (seen[i * bands + b].value - flux[b]) / flux[b]; };
        CHECK(seen[i * bands + 4].kind == Kind::detection);
        CHECK_RELATIVE(seen[i * bands + 4].error, 0.02 * seen[i * bands + 4].value, 1e-3);  // not of the truth
        pacs += off(0) * off(0) / count, shared += off(0) * off(1) / count, spire += off(4) * off(4) / count;
    }
    CHECK(std::abs(place - 0.5) < 0.02);
    CHECK_RELATIVE(pacs, 0.1 * 0.1 + 0.02 * 0.02, 0.1);
    CHECK_RELATIVE(shared, 0.1 * 0.1, 0.1);
    CHECK_RELATIVE(spire, 0.02 * 0.02, 0.1);
}

TEST_CASE("synthetic sources: something is seen of every one, and bands are missing and limits given") {
    const SedFit fit = toy_fit();
    SyntheticSources sources(fit, {.most_missing = 1});
    ism::Random random(5, 0);
    constexpr std::size_t count = 2000, bands = 8;
    std::vector<double> truth(2 * count);
    std::vector<Measurement> seen(bands * count);
    sources.draw(random, truth, seen);
    std::size_t missing = 0, limits = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const auto source = std::span(seen).subspan(i * bands, bands);
        CHECK(std::any_of(source.begin(), source.end(), [](const auto& one) { return one.kind != Kind::missing; }));
        for (const Measurement& one : source) {
            missing += one.kind == Kind::missing ? 1 : 0;
            limits += one.kind == Kind::upper_limit ? 1 : 0;
            if (one.kind == Kind::upper_limit) CHECK_RELATIVE(one.value, 3 * one.error, 1e-12);
        }
    }
    CHECK(missing > count * bands / 6);
    CHECK(missing < count * bands / 3);
    CHECK(limits > count / 2);
}
