// Rows that are zero but for one run of columns times vectors, against plain sums, on every instruction set that this
// machine can run.
#include <ism/observe/sparse_rows.hpp>

#include <cmath>
#include <vector>

#include <doctest/doctest.h>
#include <on_every_target.hpp>

#include <ism/base/random.hpp>

using namespace ism;
using namespace ism::observe;

namespace {

constexpr std::size_t columns = 67;

std::vector<double> uniform(std::size_t count, std::uint64_t seed) {
    std::vector<double> values(count);
    Random random(seed, 0);
    for (double& value : values) value = 0.1 + random.uniform();
    return values;
}

/// A run of every length from every remainder, the last one at the very end of the vector.
std::vector<std::vector<double>> runs() {
    std::vector<std::vector<double>> rows;
    const std::vector<double> weights = uniform(columns, 1);
    for (std::size_t length = 0; length <= 35; ++length) {
        for (const std::size_t first : {length % 9, columns - length}) {
            std::vector<double> row(columns, 0.0);
            for (std::size_t i = first; i < first + length; ++i) row[i] = weights[i];
            rows.push_back(row);
        }
    }
    return rows;
}

}  // namespace

TEST_CASE("rows times any number of vectors; what lies outside a row does not matter") {
    const auto rows = runs();
    SparseRows matrix;
    for (const auto& row : rows) matrix.add(row);
    REQUIRE(matrix.size() == rows.size());
    const std::vector<double> values = uniform(9 * columns, 2);
    on_every_target(sparse_rows_targets(), [&] {
        for (std::size_t count = 0; count <= 9; ++count) {
            // exactly as long as it must be, so that a read beyond it is one beyond the memory (sanitizers see it)
            const std::vector<double> vectors(values.begin(),
                                              values.begin() + static_cast<std::ptrdiff_t>(count * columns));
            std::vector<double> found(count * rows.size(), std::nan(""));
            matrix.multiply(vectors.data(), count, columns, found.data(), rows.size(), 1);
            for (std::size_t v = 0; v < count; ++v) {
                for (std::size_t r = 0; r < rows.size(); ++r) {
                    double sum = 0.0;
                    for (std::size_t i = 0; i < columns; ++i) sum += rows[r][i] * vectors[v * columns + i];
                    REQUIRE(std::abs(found[v * rows.size() + r] - sum) <= 1e-14 * sum);
                    double alone = std::nan("");
                    SparseRows one;
                    one.add(rows[r]);
                    one.multiply(vectors.data() + v * columns, 1, columns, &alone, 1, 1);
                    REQUIRE(alone == found[v * rows.size() + r]);
                }
            }
        }
        std::vector<double> holed(values.begin(), values.begin() + columns);
        for (std::size_t r = 0; r < rows.size(); ++r) {
            for (std::size_t i = 0; i < columns; ++i) holed[i] = rows[r][i] == 0.0 ? std::nan("") : values[i];
            double found = std::nan("");
            SparseRows one;
            one.add(rows[r]);
            one.multiply(holed.data(), 1, columns, &found, 1, 1);
            REQUIRE(std::isfinite(found));
        }
    });
}

TEST_CASE("a table turned") {
    on_every_target(sparse_rows_targets(), [&] {
        for (std::size_t width = 1; width <= 6; ++width) {
            const std::vector<double> table = uniform(37 * width, 3);
            std::vector<double> turned(table.size(), std::nan(""));
            turn(table.data(), 37, width, turned.data());
            for (std::size_t i = 0; i < 37; ++i) {
                for (std::size_t c = 0; c < width; ++c) REQUIRE(turned[c * 37 + i] == table[i * width + c]);
            }
        }
    });
}
