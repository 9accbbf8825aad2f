// Every engine that this machine can run goes through the same tests; the reference is compared with the NumPy twin.
#include <ism/emulate/emulator.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <limits>
#include <thread>

#include <rapidcheck.h>

#include <ism/base/errors.hpp>
#include <ism/base/parallel.hpp>
#include <ism/base/text.hpp>

#include "check_relative.hpp"
#include "random_network.hpp"

using namespace ism::emulate;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

struct Answer {
    std::vector<double> y;
    std::vector<double> dy;
};

std::vector<double> values_of(const Emulator& emulator, const std::vector<double>& points) {
    std::vector<double> y(points.size() / emulator.info().parameter_count() * emulator.info().output_count());
    emulator.evaluate(points, std::span<double>(y));
    return y;
}

Answer jacobian_of(const Emulator& emulator, const std::vector<double>& points) {
    const std::size_t n = points.size() / emulator.info().parameter_count() * emulator.info().output_count();
    Answer answer{std::vector<double>(n), std::vector<double>(n * emulator.info().parameter_count())};
    emulator.evaluate_with_jacobian(points, answer.y, answer.dy);
    return answer;
}

/// Row i of an array with `width` columns.
std::vector<double> row(const std::vector<double>& all, std::size_t i, std::size_t width) {
    const auto first = all.begin() + static_cast<std::ptrdiff_t>(i * width);
    return {first, first + static_cast<std::ptrdiff_t>(width)};
}

/// Largest |a - b| in units of the largest |b|, `floor` of it forgiven; infinite where a or b is not finite.
double distance(const std::vector<double>& a, const std::vector<double>& b, double floor = 0) {
    double difference = 0, size = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        const double here = std::abs(a[i] - b[i]);
        difference = std::isfinite(here) ? std::max(difference, here) : infinity;
        size = std::max(size, std::abs(b[i]));
    }
    const double left = std::max(0.0, difference - floor);
    return size > 0 ? left / size : left;
}

/// Largest |a / b - 1|; infinite where a or b is not finite.
double relative_distance(const std::vector<double>& a, const std::vector<double>& b) {
    double worst = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        const double error = std::abs(a[i] / b[i] - 1);
        worst = std::isfinite(error) ? std::max(worst, error) : infinity;
    }
    return worst;
}

/// Slopes of the standardised outputs (M x P) were no neuron saturated: the weights along each path, paths added as in
/// a random walk, each activation at the steepest slope that any of ours has.
std::vector<double> unsaturated_slopes(const Network& network) {
    constexpr double steepest = 1.15 * 1.15;  // squared; GELU has 1.13, adaptive SiLU 1.1
    const std::size_t parameters = network.input_count();
    std::vector<double> squares(parameters * parameters, 0.0);
    for (std::size_t p = 0; p < parameters; ++p) squares[p * parameters + p] = 1;
    const auto through = [&](const Dense& dense, const std::vector<double>& below) {
        const double slope = dense.activation == Activation::identity ? 1 : steepest;
        std::vector<double> above(dense.outputs * parameters, 0.0);
        for (std::size_t j = 0; j < dense.outputs; ++j) {
            for (std::size_t i = 0; i < dense.inputs; ++i) {
                const double weight = dense.weights[j * dense.inputs + i];
                for (std::size_t p = 0; p < parameters; ++p)
                    above[j * parameters + p] += slope * weight * weight * below[i * parameters + p];
            }
        }
        return above;
    };
    for (const Layer& layer : network.layers) {
        if (const Dense* dense = std::get_if<Dense>(&layer)) {
            squares = through(*dense, squares);
            continue;
        }
        if (const Growing* block = std::get_if<Growing>(&layer)) {
            const std::vector<double> added = through(block->added, squares);
            squares.insert(squares.end(), added.begin(), added.end());
            continue;
        }
        std::vector<double> added = squares;
        for (const Dense& dense : std::get<Residual>(layer).layers) added = through(dense, added);
        for (std::size_t k = 0; k < squares.size(); ++k) squares[k] += added[k];
    }
    for (double& square : squares) square = std::sqrt(square);
    return squares;
}

