#include <ism/base/design.hpp>

#include <array>
#include <bit>
#include <limits>

#include <base/sobol_numbers.hpp>

#include <ism/base/errors.hpp>
#include <ism/base/random.hpp>

namespace ism {
namespace {

constexpr std::size_t sobol_bits = 32;
constexpr std::uint32_t sobol_stream = 0x50B01U, lhs_stream = 0x1A71AU;  // keep the uses of one seed apart

using Directions = std::array<std::uint32_t, sobol_bits>;

/// v_k = m_k / 2^k by the recurrence of Bratley & Fox 1988, doi:10.1145/42288.214372, equation 3.
Directions directions_of(std::size_t dimension) {
    Directions v{};
    if (dimension == 0) {
        for (std::size_t k = 0; k < sobol_bits; ++k) v[k] = std::uint32_t{1} << (31 - k);
        return v;
    }
    const SobolDimension& numbers = sobol_dimensions[dimension - 1];
    const std::size_t s = numbers.degree;
    for (std::size_t k = 0; k < s; ++k) v[k] = numbers.m[k] << (31 - k);
    for (std::size_t k = s; k < sobol_bits; ++k) {
        v[k] = v[k - s] ^ (v[k - s] >> s);
        for (std::size_t j = 1; j < s; ++j) {
            if ((numbers.coefficients >> (s - 1 - j)) & 1U) v[k] ^= v[k - j];
        }
    }
    return v;
}

std::array<std::uint32_t, 2> key_of(std::uint64_t seed) {
    return {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)};
}

/// Owen's nested uniform scrambling of 32 bits.
std::uint32_t scrambled(std::uint32_t x, std::uint32_t dimension, std::uint64_t seed) {
    std::uint32_t flips = 0;
    for (std::uint32_t bit = 0; bit < sobol_bits; ++bit) {
        const std::uint32_t prefix = bit == 0 ? 0 : x >> (sobol_bits - bit);
        const auto random = Random::philox({prefix, bit, dimension, sobol_stream}, key_of(seed));
        flips |= (random[0] & 1U) << (31 - bit);
    }
    return x ^ flips;
}

/// A permutation of 0 .. count-1, keyed by seed and dimension, evaluated at one place without a table.
///
/// Six rounds of a Feistel network on the next even power of two; values beyond the count are sent round again.
std::uint64_t permuted(std::uint64_t value, std::uint64_t count, std::uint32_t dimension, std::uint64_t seed) {
    const unsigned bits = count > 1 ? static_cast<unsigned>(std::bit_width(count - 1)) : 1;
    const unsigned half = (bits + 1) / 2;
    const std::uint64_t low_mask = (std::uint64_t{1} << half) - 1;
    do {
        std::uint64_t left = value >> half, right = value & low_mask;
        for (std::uint32_t round = 0; round < 6; ++round) {
            const auto random =
                Random::philox({static_cast<std::uint32_t>(right), round, dimension, lhs_stream}, key_of(seed));
            const std::uint64_t mixed = left ^ (random[0] & low_mask);
            left = right;
            right = mixed;
        }
        value = (left << half) | right;
    } while (value >= count);
    return value;
}

std::size_t product_of(const std::vector<std::size_t>& counts) {
    std::size_t product = 1;
    for (const std::size_t count : counts) {
        if (count == 0)
            throw InputError({.where = "design", .found = "a parameter has 0 levels", .allowed = "1 or more for each"});
        if (product > std::numeric_limits<std::size_t>::max() / count)
            throw InputError({.where = "design", .found = "the grid has more points than can be counted"});
        product *= count;
    }
    return product;
}

}  // namespace

struct Design::Tables {
    std::vector<Directions> directions;
};

std::string to_string(DesignKind kind) {
    switch (kind) {
        case DesignKind::regular:
            return "regular";
        case DesignKind::lhs:
            return "lhs";
        case DesignKind::sobol:
            return "sobol";
        case DesignKind::random:
            break;
    }
    return "random";
}

