#include <ism/base/design.hpp>

#include <algorithm>
#include <cmath>
#include <set>

#include <doctest/doctest.h>

#include <ism/base/atomic_file.hpp>
#include <ism/base/errors.hpp>
#include <ism/base/model_slice.hpp>
#include <ism/base/text.hpp>

#include "check_relative.hpp"

using namespace ism;

namespace {

std::vector<double> point(const Design& design, std::size_t i) {
    std::vector<double> x(design.dimensions());
    design.point(i, x);
    return x;
}

/// Number of empty boxes when [0, 1)^2 of two dimensions is cut into `a` x `b` equal boxes.
std::size_t empty_boxes(const Design& design, std::size_t d, std::size_t e, std::size_t a, std::size_t b) {
    std::set<std::size_t> seen;
    for (std::size_t i = 0; i < design.size(); ++i) {
        const auto x = point(design, i);
        seen.insert(static_cast<std::size_t>(x[d] * static_cast<double>(a)) * b +
                    static_cast<std::size_t>(x[e] * static_cast<double>(b)));
    }
    return a * b - seen.size();
}

class Sum final : public Model {
public:
    Sum() {
        info_.name = "sum";
        info_.parameters = {{.name = "a", .unit = {}, .low = 0, .high = 10, .fallback = 1, .help = {}},
                            {.name = "b", .unit = {}, .low = 0, .high = 10, .fallback = 2, .help = {}},
                            {.name = "c", .unit = {}, .low = 0, .high = 10, .fallback = 3, .help = {}}};
        info_.axis = {.name = "x", .kind = "label", .unit = {}, .values = {}, .labels = {"y"}};
    }
    [[nodiscard]] const ModelInfo& info() const noexcept override { return info_; }
    void evaluate(std::span<const double> p, std::span<double> y) const override {
        for (std::size_t i = 0; i < y.size(); ++i) y[i] = 100 * p[3 * i] + 10 * p[3 * i + 1] + p[3 * i + 2];
    }

private:
    ModelInfo info_;
};

}  // namespace

TEST_CASE("sobol: the sequence of SciPy in 32 dimensions") {
    const std::string text = read_whole(std::string(ISM_SOURCE_DIR) + "/tests/reference/sobol.csv");
    const auto rows = lines(text);
    REQUIRE(rows.size() == 8);
    const Design design({.kind = DesignKind::sobol, .size = 65536, .counts = {}, .scramble = false}, 32);
    for (std::size_t r = 2; r < rows.size(); ++r) {
        const auto entries = split(rows[r], ',');
        REQUIRE(entries.size() == 33);
        const auto x = point(design, static_cast<std::size_t>(*number_from(entries[0])));
        for (std::size_t d = 0; d < 32; ++d)
            CHECK(x[d] == *number_from(entries[d + 1]) + 0x1p-33);  // we take the centre of the cell
    }
}

TEST_CASE("sobol: scrambled or not, 2^k points fill the elementary boxes evenly") {
    for (const bool scramble : {false, true}) {
        const Design design({.kind = DesignKind::sobol, .size = 1024, .counts = {}, .seed = 7, .scramble = scramble},
                            16);
        for (std::size_t d = 0; d < 16; ++d) CHECK(empty_boxes(design, d, d, 1024, 1) == 0);  // one point in each slice
        for (std::size_t a : {1U, 4U, 32U, 256U})
            CHECK(empty_boxes(design, 0, 1, a, 1024 / a) == 0);  // a (0, 10, 2)-net
    }
}