/// What rounding to float may do to a Jacobian: a few units in the last place of the largest slope without saturation,
/// in units of the answer. Where every neuron is saturated, the slopes themselves are far smaller.
double rounding_of_slopes(const Network& network, const std::vector<double>& points, const std::vector<double>& y) {
    constexpr double last_places = 8 * double{std::numeric_limits<float>::epsilon()};
    const std::vector<double> slopes = unsaturated_slopes(network);
    const std::size_t p_count = network.input_count(), m = network.output_count();
    double largest = 0;
    for (std::size_t k = 0; k < y.size() * p_count; ++k) {
        const std::size_t p = k % p_count, j = k / p_count % m, i = k / p_count / m;
        const double x = points[i * p_count + p];
        const double into =
            1 / (network.input.width[p] * (network.input.scales[p] == ism::Scale::log ? std::log(10.0) * x : 1));
        const double out = network.output.width[j] *
                           (network.output.scale == ism::Scale::log ? std::log(10.0) * std::abs(y[i * m + j]) : 1);
        largest = std::max(largest, slopes[j * p_count + p] * into * out);
    }
    return last_places * largest;
}

template <class Test>
void on_every_engine(Test test) {
    for (const Engine engine : available_engines()) {
        CAPTURE(to_string(engine));
        test(engine);
    }
}

/// The table of the NumPy twin: 12 points of 3 parameters, 37 outputs each.
struct Twin {
    std::vector<double> points, standardised;
    Answer answer;
};

Twin read_twin() {
    std::ifstream table(ISM_SOURCE_DIR "/tests/reference/emulator_twin.csv");
    std::string line;
    std::getline(table, line), std::getline(table, line);  // comment and names
    Twin twin;
    while (std::getline(table, line)) {
        std::vector<double> cells;
        for (const auto cell : ism::split(line, ',')) cells.push_back(ism::number_from(cell).value());
        REQUIRE(cells.size() == 9);
        if (cells[3] == 0) twin.points.insert(twin.points.end(), cells.begin(), cells.begin() + 3);
        twin.standardised.push_back(cells[4]);
        twin.answer.y.push_back(cells[5]);
        twin.answer.dy.insert(twin.answer.dy.end(), cells.begin() + 6, cells.end());
    }
    REQUIRE(twin.answer.y.size() == 12 * 37);
    return twin;
}

}  // namespace

TEST_CASE("emulator: agrees with the NumPy twin in double precision, values and derivatives") {
    const Twin twin = read_twin();
    on_every_engine([&](Engine engine) {
        const double tolerance = engine == Engine::reference ? 1e-12 : 2e-5;
        const Emulator emulator(ISM_SOURCE_DIR "/tests/reference/emulator_twin.ism", {.engine = engine});
        const Answer answer = jacobian_of(emulator, twin.points);
        CHECK(relative_distance(answer.y, twin.answer.y) < tolerance);
        for (std::size_t i = 0; i < 12; ++i) {
            for (std::size_t p = 0; p < 3; ++p) {  // along each parameter by itself: their units differ
                std::vector<double> ours, theirs;
                for (std::size_t j = 0; j < 37; ++j) {
                    const std::size_t at = (i * 37 + j) * 3 + p;
                    ours.push_back(answer.dy[at] / answer.y[at / 3]),
                        theirs.push_back(twin.answer.dy[at] / twin.answer.y[at / 3]);
                }
                CHECK(distance(ours, theirs) < tolerance);
            }
        }
        std::vector<float> z(twin.standardised.size());
        emulator.evaluate_standardised(twin.points, z);
        for (std::size_t i = 0; i < z.size(); ++i)
            CHECK(std::abs(double{z[i]} - twin.standardised[i]) <=
                  2e-6 * std::max(1.0, std::abs(twin.standardised[i])));
    });
}

