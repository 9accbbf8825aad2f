#include <array>
#include <cmath>
#include <functional>
#include <string>

#include <doctest/doctest.h>

#include <ism/base/atomic_file.hpp>
#include <ism/base/errors.hpp>
#include <ism/base/text.hpp>
#include <ism/emulate/interpolator.hpp>

#include "check_relative.hpp"

using namespace ism;
using emulate::make_interpolator;

namespace {

using Function = std::function<double(double x, double y, std::size_t j)>;  // logarithm of output j on the unit square

/// Two parameters, one linear and one log; three outputs learned in log.
ModelInfo square_info() {
    ModelInfo info;
    info.name = "square";
    info.parameters = {{"a", "", -1.0, 3.0, 0.0, Scale::linear, ""}, {"b", "um", 1.0, 100.0, 10.0, Scale::log, ""}};
    info.axis = {"line", "line", "", {}, {"p", "q", "r"}};
    info.output_name = "f";
    return info;
}

void add_node(Dataset& data, double x, double y, const Function& log_output) {
    data.parameters.push_back(data.info.parameters[0].from_unit_interval(x));
    data.parameters.push_back(data.info.parameters[1].from_unit_interval(y));
    for (std::size_t j = 0; j < 3; ++j) data.outputs.push_back(std::exp(log_output(x, y, j)));
}

Dataset regular(std::size_t nx, std::size_t ny, const Function& f) {
    Dataset data;
    data.info = square_info();
    for (std::size_t i = 0; i < nx; ++i) {
        for (std::size_t k = 0; k < ny; ++k) {
            add_node(data, static_cast<double>(i) / static_cast<double>(nx - 1),
                     static_cast<double>(k) / static_cast<double>(ny - 1), f);
        }
    }
    return data;
}

/// Additive recurrence on the plastic number, as in interpolators.py.
std::array<double, 2> scattered_point(std::size_t i, double shift) {
    const auto part = [](double value) { return value - std::floor(value); };
    const auto n = static_cast<double>(i);
    return {part(shift + n * 0.7548776662466927), part(shift + n * 0.5698402909980532)};
}

Dataset scattered(std::size_t count, const Function& f) {
    Dataset data;
    data.info = square_info();
    for (std::size_t i = 0; i < count; ++i) {
        const auto [x, y] = scattered_point(i, 0.5);
        add_node(data, x, y, f);
    }
    return data;
}

std::vector<double> log_values(const Model& model, double x, double y) {
    const std::vector<double> point{model.info().parameters[0].from_unit_interval(x),
                                    model.info().parameters[1].from_unit_interval(y)};
    std::vector<double> out(model.info().output_count());
    model.evaluate(point, out);
    for (double& value : out) value = std::log(value);
    return out;
}

/// |interpolated - f| at 40 points, at most `tolerance` (absolute, in the logarithm).
void check_reproduces(const Model& model, const Function& f, double tolerance) {
    for (std::size_t i = 0; i < 40; ++i) {
        const auto [u, v] = scattered_point(i, 0.1);
        const double x = 0.05 + 0.9 * u;
        const double y = 0.05 + 0.9 * v;
        const auto values = log_values(model, x, y);
        for (std::size_t j = 0; j < 3; ++j) {
            CAPTURE(x);
            CAPTURE(y);
            CHECK(std::abs(values[j] - f(x, y, j)) <= tolerance);
        }
    }
}

double twin(double x, double y, std::size_t j) {
    const auto n = static_cast<double>(j);
    return std::sin(1.3 * x + 0.7 * n) + x * y - 0.5 * y * y - 20.0 * n;
}
double bilinear(double x, double y, std::size_t j) { return 1.0 - 2.0 * x + 3.0 * y + static_cast<double>(j) * x * y; }
double plane(double x, double y, std::size_t j) { return 4.0 * x - y - 30.0 * static_cast<double>(j); }
double bicubic(double x, double y, std::size_t j) {
    return (1.0 + x - 2.0 * x * x * x) * (y * y * y - y * y + 0.5 * static_cast<double>(j));
}

constexpr double single_precision = 1e-6;

void check_scipy(const std::string& method, const Model& model) {
    const std::string text = read_whole(std::string(ISM_SOURCE_DIR) + "/tests/reference/interpolators.csv");
    std::size_t rows = 0;
    for (const auto line : lines(text)) {
        const auto cells = split(line, ',');
        if (cells[0] != method) continue;
        ++rows;
        CAPTURE(method);
        const auto values = log_values(model, number_from(cells[1]).value(), number_from(cells[2]).value());
        for (std::size_t j = 0; j < 3; ++j) {
            CHECK(std::abs(values[j] - number_from(cells[3 + j]).value()) <= 2.0 * single_precision);
        }
    }
    CHECK(rows == 50);
}

}  // namespace

TEST_CASE("multilinear interpolation reproduces bilinear functions of the scaled parameters") {
    const auto model = make_interpolator("linear", regular(5, 4, bilinear));
    check_reproduces(*model, bilinear, single_precision);
    CHECK(model->description() == "multilinear in a regular grid of 5 x 4 nodes");
}

