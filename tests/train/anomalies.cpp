// Wrong values of a grid are found, steep places are not.
#include <ism/train/anomalies.hpp>

#include <algorithm>
#include <cmath>
#include <set>

#include <doctest/doctest.h>

#include <ism/base/errors.hpp>
#include <ism/base/random.hpp>

using namespace ism;
using train::Anomaly;

namespace {

constexpr std::size_t side_a = 30, side_b = 20, outputs = 5;

/// log10 of output j: smooth, but for a step of two decades over one interval of the grid.
double truth(double a, double b, std::size_t j) {
    return std::sin(2 * a + static_cast<double>(j)) + b * b + 2 / (1 + std::exp(-(a - 0.5) * 60));
}

struct Case {
    Dataset dataset;
    std::vector<double> predictions;  ///< of a network that smears the step out and is off by 1 % elsewhere
    std::set<std::pair<std::size_t, std::size_t>> planted;
};

Case planted(Scale scale) {
    Case result;
    ModelInfo& info = result.dataset.info;
    info.name = "grid";
    info.parameters = {{"a", "", 0, 1, 0.5, Scale::linear, ""}, {"b", "", 1, 100, 10, Scale::log, ""}};
    info.axis = {.name = "line", .kind = "label", .unit = "", .values = {}, .labels = {"l0", "l1", "l2", "l3", "l4"}};
    info.output_name = "value";
    info.output_scale = scale;
    Random random(3, 1);
    for (std::size_t i = 0; i < side_a; ++i) {
        for (std::size_t k = 0; k < side_b; ++k) {
            const double a = static_cast<double>(i) / (side_a - 1), b = static_cast<double>(k) / (side_b - 1);
            result.dataset.parameters.insert(result.dataset.parameters.end(), {a, std::pow(10, 2 * b)});
            for (std::size_t j = 0; j < outputs; ++j) {
                const double y = truth(a, b, j), smeared = 0.5 * (truth(a - 0.02, b, j) + truth(a + 0.02, b, j));
                const double f = smeared + 0.004 * random.normal();
                result.dataset.outputs.push_back(scale == Scale::log ? std::pow(10, y) : y);
                result.predictions.push_back(scale == Scale::log ? std::pow(10, f) : f);
            }
        }
    }
    const auto spoil = [&](std::size_t i, std::size_t j, double dex) {
        double& y = result.dataset.outputs[i * outputs + j];
        y = scale == Scale::log ? y * std::pow(10, dex) : y + dex;
        result.planted.emplace(i, j);
    };
    spoil(101, 2, 0.3);
    spoil(222, 0, -0.2);
    spoil(0, 4, 0.5);  // a corner
    spoil(333, 1, 0.4);
    spoil(334, 1, -0.4);                                            // beside it
    for (std::size_t j = 0; j < outputs; ++j) spoil(450, j, 0.25);  // a whole model
    return result;
}

std::set<std::pair<std::size_t, std::size_t>> places(const std::vector<Anomaly>& anomalies) {
    std::set<std::pair<std::size_t, std::size_t>> found;
    for (const auto& a : anomalies) found.emplace(a.model, a.output);
    return found;
}

}  // namespace

TEST_CASE("planted values are found and nothing else, beside a step that the network misses") {
    for (const Scale scale : {Scale::log, Scale::linear}) {
        CAPTURE(static_cast<int>(scale));
        const Case one = planted(scale);
        const auto anomalies = train::find_anomalies(one.dataset, one.predictions);
        CHECK(places(anomalies) == one.planted);
        double before = std::numeric_limits<double>::infinity();
        for (const Anomaly& a : anomalies) {
            CHECK(a.score <= before);
            before = a.score;
            CHECK((a.kind == Anomaly::Kind::model) == (a.model == 450));
            CHECK(a.value == one.dataset.outputs[a.model * outputs + a.output]);
            if (a.model == 101 && scale == Scale::log) {
                CHECK(a.deviation == doctest::Approx(0.3).epsilon(0.1));
                CHECK(std::log10(a.value / a.prediction) == doctest::Approx(a.deviation));
            }
        }
        const Dataset kept = train::without(one.dataset, anomalies);
        CHECK(std::count(kept.mask.begin(), kept.mask.end(), 0) == static_cast<long>(one.planted.size()));
    }
}

TEST_CASE("masked values and failed models are not judged") {
    Case one = planted(Scale::log);
    one.dataset = train::without(one.dataset, {{.model = 101, .output = 2}});
    one.dataset.status.assign(one.dataset.size(), 0);
    one.dataset.status[450] = 1;
    for (std::size_t j = 0; j < outputs; ++j)
        one.dataset.outputs[450 * outputs + j] = std::numeric_limits<double>::quiet_NaN();
    const auto found = places(train::find_anomalies(one.dataset, one.predictions));
    CHECK(found.size() == one.planted.size() - 1 - outputs);
    CHECK_FALSE(found.contains({101, 2}));
}