TEST_CASE("emulator: every engine agrees with the reference on networks of any shape") {
    const std::vector<Activation> activations(all_activations.begin(), all_activations.end());
    on_every_engine([&](Engine engine) {
        CHECK(rc::check([&] {
            NetworkShape shape;
            shape.inputs = *rc::gen::inRange<std::size_t>(1, 7);
            shape.hidden = *rc::gen::container<std::vector<std::size_t>>(*rc::gen::inRange<std::size_t>(0, 4),
                                                                         rc::gen::inRange<std::size_t>(1, 70));
            shape.outputs = *rc::gen::inRange<std::size_t>(1, 70);
            shape.activation = *rc::gen::elementOf(activations);
            shape.residual = *rc::gen::arbitrary<bool>();
            shape.growing = *rc::gen::arbitrary<bool>();
            shape.output_scale = *rc::gen::element(ism::Scale::log, ism::Scale::linear);
            const auto record = record_of(random_network(shape, *rc::gen::arbitrary<std::uint32_t>()));
            const auto points = random_points(record, *rc::gen::inRange<std::size_t>(1, 60), 7);
            const Answer fast = jacobian_of(Emulator(record, {.engine = engine}), points);
            const Answer exact = jacobian_of(Emulator(record, {.engine = Engine::reference}), points);
            const bool log = shape.output_scale == ism::Scale::log;
            RC_ASSERT((log ? relative_distance(fast.y, exact.y) : distance(fast.y, exact.y)) < 1e-4);
            // At a kink the slope jumps, and rounding decides the side.
            const bool smooth = shape.activation != Activation::relu && shape.activation != Activation::leaky_relu &&
                                shape.activation != Activation::selu;
            const double floor = rounding_of_slopes(record.network, points, exact.y);
            RC_ASSERT(!smooth || distance(fast.dy, exact.dy, floor) < 1e-4);
        }));
    });
}

TEST_CASE("emulator: a point gives the same bits alone, in any batch, with its Jacobian, and on several threads") {
    const auto record = record_of(random_network({.hidden = {37, 64}, .outputs = 53, .residual = true}, 3));
    const auto points = random_points(record, 2500, 4);
    on_every_engine([&](Engine engine) {
        const Emulator emulator(record, {.engine = engine});
        ism::set_thread_count(1);
        const auto together = values_of(emulator, points);
        ism::set_thread_count(3);
        CHECK(values_of(emulator, points) == together);
        ism::set_thread_count(0);
        for (std::size_t i : {0U, 1U, 47U, 48U, 1234U, 2499U}) {
            CHECK(values_of(emulator, row(points, i, 3)) == row(together, i, 53));
            CHECK(jacobian_of(emulator, row(points, i, 3)).y == row(together, i, 53));
        }
        const Answer many = jacobian_of(emulator, {points.begin(), points.begin() + 3 * 29});
        for (std::size_t i = 0; i < 29; ++i)
            CHECK(jacobian_of(emulator, row(points, i, 3)).dy == row(many.dy, i, 53 * 3));
    });
}

TEST_CASE("emulator: the Jacobian is the slope of the values") {
    const Emulator emulator(record_of(random_network({.hidden = {20, 20}}, 8)), {.engine = Engine::reference});
    const std::vector<double> point{0.7, 3.0, 5.0};
    const Answer answer = jacobian_of(emulator, point);
    for (std::size_t p = 0; p < 3; ++p) {
        auto above = point, below = point;
        above[p] += 1e-5, below[p] -= 1e-5;
        const auto high = values_of(emulator, above), low = values_of(emulator, below);
        for (std::size_t j = 0; j < high.size(); ++j) {
            CHECK(std::abs(answer.dy[j * 3 + p] - (high[j] - low[j]) / 2e-5) < 1e-6 * std::abs(answer.y[j]));
        }
    }
}

TEST_CASE("emulator: float and double faces give the same numbers") {
    const auto record = record_of(random_network({.outputs = 43}, 9));
    const auto points = random_points(record, 5, 1);
    on_every_engine([&](Engine engine) {
        const Emulator emulator(record, {.engine = engine});
        const auto y = values_of(emulator, points);
        std::vector<float> narrow(y.size());
        emulator.evaluate(points, std::span<float>(narrow));
        for (std::size_t i = 0; i < y.size(); ++i) CHECK(narrow[i] == static_cast<float>(y[i]));
    });
}

TEST_CASE("emulator: outputs beyond the exponent of a float are right in double") {
    auto record = record_of(random_network({.outputs = 40}, 10));
    for (std::size_t j = 0; j < 40; ++j) record.network.output.width[j] = j % 3 == 0 ? 15 : 1;
    const auto points = random_points(record, 20, 2);
    const auto exact = values_of(Emulator(record, {.engine = Engine::reference}), points);
    REQUIRE(*std::max_element(exact.begin(), exact.end()) > 1e10);
    on_every_engine([&](Engine engine) {
        CHECK(relative_distance(values_of(Emulator(record, {.engine = engine}), points), exact) < 2e-4);
    });
}

