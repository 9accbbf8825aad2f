#include <ism/base/random.hpp>

#include <cmath>
#include <numbers>

namespace ism {
namespace {

struct Product {
    std::uint32_t high, low;
};

Product multiply(std::uint32_t a, std::uint32_t b) noexcept {
    const std::uint64_t product = std::uint64_t{a} * b;
    return {static_cast<std::uint32_t>(product >> 32), static_cast<std::uint32_t>(product)};
}

}  // namespace

std::array<std::uint32_t, 4> Random::philox(std::array<std::uint32_t, 4> counter,
                                            std::array<std::uint32_t, 2> key) noexcept {
    for (int round = 0; round < 10; ++round) {
        const Product a = multiply(0xD2511F53U, counter[0]), b = multiply(0xCD9E8D57U, counter[2]);
        counter = {b.high ^ counter[1] ^ key[0], b.low, a.high ^ counter[3] ^ key[1], a.low};
        key[0] += 0x9E3779B9U;  // golden ratio
        key[1] += 0xBB67AE85U;  // sqrt(3) - 1
    }
    return counter;
}

Random::Random(std::uint64_t seed, std::uint64_t item) noexcept
    : counter_{0, 0, static_cast<std::uint32_t>(item), static_cast<std::uint32_t>(item >> 32)},
      key_{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)} {}

std::uint32_t Random::next_u32() noexcept {
    if (used_ == 4) {
        block_ = philox(counter_, key_);
        if (++counter_[0] == 0) ++counter_[1];
        used_ = 0;
    }
    return block_[used_++];
}

double Random::uniform() noexcept {
    const std::uint64_t high = next_u32() >> 6, low = next_u32() >> 6;  // 52 bits, centred: never 0, never 1
    return (static_cast<double>((high << 26) | low) + 0.5) * 0x1p-52;
}

double Random::normal() noexcept {
    const double radius = std::sqrt(-2.0 * std::log(uniform()));
    return radius * std::cos(2.0 * std::numbers::pi * uniform());
}

std::uint64_t Random::below(std::uint64_t count) noexcept {
    const std::uint64_t limit = count * (UINT64_MAX / count);
    std::uint64_t value = 0;
    do {
        value = (std::uint64_t{next_u32()} << 32) | next_u32();
    } while (value >= limit);
    return value % count;
}

}  // namespace ism
