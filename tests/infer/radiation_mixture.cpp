// Dust that sees a distribution of radiation fields, against the plain integral.
#include <ism/infer/radiation_mixture.hpp>

#include <cmath>
#include <memory>
#include <vector>

#include <rapidcheck.h>

#include "check_relative.hpp"
#include "error_of.hpp"

using namespace ism::infer;

namespace {

/// Two bands that go as U^1.2 and U^0.3 / (1 + U / 100), times a second parameter, the first of the two.
class Fields final : public ism::Model {
public:
    explicit Fields(double high = 1e6, const char* name = "U") {
        info_.name = "fields";
        info_.parameters = {{.name = "b", .unit = "", .low = 0, .high = 10, .fallback = 1, .help = "a factor"},
                            {.name = name,
                             .unit = "",
                             .low = 0.1,
                             .high = high,
                             .fallback = 1,
                             .scale = ism::Scale::log,
                             .help = "field"}};
        info_.axis = {.name = "band", .kind = "band", .unit = "", .values = {}, .labels = {"A", "B"}};
    }
    [[nodiscard]] const ism::ModelInfo& info() const noexcept override { return info_; }
    [[nodiscard]] bool differentiable() const noexcept override { return true; }
    void evaluate(std::span<const double> x, std::span<double> y) const override {
        for (std::size_t i = 0; i < y.size() / 2; ++i) {
            const double b = x[2 * i], u = x[2 * i + 1];
            y[2 * i] = b * std::pow(u, 1.2), y[2 * i + 1] = b * std::pow(u, 0.3) / (1 + u / 100);
        }
    }
    void evaluate_with_jacobian(std::span<const double> x, std::span<double> y,
                                std::span<double> jacobian) const override {
        evaluate(x, y);
        jacobian[0] = y[0] / x[0], jacobian[1] = 1.2 * y[0] / x[1];
        jacobian[2] = y[1] / x[0], jacobian[3] = y[1] * (0.3 / x[1] - 0.01 / (1 + x[1] / 100));
    }

private:
    ism::ModelInfo info_;
};

/// Mean of a band over the power law, by a plain sum over ln U.
double plain_mean(double low, double high, double alpha, std::size_t band) {
    double sum = 0, mass = 0;
    const double step = std::log(high / low) / 200000;
    for (double ln = std::log(low) + 0.5 * step; ln < std::log(high); ln += step) {
        std::vector<double> point{1.0, std::exp(ln)}, y(2);
        Fields().evaluate(point, y);
        const double weight = std::exp((1 - alpha) * ln);
        sum += weight * y[band], mass += weight;
    }
    return sum / mass;
}

}  // namespace

TEST_CASE("distribution of U: power law and delta + power law are the plain integrals over mass") {
    const RadiationMixture dale(std::make_shared<Fields>(), FieldDistribution::power_law);
    const RadiationMixture draine(std::make_shared<Fields>(), FieldDistribution::delta_power_law);
    CHECK(dale.info().parameter_count() == 2);
    CHECK(draine.info().parameters[0].name == "U_min");
    CHECK(draine.info().parameters[3].name == "b");
    std::vector<double> y(2), single(2);
    for (const double alpha : {1.0, 1.7, 2.0, 3.0}) {
        dale.evaluate(std::vector{alpha, 2.0}, y);
        CHECK_RELATIVE(y[0], 2 * plain_mean(0.3, 1e5, alpha, 0), 1e-7);
        CHECK_RELATIVE(y[1], 2 * plain_mean(0.3, 1e5, alpha, 1), 1e-4);
        draine.evaluate(std::vector{5.0, alpha, 0.02, 2.0}, y);
        Fields().evaluate(std::vector{2.0, 5.0}, single);
        CHECK_RELATIVE(y[0], 0.98 * single[0] + 0.02 * 2 * plain_mean(5, 1e6, alpha, 0), 1e-7);
        CHECK_RELATIVE(y[1], 0.98 * single[1] + 0.02 * 2 * plain_mean(5, 1e6, alpha, 1), 1e-4);
    }
}

TEST_CASE("distribution of U: derivatives are exact") {
    for (const auto kind : {FieldDistribution::power_law, FieldDistribution::delta_power_law}) {
        const RadiationMixture model(std::make_shared<Fields>(), kind);
        CHECK(rc::check([&] {
            std::vector<double> x;
            for (const ism::Parameter& p : model.info().parameters) {
                const double place = 0.1 + 0.001 * *rc::gen::inRange(0, 800);
                x.push_back(p.scale == ism::Scale::log ? p.low * std::pow(p.high / p.low, place)
                                                       : p.low + place * (p.high - p.low));
            }
            const std::size_t p = x.size();
            std::vector<double> y(2), jacobian(2 * p), up(2), down(2), batch(2);
            model.evaluate_with_jacobian(x, y, jacobian);
            model.evaluate(x, batch);
            for (std::size_t j = 0; j < 2; ++j) RC_ASSERT(std::abs(batch[j] / y[j] - 1) < 1e-12);
            for (std::size_t q = 0; q < p; ++q) {
                const double h = 1e-5 * x[q], before = x[q];
                x[q] = before + h, model.evaluate(x, up);
                x[q] = before - h, model.evaluate(x, down);
                x[q] = before;
                for (std::size_t j = 0; j < 2; ++j)
                    RC_ASSERT(std::abs((up[j] - down[j]) / (2 * h) - jacobian[j * p + q]) * before < 1e-5 * y[j]);
            }
        }));
    }
}

TEST_CASE("distribution of U: what cannot be is refused") {
    const auto error_with = [](std::shared_ptr<const ism::Model> model, FieldDistribution kind) {
        return error_of([&] { (void)RadiationMixture(std::move(model), kind); });
    };
    CHECK(has(error_with(std::make_shared<Fields>(1e6, "V"), FieldDistribution::power_law), "no parameter U"));
    CHECK(has(error_with(std::make_shared<Fields>(1e3), FieldDistribution::power_law), "knows U from 0.1 to 1000"));
    CHECK(has(error_with(std::make_shared<Fields>(), FieldDistribution::single), "'single' is none"));
    CHECK(has(error_of([] { (void)distribution_from_string("dale"); }), "power-law"));
    CHECK(distribution_from_string("delta-power-law") == FieldDistribution::delta_power_law);
}
