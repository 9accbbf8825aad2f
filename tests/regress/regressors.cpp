#include <array>
#include <cmath>
#include <functional>
#include <limits>

#include <doctest/doctest.h>

#include <ism/base/errors.hpp>
#include <ism/base/parallel.hpp>
#include <ism/regress/gaussian_process.hpp>
#include <ism/regress/regressor.hpp>

#include "check_relative.hpp"
#include "error_of.hpp"
#include "reference_data.hpp"

using namespace ism;
using namespace ism::regress;

namespace {

constexpr double missing = std::numeric_limits<double>::quiet_NaN();

using Function = std::function<double(double x, double y, std::size_t j)>;  // logarithm of output j on the unit square

/// Two parameters, one linear and one log; two outputs learned in log.
Dataset scattered(std::size_t count, const Function& f) {
    Dataset data;
    data.info.name = "square";
    data.info.parameters = {{"a", "", -1.0, 3.0, 0.0, Scale::linear, ""},
                            {"b", "um", 1.0, 100.0, 10.0, Scale::log, ""}};
    data.info.axis = {"line", "line", "", {}, {"p", "q"}};
    data.info.output_name = "f";
    for (std::size_t i = 0; i < count; ++i) {
        const auto n = static_cast<double>(i);  // additive recurrence on the plastic number, as in gaussian_process.py
        const double x = std::fmod(0.5 + n * 0.7548776662466927, 1.0), y = std::fmod(0.5 + n * 0.5698402909980532, 1.0);
        data.parameters.push_back(data.info.parameters[0].from_unit_interval(x));
        data.parameters.push_back(data.info.parameters[1].from_unit_interval(y));
        for (std::size_t j = 0; j < 2; ++j) data.outputs.push_back(std::exp(f(x, y, j)));
    }
    return data;
}

double smooth(double x, double y, std::size_t j) {
    const auto shift = static_cast<double>(j);
    return std::sin(5.0 * x + 0.7 * shift) + x * y - 0.5 * y * y - 20.0 * shift;
}

std::vector<double> point_at(const Model& model, double x, double y) {
    return {model.info().parameters[0].from_unit_interval(x), model.info().parameters[1].from_unit_interval(y)};
}

std::vector<double> log_values(const Model& model, double x, double y) {
    std::vector<double> out(2);
    model.evaluate(point_at(model, x, y), out);
    for (double& value : out) value = std::log(value);
    return out;
}

/// Root of the mean squared difference from f in the logarithm, at 100 points inside.
double error_against(const Model& model, const Function& f) {
    double sum = 0.0;
    for (std::size_t i = 0; i < 100; ++i) {
        const auto n = static_cast<double>(i);
        const double x = 0.03 + 0.94 * std::fmod(0.1 + n * 0.7548776662466927, 1.0);
        const double y = 0.03 + 0.94 * std::fmod(0.1 + n * 0.5698402909980532, 1.0);
        const auto values = log_values(model, x, y);
        for (std::size_t j = 0; j < 2; ++j) sum += std::pow(values[j] - f(x, y, j), 2);
    }
    return std::sqrt(sum / 200.0);
}

/// Exact derivatives against central differences.
void check_jacobian(const Model& model, double tolerance) {
    REQUIRE(model.differentiable());
    const std::vector<double> point = point_at(model, 0.37, 0.61);
    std::vector<double> out(2), jacobian(4), up(2), down(2);
    model.evaluate_with_jacobian(point, out, jacobian);
    for (std::size_t k = 0; k < 2; ++k) {
        std::vector<double> above = point, below = point;
        const double step = 1e-5 * point[k];
        above[k] += step;
        below[k] -= step;
        model.evaluate(above, up);
        model.evaluate(below, down);
        for (std::size_t j = 0; j < 2; ++j)
            CHECK_RELATIVE(jacobian[j * 2 + k], (up[j] - down[j]) / (2.0 * step), tolerance);
    }
    CHECK_THROWS_AS(model.evaluate_with_jacobian(point, out, std::span(jacobian).first(3)), InputError);
}

std::vector<RegressionMethod> available() {
    auto methods = regression_methods();
    REQUIRE(methods.size() == 4);
    if (!has_trees()) std::erase_if(methods, [](const auto& m) { return m.name == "forest" || m.name == "boosting"; });
    return methods;
}

}  // namespace