DesignKind design_from_string(std::string_view text) {
    for (const DesignKind kind : {DesignKind::regular, DesignKind::lhs, DesignKind::sobol, DesignKind::random}) {
        if (text == to_string(kind)) return kind;
    }
    throw InputError({.where = "design",
                      .found = "'" + std::string(text) + "' is not known",
                      .allowed = "regular, lhs, sobol, random"});
}

Design::Design(const DesignSettings& settings, std::size_t dimensions)
    : settings_(settings), dimensions_(dimensions), size_(settings.size) {
    if (dimensions == 0)
        throw InputError(
            {.where = "design", .found = "no parameter varies", .allowed = "at least one range, -p NAME=LOW:HIGH"});
    const bool regular = settings.kind == DesignKind::regular;
    if (regular && settings.counts.size() != dimensions) {
        throw InputError({.where = "design",
                          .found = std::to_string(settings.counts.size()) +
                                   " numbers of levels for a regular grid of " + std::to_string(dimensions) +
                                   " parameters",
                          .allowed = "one for each parameter that varies"});
    }
    if (regular) size_ = product_of(settings.counts);
    if (size_ == 0) throw InputError({.where = "design", .found = "a size of 0", .allowed = "1 or more models"});
    const bool sobol = settings.kind == DesignKind::sobol;
    if (sobol && dimensions > sobol_dimensions.size() + 1) {
        throw InputError({.where = "design",
                          .found = std::to_string(dimensions) + " parameters vary",
                          .allowed = "at most " + std::to_string(sobol_dimensions.size() + 1) + " for a Sobol sequence",
                          .next = "--design lhs has no limit"});
    }
    if (size_ > (std::uint64_t{1} << 32) && !regular)
        throw InputError(
            {.where = "design", .found = std::to_string(size_) + " models", .allowed = "at most 2^32 = 4294967296"});
    if (!sobol) return;
    auto tables = std::make_unique<Tables>();
    for (std::size_t d = 0; d < dimensions; ++d) tables->directions.push_back(directions_of(d));
    tables_ = std::move(tables);
}

Design::Design(Design&&) noexcept = default;
Design& Design::operator=(Design&&) noexcept = default;
Design::~Design() = default;

void Design::point(std::size_t i, std::span<double> position) const {
    if (i >= size_ || position.size() != dimensions_)
        throw Error("a design was asked for a point that it does not have");
    switch (settings_.kind) {
        case DesignKind::regular:
            return regular_point(i, position);
        case DesignKind::lhs:
            return lhs_point(i, position);
        case DesignKind::sobol:
            return sobol_point(i, position);
        case DesignKind::random:
            break;
    }
    Random random(settings_.seed, i);
    for (double& x : position) x = random.uniform();
}

void Design::sobol_point(std::size_t i, std::span<double> position) const {
    const std::size_t gray = i ^ (i >> 1);
    for (std::size_t d = 0; d < dimensions_; ++d) {
        std::uint32_t x = 0;
        for (std::size_t k = 0; k < sobol_bits; ++k) {
            if ((gray >> k) & 1U) x ^= tables_->directions[d][k];
        }
        if (settings_.scramble) x = scrambled(x, static_cast<std::uint32_t>(d), settings_.seed);
        position[d] = (static_cast<double>(x) + 0.5) * 0x1p-32;  // the centre of the cell: never 0, never 1
    }
}

void Design::lhs_point(std::size_t i, std::span<double> position) const {
    Random random(settings_.seed, i);
    for (std::size_t d = 0; d < dimensions_; ++d) {
        const std::uint64_t slice = permuted(i, size_, static_cast<std::uint32_t>(d), settings_.seed);
        position[d] = (static_cast<double>(slice) + random.uniform()) / static_cast<double>(size_);
    }
}

void Design::regular_point(std::size_t i, std::span<double> position) const {
    for (std::size_t d = dimensions_; d-- > 0;) {
        const std::size_t count = settings_.counts[d], level = i % count;
        position[d] = count == 1 ? 0.5 : static_cast<double>(level) / static_cast<double>(count - 1);
        i /= count;
    }
}

}  // namespace ism