TEST_CASE("sobol: scrambling depends on the seed and integrates better than random numbers") {
    const auto integral_error = [](DesignKind kind, std::uint64_t seed) {
        const Design design({.kind = kind, .size = 1024, .counts = {}, .seed = seed}, 3);
        double sum = 0.0;
        for (std::size_t i = 0; i < design.size(); ++i) {
            const auto x = point(design, i);
            sum += (1 + std::sin(6 * x[0])) * x[1] * std::exp(x[2]);
        }
        return std::abs(sum / 1024 - (1 + (1 - std::cos(6.0)) / 6) * 0.5 * (std::exp(1.0) - 1));
    };
    double sobol = 0.0, random = 0.0;
    for (std::uint64_t seed = 0; seed < 8; ++seed) {
        sobol += integral_error(DesignKind::sobol, seed);
        random += integral_error(DesignKind::random, seed);
    }
    CHECK(sobol < 0.05 * random);
    const Design a({.size = 8, .counts = {}, .seed = 1}, 2), b({.size = 8, .counts = {}, .seed = 2}, 2),
        longer({.size = 80, .counts = {}, .seed = 1}, 2);
    CHECK(point(a, 3) != point(b, 3));
    CHECK(point(a, 3) == point(longer, 3));
}

TEST_CASE("lhs: one point in each slice, whatever the size") {
    for (const std::size_t size : {1U, 2U, 3U, 17U, 1000U}) {
        const Design design({.kind = DesignKind::lhs, .size = size, .counts = {}, .seed = 5}, 4);
        for (std::size_t d = 0; d < 4; ++d) CHECK(empty_boxes(design, d, d, size, 1) == 0);
    }
    const Design design({.kind = DesignKind::lhs, .size = 4096, .counts = {}, .seed = 5}, 2);
    double covariance = 0.0;
    for (std::size_t i = 0; i < 4096; ++i) {
        const auto x = point(design, i);
        covariance += (x[0] - 0.5) * (x[1] - 0.5) * 12.0 / 4096.0;
    }
    CHECK(std::abs(covariance) < 4.0 / std::sqrt(4096.0));  // dimensions are independent
}

TEST_CASE("regular and random designs") {
    const Design regular({.kind = DesignKind::regular, .counts = {3, 1, 2}}, 3);
    REQUIRE(regular.size() == 6);
    CHECK(point(regular, 0) == std::vector<double>{0.0, 0.5, 0.0});
    CHECK(point(regular, 1) == std::vector<double>{0.0, 0.5, 1.0});
    CHECK(point(regular, 5) == std::vector<double>{1.0, 0.5, 1.0});
    const Design random({.kind = DesignKind::random, .size = 1000, .counts = {}, .seed = 3}, 2);
    double mean = 0.0;
    for (std::size_t i = 0; i < 1000; ++i) mean += point(random, i)[1] / 1000;
    CHECK(std::abs(mean - 0.5) < 0.04);
}

TEST_CASE("designs: impossible ones are refused") {
    CHECK_THROWS_AS(Design({.size = 0, .counts = {}}, 2), InputError);
    CHECK_THROWS_AS(Design({.size = 10, .counts = {}}, 0), InputError);
    CHECK_THROWS_AS(Design({.size = 10, .counts = {}}, 33), InputError);
    CHECK_THROWS_AS(Design({.kind = DesignKind::regular, .counts = {3}}, 2), InputError);
    CHECK_THROWS_AS(Design({.kind = DesignKind::regular, .counts = {3, 0}}, 2), InputError);
    CHECK_THROWS_AS((void)design_from_string("latin"), InputError);
}

TEST_CASE("model slice: fixed parameters are put in place") {
    const Sum sum;
    auto ranges = sum.info().parameters;
    ranges[1].low = ranges[1].high = 4;
    ranges[2].low = 5;
    const ModelSlice slice(sum, ranges);
    REQUIRE(slice.info().parameters.size() == 2);
    CHECK(slice.info().parameters[1].name == "c");
    CHECK(slice.info().parameters[1].low == 5);
    CHECK(slice.info().parameters[1].fallback == 5);
    CHECK(slice.fixed() == std::vector<std::pair<std::string, double>>{{"b", 4.0}});
    std::vector<double> y(2);
    slice.evaluate(std::vector<double>{1, 6, 2, 7}, y);
    CHECK(y == std::vector<double>{146, 247});
    ranges[0].high = 11;
    CHECK_THROWS_AS(ModelSlice(sum, ranges), InputError);
    for (auto& range : ranges) range.low = range.high = 5;
    CHECK_THROWS_AS(ModelSlice(sum, ranges), InputError);
}