TEST_CASE("emulator: a subset of outputs") {
    const auto record = record_of(random_network({.outputs = 53}, 11));
    const std::array<std::size_t, 3> asked{52, 5, 17};
    const auto points = random_points(record, 7, 3);
    on_every_engine([&](Engine engine) {
        const Emulator part(with_outputs(record, asked), {.engine = engine});
        CHECK(part.info().axis.values.at(1) == record.info.axis.values[5]);
        const auto all = values_of(Emulator(record, {.engine = engine}), points), some = values_of(part, points);
        for (std::size_t i = 0; i < some.size(); ++i) CHECK(some[i] == all[i / 3 * 53 + asked[i % 3]]);
    });
}

TEST_CASE("emulator: points outside the training domain are refused before anything is computed") {
    const auto record = record_of(random_network({}, 12));
    const std::vector<double> points{1, 1, 1, 1, 20, 1, not_a_number, 1, 1};
    on_every_engine([&](Engine engine) {
        std::vector<double> y(3 * 21, -1.0);
        const Emulator strict(record, {.engine = engine});
        CHECK_THROWS_WITH_AS(strict.evaluate(points, std::span<double>(y)), doctest::Contains("b = 20 nm is outside"),
                             ism::InputError);
        CHECK_THROWS_WITH_AS(strict.evaluate(points, std::span<double>(y)), doctest::Contains("2 of 3 points"),
                             ism::InputError);
        CHECK(std::all_of(y.begin(), y.end(), [](double v) { return v == -1.0; }));
    });
}

TEST_CASE("emulator: points outside the training domain, marked or moved to its edge on request") {
    const auto record = record_of(random_network({}, 12));
    const std::vector<double> points{1, 1, 1, 1, 20, 1, not_a_number, 1, 1}, edge{1, 10, 1};
    const auto is_nan = [](double v) { return std::isnan(v); };
    on_every_engine([&](Engine engine) {
        const Answer marked = jacobian_of(Emulator(record, {.outside = Outside::nan, .engine = engine}), points);
        CHECK(std::none_of(marked.y.begin(), marked.y.begin() + 21, is_nan));
        CHECK(std::all_of(marked.y.begin() + 21, marked.y.end(), is_nan));
        CHECK(std::all_of(marked.dy.begin() + 63, marked.dy.end(), is_nan));

        const Emulator near(record, {.outside = Outside::nearest, .engine = engine});
        const Answer moved = jacobian_of(near, points), at_edge = jacobian_of(near, edge);
        CHECK(row(moved.y, 1, 21) == at_edge.y);
        for (std::size_t j = 0; j < 21; ++j) {
            CHECK(moved.dy[63 + 3 * j] == at_edge.dy[3 * j]);
            CHECK(moved.dy[63 + 3 * j + 1] == 0);  // beyond the edge nothing changes
        }
        CHECK(std::all_of(moved.y.begin() + 42, moved.y.end(), is_nan));
    });
    CHECK(outside_from_string("nearest") == Outside::nearest);
    CHECK_THROWS_AS((void)outside_from_string("clip"), ism::InputError);
}

TEST_CASE("emulator: sizes that do not fit are refused") {
    const Emulator emulator(record_of(random_network({}, 1)));
    std::vector<double> y(21), dy(62);
    const std::vector<double> point{1, 1, 1}, short_point{1, 1};
    CHECK_THROWS_AS(emulator.evaluate(short_point, std::span<double>(y)), ism::InputError);
    CHECK_THROWS_AS(emulator.evaluate(point, std::span<double>(y).first(20)), ism::InputError);
    CHECK_THROWS_AS(emulator.evaluate_with_jacobian(point, y, dy), ism::InputError);
}

