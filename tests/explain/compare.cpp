#include <ism/explain/compare.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <ism/base/errors.hpp>
#include <ism/base/parallel.hpp>
#include <ism/emulate/interpolator.hpp>
#include <ism/explain/report.hpp>

#include "check_relative.hpp"

using namespace ism;
using namespace ism::explain;

namespace {

constexpr std::size_t model_count = 60, output_count = 7;

ModelInfo small_info() {
    ModelInfo info;
    info.name = "small";
    info.parameters = {{"a", "", 0.0, 1.0, 0.5, Scale::linear, ""}, {"b", "um", 1.0, 100.0, 10.0, Scale::log, ""}};
    info.axis = {"wavelength", "wavelength", "um", {1, 2, 3, 4, 5, 6, 7}, {}};
    info.output_name = "total";
    info.output_unit = "erg s-1 H-1";
    return info;
}

/// The case of tests/explain/compare.py.
Dataset twin_truth() {
    Dataset data;
    data.info = small_info();
    for (std::size_t i = 0; i < model_count; ++i) {
        data.parameters.insert(data.parameters.end(), {static_cast<double>(i) / 60.0, 1.0 + static_cast<double>(i)});
        for (std::size_t j = 0; j < output_count; ++j) {
            const auto x = static_cast<double>(i), y = static_cast<double>(j);
            const double cut = i % 3 == 0 ? 2.5 * (y - 3.0) * (y - 3.0) : 0.0;
            data.outputs.push_back(1e-24 * std::exp(std::sin(0.37 * x + 1.1 * y) * 3.0 - cut));
        }
    }
    return data;
}

std::vector<double> twin_prediction(const Dataset& truth) {
    std::vector<double> predicted = truth.outputs;
    for (std::size_t i = 0; i < predicted.size(); ++i) {
        const auto x = static_cast<double>(i / output_count), y = static_cast<double>(i % output_count);
        predicted[i] *= 1.0 + 0.05 * std::sin(1.7 * x * x + 0.9 * y);
    }
    return predicted;
}

/// exp(a + log b) with a relative error that the test chooses.
class Scaled final : public Model {
public:
    explicit Scaled(double error) : info_(small_info()), error_(error) {}
    [[nodiscard]] const ModelInfo& info() const noexcept override { return info_; }
    void evaluate(std::span<const double> parameters, std::span<double> outputs) const override {
        for (std::size_t i = 0; i < outputs.size(); ++i) {
            const double* point = parameters.data() + 2 * (i / output_count);
            outputs[i] = (1.0 + error_) * std::exp(point[0]) * point[1] * static_cast<double>(1 + i % output_count);
        }
    }

private:
    ModelInfo info_;
    double error_;
};

Dataset computed(const Model& model, std::size_t count, double shift) {
    Dataset data;
    data.info = model.info();
    for (std::size_t i = 0; i < count; ++i) {
        const double x = std::fmod(shift + static_cast<double>(i) * 0.7548776662466927, 1.0);
        const double y = std::fmod(shift + static_cast<double>(i) * 0.5698402909980532, 1.0);
        data.parameters.insert(data.parameters.end(), {x, data.info.parameters[1].from_unit_interval(y)});
    }
    data.outputs.resize(count * output_count);
    model.evaluate(data.parameters, data.outputs);
    return data;
}

CompareOptions quick() { return {.spectra = 50, .repetitions = 3, .seconds_per_timing = 0.05}; }

}  // namespace

TEST_CASE("statistics agree with NumPy") {
    const Dataset truth = twin_truth();
    const Accuracy a = measure(truth, twin_prediction(truth), 1e-4);  // numbers: tests/explain/compare.py, NumPy 2
    CHECK(a.models == 60);
    CHECK(a.values == 360);
    CHECK_RELATIVE(a.median, 0.0349086552727992, 1e-10);
    CHECK_RELATIVE(a.mean, 0.0320897053768629, 1e-10);
    CHECK_RELATIVE(a.percentile_99, 0.0499940925213141, 1e-10);
    CHECK_RELATIVE(a.maximum, 0.0499995992618969, 1e-10);
    CHECK_RELATIVE(a.log_error, 0.0574344622999309, 1e-10);
    CHECK_RELATIVE(a.axis_median[0], 0.0354360021948902, 1e-10);
    CHECK_RELATIVE(a.axis_percentile_99[0], 0.049911343324813, 1e-10);
}