TEST_CASE("a polynomial is found again, with its order and its derivatives") {
    const auto quartic = [](double x, double y, std::size_t j) {
        return 1.0 + x - 3.0 * x * x * y * y + 2.0 * y * y * y * y - 0.5 * x * y * static_cast<double>(j);
    };
    const auto model = make_polynomial(scattered(100, quartic));
    CHECK(has(model->description(), "order 4, 15 terms"));
    CHECK(error_against(*model, quartic) < 1e-6);  // values are kept in single precision
    check_jacobian(*model, 1e-6);
    CHECK(model->memory() < 15 * (2 * 8 + 2) + 100);
}

TEST_CASE("the order of a polynomial is chosen by leaving one out, so noise is not learned") {
    const auto noisy = [](double x, double y, std::size_t j) {
        return x + y * y + 0.1 * std::sin(1e5 * x + 7e4 * y + static_cast<double>(j));
    };
    const auto plain = [](double x, double y, std::size_t) { return x + y * y; };
    CHECK(error_against(*make_polynomial(scattered(200, noisy)), plain) < 0.03);
}

TEST_CASE("Gaussian process: means, deviations and likelihood of scikit-learn") {
    const std::string path = ISM_SOURCE_DIR "/tests/reference/gaussian_process.csv";
    const auto points = number_rows(path, 7), likelihoods = number_rows(path, 3);
    REQUIRE(points.size() == 40);
    REQUIRE(likelihoods.size() == 2);
    for (const auto& row : likelihoods) {
        const Matern kernel = row[0] == 3.0 ? Matern::three_halves : Matern::five_halves;
        GaussianProcessOptions options{.deviations = true};
        options.hyper = GaussianProcessHyper{kernel, {0.4, 0.9}, 1e-4};
        const auto model = make_gaussian_process(scattered(60, smooth), options);
        CHECK_RELATIVE(model->log_likelihood(), row[1], 1e-5);
        for (const auto& point : points) {
            if (point[0] != row[0]) continue;
            const auto values = log_values(*model, point[1], point[2]);
            std::vector<double> deviations(2);
            model->deviations(point_at(*model, point[1], point[2]), deviations);
            for (std::size_t j = 0; j < 2; ++j) {
                CHECK(std::abs(values[j] - point[3 + j]) <= 2e-6);
                CHECK_RELATIVE(deviations[j], point[5 + j], 1e-4);
            }
        }
        check_jacobian(*model, 1e-6);
    }
}

TEST_CASE("Gaussian process: the likelihood that is found is a maximum in every hyper-parameter") {
    const auto rough = [](double x, double y, std::size_t j) {
        return smooth(x, y, j) + 0.01 * std::sin(1e5 * x + 7e4 * y);
    };
    const Dataset data = scattered(80, rough);  // so that the noise is not at its bound
    const auto best = make_gaussian_process(data);
    CHECK(error_against(*best, smooth) < 0.02);
    for (std::size_t k = 0; k < 3; ++k) {
        for (const double factor : {0.8, 1.25}) {
            GaussianProcessOptions options;
            options.hyper = best->hyper();
            (k < 2 ? options.hyper->lengths[k] : options.hyper->noise) *= factor;
            CHECK(make_gaussian_process(data, options)->log_likelihood() <=
                  best->log_likelihood() + 1e-6 * std::abs(best->log_likelihood()));
        }
    }
}

TEST_CASE("Gaussian process: from all models as neighbours, the nearest-neighbour process is the exact one") {
    const Dataset data = scattered(60, smooth);
    GaussianProcessOptions exact{.deviations = true}, near{.exact_up_to = 10, .neighbours = 60};
    exact.hyper = near.hyper = GaussianProcessHyper{Matern::five_halves, {0.4, 0.9}, 1e-4};
    const auto a = make_gaussian_process(data, exact), b = make_gaussian_process(data, near);
    CHECK_FALSE(b->differentiable());
    const auto values = log_values(*a, 0.3, 0.8), same = log_values(*b, 0.3, 0.8);
    for (std::size_t j = 0; j < 2; ++j) CHECK_RELATIVE(values[j], same[j], 1e-8);
    std::vector<double> wide(2);
    b->deviations(point_at(*b, 0.3, 0.8), wide);
    CHECK((wide[0] > 0.0 && wide[0] < 0.1));
}