TEST_CASE("the tensor spline reproduces cubics, and smaller grids polynomials of lower degree") {
    check_reproduces(*make_interpolator("cubic", regular(7, 6, bicubic)), bicubic, single_precision);
    check_reproduces(*make_interpolator("cubic", regular(4, 5, bicubic)), bicubic, single_precision);
    check_reproduces(*make_interpolator("cubic", regular(2, 3, bilinear)), bilinear, single_precision);
}

TEST_CASE("local methods on scattered nodes reproduce planes") {
    check_reproduces(*make_interpolator("linear", scattered(80, plane)), plane, 10.0 * single_precision);
    check_reproduces(*make_interpolator("cubic", scattered(80, plane)), plane, 10.0 * single_precision);
}

TEST_CASE("every method returns the node at a node") {
    for (const auto& method : emulate::interpolation_methods()) {
        for (const Dataset& data : {regular(5, 6, twin), scattered(80, twin)}) {
            const auto model = method.make(data);
            std::vector<double> out(data.outputs.size());
            model->evaluate(data.parameters, out);
            CAPTURE(method.name);
            for (std::size_t i = 0; i < out.size(); ++i)
                CHECK_RELATIVE(out[i], data.outputs[i], 3.0 * single_precision);
        }
    }
}

TEST_CASE("agreement with SciPy") {
    check_scipy("linear", *make_interpolator("linear", regular(7, 6, twin)));
    check_scipy("cubic", *make_interpolator("cubic", regular(7, 6, twin)));
    check_scipy("nearest", *make_interpolator("nearest", scattered(80, twin)));
    check_scipy("local_cubic", *make_interpolator("cubic", scattered(80, twin)));
}

TEST_CASE("inverse distance: the mean of a node and its mirror image, bounds of the nodes everywhere") {
    const auto step = [](double x, double, std::size_t) { return x < 0.5 ? 0.0 : 1.0; };
    const auto model = make_interpolator("neighbours", regular(2, 2, step));
    for (double value : log_values(*model, 0.5, 0.5)) CHECK(std::abs(value - 0.5) <= single_precision);
    for (std::size_t i = 0; i < 40; ++i) {
        const auto [x, y] = scattered_point(i, 0.3);
        for (double value : log_values(*model, x, y))
            CHECK((value >= -single_precision && value <= 1.0 + single_precision));
    }
}

TEST_CASE("failed models are left out of scattered nodes and refused in a regular grid") {
    Dataset data = regular(5, 5, plane);
    data.status.assign(25, 0);
    data.status[7] = 1;
    CHECK(make_interpolator("nearest", data)->node_count() == 24);
    CHECK(make_interpolator("nearest", data)->dropped() == 1);
    CHECK_THROWS_AS((void)make_interpolator("linear", data), InputError);
    data.status.clear();
    data.mask.assign(75, 1);
    data.mask[30] = 0;
    CHECK(make_interpolator("neighbours", data)->dropped() == 1);
    CHECK_THROWS_AS((void)make_interpolator("cubic", data), InputError);
}

TEST_CASE("a parameter that does not vary does not matter") {
    Dataset data = scattered(80, [](double x, double, std::size_t j) { return x + static_cast<double>(j); });
    for (std::size_t i = 1; i < data.parameters.size(); i += 2) data.parameters[i] = 10.0;
    data.info.parameters[1].low = data.info.parameters[1].high = 10.0;
    for (const char* method : {"linear", "cubic"}) {
        std::vector<double> out(3);
        make_interpolator(method, data)->evaluate(std::vector<double>{1.1, 10.0}, out);
        CHECK(std::abs(std::log(out[0]) - 0.525) <= 10.0 * single_precision);
    }
}

TEST_CASE("outside the nodes and impossible input are refused") {
    const Dataset data = regular(5, 4, plane);
    const auto model = make_interpolator("linear", data);
    std::vector<double> out(3);
    CHECK_THROWS_AS(model->evaluate(std::vector<double>{3.5, 10.0}, out), InputError);
    CHECK_THROWS_AS(model->evaluate(std::vector<double>{std::nan(""), 10.0}, out), InputError);
    CHECK_THROWS_AS((void)make_interpolator("quartic", data), InputError);
    Dataset empty;
    empty.info = square_info();
    CHECK_THROWS_AS((void)make_interpolator("nearest", empty), InputError);
}

TEST_CASE("outputs that are zero become the smallest positive value; a linear output keeps its sign") {
    Dataset data = regular(3, 3, plane);
    data.outputs[0] = 0.0;
    double least = 1e300;
    for (double value : data.outputs) least = value > 0.0 ? std::min(least, value) : least;
    std::vector<double> out(27);
    make_interpolator("nearest", data)->evaluate(data.parameters, out);
    CHECK_RELATIVE(out[0], least, 1e-5);
    data.info.output_scale = Scale::linear;
    data.outputs[0] = -2.0;
    make_interpolator("nearest", data)->evaluate(data.parameters, out);
    CHECK_RELATIVE(out[0], -2.0, 1e-5);
}
