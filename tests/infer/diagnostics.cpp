// Diagnostics of chains, against ArviZ (tests/reference/diagnostics.py).
#include <ism/infer/diagnostics.hpp>

#include <cmath>
#include <fstream>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include <ism/base/random.hpp>
#include <ism/base/text.hpp>

#include "check_relative.hpp"

using namespace ism::infer;

namespace {

/// A table with a comment line and a line of names.
std::vector<std::vector<std::string>> read_rows(const std::string& name) {
    std::ifstream file(std::string(ISM_SOURCE_DIR "/tests/reference/") + name);
    std::vector<std::vector<std::string>> rows;
    std::string line;
    std::getline(file, line);
    while (std::getline(file, line)) {
        rows.emplace_back();
        for (const auto cell : ism::split(line, ',')) rows.back().emplace_back(cell);
    }
    return rows;
}

std::map<std::string, std::vector<double>> read_draws() {
    const auto rows = read_rows("diagnostics_draws.csv");
    REQUIRE(rows.size() == 1 + 4 * 101);
    std::map<std::string, std::vector<double>> draws;
    for (std::size_t i = 1; i < rows.size(); ++i) {
        for (std::size_t c = 0; c < rows[0].size(); ++c)
            draws[rows[0][c]].push_back(ism::number_from(rows[i][c]).value());
    }
    return draws;
}

}  // namespace

TEST_CASE("diagnostics: those of ArviZ, on easy, slow, heavy-tailed, tied and disagreeing chains") {
    const auto draws = read_draws();
    const auto rows = read_rows("diagnostics.csv");
    REQUIRE(rows.size() == 1 + 6);
    for (std::size_t i = 1; i < rows.size(); ++i) {
        CAPTURE(rows[i][0]);
        const ChainView view{draws.at(rows[i][0]), 4};
        const auto expected = [&](std::size_t column) { return ism::number_from(rows[i][column]).value(); };
        CHECK_RELATIVE(rank_r_hat(view), expected(1), 1e-9);
        CHECK_RELATIVE(bulk_ess(view), expected(2), 1e-8);
        CHECK_RELATIVE(tail_ess(view), expected(3), 1e-8);
        CHECK_RELATIVE(mean_ess(view), expected(4), 1e-8);
        CHECK_RELATIVE(quantile_ess(view, 0.5), expected(5), 1e-8);
        CHECK_RELATIVE(mean_error(view), expected(6), 1e-8);
        CHECK_RELATIVE(deviation_error(view), expected(7), 1e-8);
    }
}

TEST_CASE("diagnostics: the effective size of an autoregressive chain is that of theory") {
    const double coefficient = 0.7;
    std::vector<double> draws;
    for (std::size_t chain = 0; chain < 4; ++chain) {
        ism::Random random(11, chain);
        double x = random.normal();
        for (int i = 0; i < 20000; ++i)
            draws.push_back(x = coefficient * x + std::sqrt(1 - coefficient * coefficient) * random.normal());
    }
    const double expected = 80000 * (1 - coefficient) / (1 + coefficient);
    CHECK_RELATIVE(mean_ess({draws, 4}), expected, 0.06);
    CHECK_RELATIVE(bulk_ess({draws, 4}), expected, 0.06);
    CHECK(rank_r_hat({draws, 4}) < 1.002);
}

TEST_CASE("diagnostics: chains that differ in width only are found by the folded ranks") {
    std::vector<double> draws;
    for (std::size_t chain = 0; chain < 4; ++chain) {
        ism::Random random(12, chain);
        for (int i = 0; i < 1000; ++i) draws.push_back((chain == 0 ? 3 : 1) * random.normal());
    }
    CHECK(rank_r_hat({draws, 4}) > 1.05);
}

TEST_CASE("diagnostics: too few draws, one chain and NaN have no answer") {
    const std::vector<double> few{1, 2, 3, 1, 2, 3};
    CHECK(std::isnan(rank_r_hat({few, 2})));
    CHECK(std::isnan(bulk_ess({few, 2})));
    std::vector<double> one{1, 5, 2, 4, 3, 9, 7, 8};
    CHECK(std::isnan(rank_r_hat({one, 1})));
    CHECK(bulk_ess({one, 1}) > 0);
    one[3] = std::numeric_limits<double>::quiet_NaN();
    CHECK(std::isnan(rank_r_hat({one, 2})));
    CHECK(std::isnan(tail_ess({one, 2})));
}

TEST_CASE("diagnostics: quantiles by linear interpolation") {
    const std::vector<double> draws{4, 1, 3, 2};
    CHECK(quantile(draws, 0) == 1);
    CHECK(quantile(draws, 1) == 4);
    CHECK_RELATIVE(quantile(draws, 0.5), 2.5, 1e-15);
    CHECK_RELATIVE(quantile(draws, 0.25), 1.75, 1e-15);
}
