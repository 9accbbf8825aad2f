// The runtime allocates nothing once it is warm. A program by itself: it counts every allocation of the process.
#include <ism/emulate/emulator.hpp>

#include "check_relative.hpp"
#include "count_allocations.hpp"
#include "random_network.hpp"

TEST_CASE("emulator: no allocation once warm") {
    using namespace ism::emulate;
    const auto record = record_of(random_network({.hidden = {64, 64}, .outputs = 100, .residual = true}, 13));
    const auto points = random_points(record, 300, 5);
    const std::vector<double> point(points.begin(), points.begin() + 3);
    std::vector<double> y(300 * 100), dy(300 * 100 * 3);
    for (const Engine engine : available_engines()) {
        if (engine == Engine::reference) continue;  // readable, not thrifty
        CAPTURE(to_string(engine));
        const Emulator emulator(record, {.outside = Outside::nearest, .engine = engine});
        const auto work = [&] {
            emulator.evaluate(points, std::span<double>(y));
            emulator.evaluate_with_jacobian(points, y, dy);
            emulator.evaluate(point, std::span<double>(y).first(100));
        };
        work();
        const std::size_t before = allocations;
        work();
        CHECK(allocations == before);
    }
    const std::size_t before = allocations;
    delete new int(0);
    CHECK(allocations > before);  // the counter counts
}