TEST_CASE("Gaussian process of many models: Vecchia's likelihood finds lengths, and errors are of the size it says") {
    const Dataset data = scattered(2500, smooth);
    GaussianProcessOptions options{.exact_up_to = 2000, .neighbours = 30};
    const auto model = make_gaussian_process(data, options);
    CHECK(has(model->description(), "30 nearest of 2500"));
    CHECK(error_against(*model, smooth) < 1e-4);
    set_thread_count(1);
    const auto again = make_gaussian_process(data, options);
    set_thread_count(0);
    CHECK(again->hyper().lengths == model->hyper().lengths);  // whatever the number of threads
}

TEST_CASE("trees: a sane accuracy, and no more than what was learned says") {
    if (!has_trees()) return;
    const Dataset data = scattered(2000, smooth);
    const auto forest = make_forest(data), boosting = make_boosting(data);
    CHECK(error_against(*forest, smooth) < 0.05);
    CHECK(error_against(*boosting, smooth) < 0.05);
    CHECK_FALSE(forest->differentiable());
    CHECK(forest->memory() > boosting->memory());
    CHECK_THROWS_AS((void)make_boosting(scattered(19, smooth)), InputError);
}

TEST_CASE("every method: constants, parameters that do not vary, masked models, bad input") {
    for (const auto& method : available()) {
        CAPTURE(method.name);
        const auto constant = [](double x, double, std::size_t j) { return j == 0 ? -3.0 : std::sin(x); };
        const auto flat = method.make(scattered(60, constant));
        CHECK_RELATIVE(log_values(*flat, 0.3, 0.4)[0], -3.0, 1e-6);
        const auto all_flat = method.make(scattered(60, [](double, double, std::size_t) { return 2.0; }));
        CHECK_RELATIVE(log_values(*all_flat, 0.3, 0.4)[1], 2.0, 1e-6);

        Dataset thin = scattered(60, smooth);
        thin.info.parameters[1] = {"b", "um", 10.0, 10.0, 10.0, Scale::linear, ""};
        for (std::size_t i = 0; i < thin.size(); ++i) {
            thin.parameters[2 * i + 1] = 10.0;
            for (std::size_t j = 0; j < 2; ++j)
                thin.outputs[2 * i + j] =
                    std::exp(smooth(thin.info.parameters[0].to_unit_interval(thin.parameters[2 * i]), 0.0, j));
        }
        std::vector<double> out(2);
        const auto line = method.make(thin);
        line->evaluate(std::vector<double>{1.0, 10.0}, out);
        CHECK(std::abs(std::log(out[0]) - smooth(0.5, 0.0, 0)) < 0.3);

        Dataset masked = scattered(60, smooth);
        masked.mask.assign(masked.outputs.size(), 1);
        masked.mask[7] = 0;
        masked.outputs[7] = missing;
        CHECK(method.make(masked)->dropped() == 1);
        CHECK(method.make(masked)->node_count() == 59);

        const auto model = method.make(scattered(60, smooth));
        CHECK_THROWS_AS(model->evaluate(std::vector<double>{missing, 10.0}, out), InputError);
        CHECK_THROWS_AS(model->evaluate(std::vector<double>{3.1, 10.0}, out), InputError);
        CHECK_THROWS_AS(model->evaluate(std::vector<double>{1.0}, out), InputError);
        CHECK(has(error_of([&] { (void)method.make(scattered(1, smooth)); }), "at least"));
        CHECK(model->memory() > 0);
        CHECK_FALSE(method.title.empty());
    }
    GaussianProcessOptions options;
    options.hyper = GaussianProcessHyper{Matern::five_halves, {0.4, missing}, 1e-4};
    CHECK_THROWS_AS((void)make_gaussian_process(scattered(60, smooth), options), InputError);
}
