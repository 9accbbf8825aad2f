#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace ism {

/// Counter-based random numbers: Philox 4x32-10 (Salmon et al. 2011, doi:10.1145/2063384.2063405).
///
/// A stream is keyed by (seed, item): the numbers of item i do not depend on which thread draws them or on what was
/// drawn for other items.
class Random {
public:
    Random(std::uint64_t seed, std::uint64_t item) noexcept;

    [[nodiscard]] std::uint32_t next_u32() noexcept;
    /// Uniform in (0, 1): never 0, never 1.
    [[nodiscard]] double uniform() noexcept;
    /// Normal, mean 0, variance 1 (Box-Muller).
    [[nodiscard]] double normal() noexcept;
    /// Uniform integer in 0 .. count-1, without bias; count > 0.
    [[nodiscard]] std::uint64_t below(std::uint64_t count) noexcept;

    /// One block of the generator: the published function, for tests against its known answers.
    [[nodiscard]] static std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter,
                                                             std::array<std::uint32_t, 2> key) noexcept;

private:
    std::array<std::uint32_t, 4> counter_;
    std::array<std::uint32_t, 2> key_;
    std::array<std::uint32_t, 4> block_{};
    unsigned used_ = 4;
};

/// A random order, the same everywhere for the same stream (Fisher & Yates; std::shuffle differs between libraries).
template <class Value>
void shuffle(std::vector<Value>& values, Random& random) {
    for (std::size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[random.below(i)]);
}

}  // namespace ism