TEST_CASE("emulator: one object, several threads") {
    const auto record = record_of(random_network({.hidden = {40}}, 14));
    const auto points = random_points(record, 500, 6);
    const Emulator emulator(record);
    const auto expected = jacobian_of(emulator, points).dy;
    std::array<int, 4> same{};
    std::vector<std::thread> threads;
    for (int& count : same) {
        threads.emplace_back([&] {
            for (int i = 0; i < 20; ++i) count += jacobian_of(emulator, points).dy == expected ? 1 : 0;
        });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(same == std::array<int, 4>{20, 20, 20, 20});
}

#if defined(__x86_64__)
TEST_CASE("engines: every instruction set of this processor is among those that the tests run") {
    const auto engines = available_engines();
    const auto tested = [&](Engine engine) {
        return std::find(engines.begin(), engines.end(), engine) != engines.end();
    };
    CHECK(tested(Engine::scalar));
    CHECK(tested(Engine::sse4) == (__builtin_cpu_supports("sse4.2") != 0));
    CHECK(tested(Engine::avx2) == (__builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0));
    CHECK(tested(Engine::avx512) ==
          (__builtin_cpu_supports("avx512bw") != 0 && __builtin_cpu_supports("avx512dq") != 0));
    std::string names;
    for (const Engine engine : engines) names += to_string(engine) + " ";
    MESSAGE("engines tested here: ", names);
}
#endif

TEST_CASE("engines: names, the one that the environment asks for, and one that this machine lacks") {
    const auto record = record_of(random_network({}, 1));
    const auto engines = available_engines();
    CHECK(engines.front() == Engine::reference);
    for (const Engine engine : engines) {
        CHECK(engine_from_string(to_string(engine)) == engine);
        setenv("ISMULATE_SIMD", to_string(engine).c_str(), 1);
        CHECK(Emulator(record).engine() == engine);
    }
    setenv("ISMULATE_SIMD", "sse9", 1);
    CHECK_THROWS_WITH_AS(Emulator{record}, doctest::Contains("avx2"), ism::InputError);
    unsetenv("ISMULATE_SIMD");
    for (const Engine engine : {Engine::neon, Engine::avx512}) {
        if (std::find(engines.begin(), engines.end(), engine) == engines.end())
            CHECK_THROWS_AS((Emulator{record, {.engine = engine}}), ism::InputError);
    }
}

namespace {

/// Values and derivatives of every engine against `expected`, in a batch and of one point alone.
void check_every_engine(const EmulatorRecord& record, const std::vector<double>& points, const Answer& expected) {
    const std::size_t p = record.info.parameter_count(), m = record.info.output_count();
    for (const Engine engine : available_engines()) {
        CAPTURE(to_string(engine));
        const Emulator fast(record, {.engine = engine});
        const Answer batch = jacobian_of(fast, points), alone = jacobian_of(fast, row(points, 7, p));
        CHECK(distance(batch.y, expected.y) < 1e-5);
        CHECK(distance(batch.dy, expected.dy) < 2e-5);
        CHECK(distance(alone.y, row(expected.y, 7, m)) < 1e-5);
        CHECK(distance(alone.dy, row(expected.dy, 7, m * p)) < 2e-5);
    }
}

}  // namespace

TEST_CASE("polynomials: every engine gives what the reference gives, values and derivatives, alone and in batches") {
    for (const std::size_t order : {2U, 3U}) {
        for (const bool growing : {false, true}) {
            const EmulatorRecord record = record_of(random_network({.inputs = 4,
                                                                    .hidden = {17, 40},
                                                                    .outputs = 21,
                                                                    .growing = growing,
                                                                    .order = order,
                                                                    .output_scale = ism::Scale::linear},
                                                                   order));
            const Emulator exact(record, {.engine = Engine::reference});
            std::mt19937_64 random(3);
            const std::vector<double> points = random_numbers(random, 4 * 60, 0.1, 3);
            check_every_engine(record, points, jacobian_of(exact, points));
        }
    }
}

TEST_CASE("half weights: every engine gives what the reference makes of the rounded network; near the whole one") {
    const EmulatorRecord whole = record_of(random_network(
        {.inputs = 3, .hidden = {33, 70}, .outputs = 45, .growing = true, .output_scale = ism::Scale::linear}, 5));
    EmulatorRecord half = whole;
    half.network = with_half_weights(whole.network);
    CHECK(10 * to_bytes(half).size() < 8 * to_bytes(whole).size());
    const EmulatorRecord read = emulator_from_bytes(to_bytes(half), "half.ism");
    CHECK(std::get<Growing>(read.network.layers[0]).added.half);
    const Emulator exact(half, {.engine = Engine::reference}), before(whole, {.engine = Engine::reference});
    std::mt19937_64 random(3);
    const std::vector<double> points = random_numbers(random, 3 * 60, 0.1, 10);
    const Answer expected = jacobian_of(exact, points), unrounded = jacobian_of(before, points);
    const double change = distance(expected.y, unrounded.y);
    CHECK(change > 1e-5);
    CHECK(change < 0.02);
    check_every_engine(read, points, expected);
    EmulatorRecord wrong = half;
    std::get<Growing>(wrong.network.layers[0]).added.weights[0] = 0.1F;
    CHECK_THROWS_WITH_AS((void)to_bytes(wrong), doctest::Contains("bfloat16"), ism::InputError);
}
