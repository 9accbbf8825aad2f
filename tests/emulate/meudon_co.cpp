// The shipped network of CO lines gives the test vectors that were published with its weights.
#include <cmath>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <ism/base/atomic_file.hpp>
#include <ism/base/text.hpp>
#include <ism/emulate/emulator.hpp>
#include <ism/emulate/shipped.hpp>

using namespace ism;
using namespace ism::emulate;

TEST_CASE("meudon_co: the published test vectors within 1e-5 dex, on every engine") {
    std::vector<double> points, expected;
    const std::string table = read_whole(ISM_SOURCE_DIR "/tests/reference/meudon_co.csv");
    for (const std::string_view line : lines(table)) {
        if (line.empty() || line.front() == '#') continue;
        const auto entries = split(line, ',');
        REQUIRE(entries.size() == 53);
        for (std::size_t i = 0; i < entries.size(); ++i)
            (i < 3 ? points : expected).push_back(number_from(entries[i]).value());
    }
    REQUIRE(points.size() == 64 * 3);
    for (const Engine engine : available_engines()) {
        CAPTURE(to_string(engine));
        const Emulator lines_of_co(find_emulator("meudon_co"), {.engine = engine});
        std::vector<double> found(expected.size());
        lines_of_co.evaluate(points, std::span<double>(found));
        for (std::size_t i = 0; i < found.size(); ++i) REQUIRE(std::abs(std::log10(found[i]) - expected[i]) <= 1e-5);
    }
}