TEST_CASE("failed models and masked values do not count, a prediction that is no number does") {
    Dataset truth = twin_truth();
    auto predicted = twin_prediction(truth);
    truth.status.assign(model_count, 0);
    truth.status[1] = 1;
    truth.mask.assign(truth.outputs.size(), 1);
    truth.mask[2 * output_count] = 0;
    CHECK(measure(truth, predicted, 1e-4).models == 59);
    CHECK(measure(truth, predicted, 1e-4).values == 360 - 7 - 1);
    predicted[4 * output_count + 1] = std::numeric_limits<double>::quiet_NaN();
    CHECK(std::isinf(measure(truth, predicted, 1e-4).maximum));
    truth.status.assign(model_count, 1);
    CHECK_THROWS_AS((void)measure(truth, predicted, 1e-4), InputError);
    predicted.pop_back();
    CHECK_THROWS_AS((void)measure(truth, predicted, 1e-4), InputError);
}

TEST_CASE("the distribution of errors holds the quantiles") {
    CHECK(exceedance_shares(1000).size() == 31);
    CHECK(exceedance_shares(0).size() == 1);
    const Dataset truth = twin_truth();
    const Accuracy a = measure(truth, twin_prediction(truth), 1e-4);
    REQUIRE(a.exceeded.size() == exceedance_shares(a.values).size());
    CHECK_RELATIVE(a.exceeded[20], a.percentile_99, 1e-12);  // exceeded by 10^-2.0 of the values
    CHECK(std::is_sorted(a.exceeded.begin(), a.exceeded.end()));
    CHECK(a.exceeded.front() <= a.median);
    CHECK(a.exceeded.back() <= a.maximum);
}

TEST_CASE("models that were learned, that failed or lie outside are dropped and counted") {
    const Scaled physics(0.0), network(0.01);
    const Dataset grid = computed(physics, 40, 0.5);
    Dataset test = computed(physics, 30, 0.5);  // the first 30 nodes of the grid
    const Dataset fresh = computed(physics, 10, 0.25);
    test.parameters.insert(test.parameters.end(), fresh.parameters.begin(), fresh.parameters.end());
    test.outputs.insert(test.outputs.end(), fresh.outputs.begin(), fresh.outputs.end());
    test.status.assign(40, 0);
    test.status[39] = 1;
    test.parameters[2 * 38] = 1.5;
    test.info.parameters[0].high = 2.0;
    const HeldOut left = held_out(test, {&grid}, {{"network", "neural network", "", &network}});
    CHECK(left.given == 40);
    CHECK(left.duplicates == 30);
    CHECK(left.failed == 1);
    CHECK(left.outside == 1);
    CHECK(left.data.size() == 8);
    CHECK_THROWS_AS((void)held_out(grid, {&grid}, {}), InputError);
}

TEST_CASE("a comparison measures all methods on the same models and names the one to trust") {
    set_thread_count(1);
    const Scaled physics(0.0), network(0.001);
    const Dataset grid = computed(physics, 200, 0.5);
    const auto nearest = emulate::make_interpolator("nearest", grid);
    std::vector<Contender> contenders{
        {"full", "full computation", "", &physics, 0, true},
        {"nearest", "nearest neighbour", nearest->description(), nearest.get(), nearest->memory()},
        {"cubic", "cubic spline", "", nullptr, 0, false, "no grid"},
        {"network", "neural network", "", &network, 100}};
    SilentProgress silent;
    auto result =
        compare(contenders, held_out(computed(physics, 50, 0.1), {&grid}, contenders), "network", quick(), silent);
    REQUIRE(result.methods.size() == 4);
    CHECK(!result.methods[0].accuracy);
    CHECK(!result.methods[2].accuracy);
    CHECK(result.methods[1].accuracy->median > 0.005);
    CHECK_RELATIVE(result.methods[3].accuracy->maximum, 0.001, 1e-6);
    CHECK(result.worst.size() == 3);
    CHECK(result.typical.size() == 3);
    for (const auto& method : result.methods) CHECK(method.cpu_seconds.has_value() == (method.name != "cubic"));
    CHECK(verdict(result).find("Trust the neural network") == 0);
    CHECK(to_text(result).find("not available") != std::string::npos);
    const auto json = nlohmann::json::parse(to_json(result, "{}"));
    CHECK(json["methods"].size() == 4);
    CHECK(json["methods"]["network"]["errors"]["axis_median"].size() == output_count);

    const Scaled poor(0.5);
    contenders[3].model = &poor;
    result = compare(contenders, held_out(computed(physics, 50, 0.1), {&grid}, contenders), "network", quick(), silent);
    CHECK(verdict(result).find("Interpolation wins") != std::string::npos);
}

