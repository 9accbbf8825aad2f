// Times a backward network: 10,000 sources in one call, on all cores and on one.
//
//     backward_speed BACKWARD.ism
//
// Prints one JSON object: medians of 15 turns, in seconds.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <vector>

#include <ism/base/parallel.hpp>
#include <ism/emulate/emulator_file.hpp>
#include <ism/infer/backward.hpp>

namespace {

using namespace ism::infer;

std::vector<Measurement> sources_of(std::size_t count, std::size_t bands) {
    ism::Random random(1, 0);
    std::vector<Measurement> seen(count * bands);
    for (Measurement& one : seen) {
        const double error = std::exp(random.normal());
        one = {.kind = Measurement::Kind::detection, .value = 20 * error * random.uniform(), .error = error};
    }
    return seen;
}

double median_seconds(const Backward& backward, const std::vector<Measurement>& seen) {
    std::vector<double> times;
    for (int turn = 0; turn < 15; ++turn) {
        const auto start = std::chrono::steady_clock::now();
        (void)backward.estimate(seen);
        times.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    }
    std::sort(times.begin(), times.end());
    return times[times.size() / 2];
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 2) {
        std::fprintf(stderr, "usage: backward_speed BACKWARD.ism\n");
        return 2;
    }
    try {
        auto record = backward_from(ism::emulate::read_emulator(arguments[1]));
        if (!record) {
            std::fprintf(stderr, "%s is no network that is run backward: ismulate backward makes one\n", arguments[1]);
            return 2;
        }
        const Backward backward(std::move(*record));
        constexpr std::size_t sources = 10000;
        const auto seen = sources_of(sources, backward.record().bands.size());
        const double all = median_seconds(backward, seen);
        ism::set_thread_count(1);
        std::printf("{\"sources\": %zu, \"seconds\": %.4f, \"seconds_one_core\": %.4f}\n", sources, all,
                    median_seconds(backward, seen));
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "error: %s\n", error.what());
        return 1;
    }
}