TEST_CASE("what lies in the neighbourhood of a wrong value is not suspected, even where a sixth of all is wrong") {
    Case one = planted(Scale::log);
    Random random(8, 2);
    for (std::size_t i = 0; i < one.dataset.size(); ++i) {
        if (random.uniform() < 0.15 && !one.planted.contains({i, 3})) {
            one.dataset.outputs[i * outputs + 3] *= 10;
            one.planted.emplace(i, 3);
        }
    }
    const auto found = places(train::find_anomalies(one.dataset, one.predictions));
    std::size_t missed = 0, wrong = 0;
    for (const auto& place : one.planted) missed += !found.contains(place);
    for (const auto& place : found) wrong += !one.planted.contains(place);
    CHECK(one.planted.size() > 80);
    CHECK(missed <= 2);
    CHECK(wrong <= 2);
}

TEST_CASE("places count the steps of a grid; scattered models are a mean distance of one apart") {
    const Case one = planted(Scale::log);
    const auto places = train::places_in_grid(one.dataset);
    CHECK(places[0] == 0);
    CHECK(places.back() == side_b - 1);
    CHECK(places[places.size() - 2] == side_a - 1);
    Dataset noisy = one.dataset;  // an axis that was computed
    for (std::size_t k = 0; k < noisy.parameters.size(); k += 3) noisy.parameters[k] *= 1 + 3e-15;
    CHECK(train::places_in_grid(noisy) == places);
    Dataset scattered = one.dataset;
    Random random(1, 1);
    for (double& x : scattered.parameters) x = random.uniform();
    const auto free = train::places_in_grid(scattered);
    CHECK(*std::max_element(free.begin(), free.end()) == doctest::Approx(std::sqrt(600.0)).epsilon(0.01));
}

TEST_CASE("too few models are refused") {
    Case one = planted(Scale::log);
    one.dataset = rows(one.dataset, {0, 1, 2, 3});
    one.predictions.resize(4 * outputs);
    CHECK_THROWS_AS((void)train::find_anomalies(one.dataset, one.predictions), InputError);
}

TEST_CASE("rules: along a parameter as few values as possible are named") {
    Case one = planted(Scale::log);
    for (std::size_t i = 0; i < one.dataset.size(); ++i) {
        for (std::size_t j = 0; j < outputs; ++j)
            one.dataset.outputs[i * outputs + j] = std::pow(10, one.dataset.parameters[2 * i] + static_cast<double>(j));
    }
    const auto rule = [](train::PhysicsRule::Kind kind) {
        return train::PhysicsRule{.name = "r", .outputs = {0, 1, 2, 3, 4}, .kind = kind, .parameter = 0};
    };
    using Kind = train::PhysicsRule::Kind;
    CHECK(train::broken_rules(one.dataset, {rule(Kind::rises_with)}).empty());
    one.dataset.outputs[(10 * side_b + 7) * outputs + 2] *= 5;  // too high: its followers are not to blame
    one.dataset.outputs[(20 * side_b + 3) * outputs + 1] /= 5;
    const auto found = train::broken_rules(one.dataset, {rule(Kind::rises_with)});
    REQUIRE(found.size() == 2);
    CHECK(places(found) == std::set<std::pair<std::size_t, std::size_t>>{{10 * side_b + 7, 2}, {20 * side_b + 3, 1}});
    CHECK(found[0].kind == Anomaly::Kind::rule);
    CHECK(found[0].rule == "r");
    CHECK(train::broken_rules(one.dataset, {rule(Kind::falls_with)}).size() > 2000);

    auto most = rule(Kind::at_most);
    most.outputs = {2};
    most.bound = 1000;
    CHECK(train::broken_rules(one.dataset, {most}).size() == 1);
    auto least = rule(Kind::at_least);
    least.outputs = {1};
    least.bound = 10;
    least.tolerance = 0.01;
    CHECK(train::broken_rules(one.dataset, {least}).size() == 1);
    auto below = rule(Kind::below);
    below.outputs = {1};
    below.other = 2;
    CHECK(train::broken_rules(one.dataset, {below}).empty());
    below.factor = 0.05;
    below.outputs = {1};
    CHECK(train::broken_rules(one.dataset, {below}).size() == one.dataset.size() - 2);

    Dataset below_zero = one.dataset;  // a tolerance widens a rule on either side of zero
    below_zero.info.output_scale = Scale::linear;
    for (double& y : below_zero.outputs) y = -10;
    CHECK(train::broken_rules(below_zero, {rule(Kind::rises_with)}).empty());
    most.bound = -10;
    CHECK(train::broken_rules(below_zero, {most}).empty());
    least.bound = -10;
    CHECK(train::broken_rules(below_zero, {least}).empty());

    Random random(1, 1);
    for (double& x : one.dataset.parameters) x = 1 + random.uniform();
    CHECK_THROWS_AS((void)train::broken_rules(one.dataset, {rule(Kind::rises_with)}), InputError);
}