TEST_CASE("another unit or another axis is refused") {
    const Scaled physics(0.0);
    Dataset test = computed(physics, 5, 0.1);
    SilentProgress silent;
    const std::vector<Contender> contenders{{"network", "neural network", "", &physics}};
    test.info.output_unit = "Jy";
    CHECK_THROWS_AS((void)compare(contenders, held_out(test, {}, contenders), "network", quick(), silent), InputError);
    test = computed(physics, 5, 0.1);
    test.info.axis.values[2] = 3.5;
    CHECK_THROWS_AS((void)compare(contenders, held_out(test, {}, contenders), "network", quick(), silent), InputError);
}

TEST_CASE("error factors per line, of the worst models and from shares of a grid, and the way through JSON") {
    const Scaled physics(0.0), good(0.01), poor(-0.5);
    Dataset test = computed(physics, 30, 0.25);
    test.info.axis = {"line", "label", "", {}, {"a", "b", "c", "d", "e", "f", "g"}};
    class Labelled final : public Model {
    public:
        Labelled(const Model& inner, ModelInfo info) : inner_(inner), info_(std::move(info)) {}
        [[nodiscard]] const ModelInfo& info() const noexcept override { return info_; }
        void evaluate(std::span<const double> parameters, std::span<double> outputs) const override {
            inner_.evaluate(parameters, outputs);
            for (std::size_t k = 2; k < outputs.size(); k += output_count) outputs[k] *= 1.1;  // line c is worse
        }

    private:
        const Model& inner_;
        ModelInfo info_;
    };
    const Labelled a(good, test.info), b(poor, test.info);
    const std::vector<Contender> contenders{{"polynomial", "polynomial", "", &a, 100},
                                            {"forest", "random forest", "", &b, 100}};
    CompareOptions options = quick();
    options.faint = 0.0;
    options.factors = true;
    SilentProgress silent;
    Comparison comparison = compare(contenders, held_out(test, {}, contenders), "network", options, silent);
    comparison.fractions.push_back(measure_fraction(contenders, test, 0.1, 40, 0.0));
    const Accuracy& accuracy = *comparison.methods[0].accuracy;
    REQUIRE(accuracy.axis_factor.size() == output_count);
    CHECK_RELATIVE(accuracy.axis_factor[0].mean, 1.0, 1e-9);
    CHECK_RELATIVE(accuracy.axis_factor[2].maximum, 11.1, 1e-9);
    CHECK_RELATIVE(comparison.methods[1].accuracy->axis_factor[0].median, 100.0, 1e-9);  // half is as wrong as twice
    REQUIRE(comparison.methods[0].worst_models.size() == 10);
    CHECK(comparison.methods[0].worst_models[0].output == 2);
    CHECK(comparison.fractions[0].methods[0].accuracy->factor.mean == accuracy.factor.mean);

    const Comparison read = comparison_from_json(to_json(comparison, "{}"), "test");
    CHECK_RELATIVE(read.methods[0].accuracy->axis_factor[2].percentile_99, 11.1, 1e-9);
    CHECK(read.methods[0].worst_models.size() == 10);
    CHECK(read.methods[0].accuracy->factor_exceeded.size() == accuracy.factor_exceeded.size());
    REQUIRE(read.fractions.size() == 1);
    CHECK(read.fractions[0].models == 40);
    const std::string table = to_markdown(read);
    CHECK(table.find("| polynomial | c |") != std::string::npos);
    CHECK(table.find("| 10.0 % |") != std::string::npos);
    CHECK(comparison_figures(read).size() == 4);
    comparison.fractions.clear();
    CHECK(to_json(comparison, "{}").find("fractions") == std::string::npos);
}
