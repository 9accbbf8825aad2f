// The vector arithmetic of the dust model against the same thing written plainly, on every instruction set that this
// machine can run.
#include <ism/simulate/dust/vector_kernels.hpp>

#include <cmath>
#include <vector>

#include <check_relative.hpp>
#include <doctest/doctest.h>
#include <on_every_target.hpp>

#include <ism/base/random.hpp>

using namespace ism;
using namespace ism::simulate::dust;

namespace {

std::vector<double> uniform(std::size_t count, double low, double high, std::uint64_t seed) {
    std::vector<double> values(count);
    Random random(seed, 0);
    for (double& value : values) value = low + (high - low) * random.uniform();
    return values;
}

}  // namespace

TEST_CASE("weights times a table: any number of columns and rows") {
    for (const std::size_t columns : {1U, 7U, 8U, 13U, 481U}) {
        for (const std::size_t rows : {1U, 5U, 6U, 7U, 20U}) {
            CAPTURE(columns);
            CAPTURE(rows);
            const PanelTable table(uniform(40 * columns, -1.0, 2.0, 1), columns);
            const std::size_t count = (rows + tile_rows - 1) / tile_rows;
            const std::vector<double> weights = uniform(count * 30 * tile_rows, -0.1, 1.0, 2);
            std::vector<WeightTile> tiles;
            for (std::size_t t = 0; t < count; ++t) tiles.push_back({t, 30 - t, weights.data() + 30 * tile_rows * t});
            std::vector<double> expected(rows * columns);
            multiply_reference(table, tiles, rows, expected.data());
            on_every_target(vector_targets(), [&] {
                std::vector<double> found(rows * columns, std::nan(""));
                multiply(table, tiles, rows, found.data());
                for (std::size_t i = 0; i < found.size(); ++i)
                    REQUIRE(std::abs(found[i] - expected[i]) <= 1e-13 * 60.0);
            });
        }
    }
}

TEST_CASE("logarithm and exponential of arrays") {
    const std::vector<double> powers = uniform(103, -600.0, 200.0, 3);
    std::vector<double> x;
    for (const double power : powers) x.push_back(std::exp(power));
    x[5] = 0.0;
    x[6] = -1.0;  // the mean of a table with a cubic deposit may fall below zero where it is nothing
    const std::vector<double> w{-0.0625, 0.5625, 0.5625, -0.0625}, factor = uniform(25, 0.5, 2.0, 4);
    const std::vector<double> y = uniform(4 * 25, -30.0, -29.9, 5);
    on_every_target(vector_targets(), [&] {
        std::vector<double> logs(x.size()), found(25);
        log_of_positive(x.data(), x.size(), logs.data());
        for (std::size_t i = 0; i < x.size(); ++i) CHECK_RELATIVE(logs[i], std::log(std::max(x[i], 1e-300)), 1e-14);
        exp_of_cubic(y.data(), 25, w.data(), factor.data(), 25, found.data());
        for (std::size_t i = 0; i < 25; ++i) {
            const double sum = w[0] * y[i] + w[1] * y[25 + i] + w[2] * y[50 + i] + w[3] * y[75 + i];
            CHECK_RELATIVE(found[i], factor[i] * std::exp(sum), 1e-13);
        }
    });
}

TEST_CASE("the exponent stays near the range of the four values") {
    const std::vector<double> y{-20.0, -690.0, -690.0, -690.0}, w{2.0, -1.5, 0.4, 0.1}, factor{1.0};
    double found = 0.0;
    exp_of_cubic(y.data(), 1, w.data(), factor.data(), 1, &found);
    CHECK_RELATIVE(found, std::exp(-20.0 + 0.05), 1e-12);
}
