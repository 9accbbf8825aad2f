#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ism {

/// How the models of a grid are spread over the ranges of their parameters.
enum class DesignKind {
    regular,  ///< every combination of equally spaced levels, ends included; the last parameter runs fastest
    lhs,      ///< Latin hypercube: each of N slices of each parameter holds one model
    sobol,    ///< Sobol sequence with Joe & Kuo's direction numbers, Owen-scrambled unless asked otherwise
    random    ///< independent and uniform
};

[[nodiscard]] std::string to_string(DesignKind kind);
/// Throws InputError for anything but "regular", "lhs", "sobol" and "random".
[[nodiscard]] DesignKind design_from_string(std::string_view text);

/// What defines a design.
struct DesignSettings {
    DesignKind kind = DesignKind::sobol;
    std::size_t size = 0;             ///< N; not for regular
    std::vector<std::size_t> counts;  ///< levels of each parameter, for regular only
    std::uint64_t seed = 1;           ///< of lhs, random and scrambled sobol
    bool scramble = true;             ///< of sobol
    bool operator==(const DesignSettings&) const = default;
};

/// Points in the unit cube. Point i depends on the settings and on i alone: shards and threads agree without talking.
///
/// - lhs: the slice of point i in dimension d is a keyed permutation of 0..N-1 (Feistel network on Philox, cycle
///   walking), its place in the slice a random number of (seed, i).
/// - sobol: 32 bits in the Gray-code order of Antonov & Saleev 1979, doi:10.1016/0041-5553(79)90085-5. Scrambling is
/// the
///   nested uniform one of Owen 1995, doi:10.1007/978-1-4612-2552-2_19: each bit is flipped by a random bit
///   keyed by (seed, dimension, all bits before it), which keeps the sequence a (t, s)-sequence and moves no point to
///   an edge. Sizes that are powers of two are balanced best. At most 32 dimensions and 2^32 points.
class Design {
public:
    /// Throws InputError where the settings do not fit: no points, counts that are not one per dimension, a size beside
    /// counts.
    Design(const DesignSettings& settings, std::size_t dimensions);
    Design(Design&&) noexcept;
    Design& operator=(Design&&) noexcept;
    ~Design();

    /// N
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] std::size_t dimensions() const noexcept { return dimensions_; }
    /// Point i into `position` (dimensions): inside (0, 1), for regular designs [0, 1]; a single level lies at 0.5.
    void point(std::size_t i, std::span<double> position) const;

private:
    struct Tables;
    void sobol_point(std::size_t i, std::span<double> position) const;
    void lhs_point(std::size_t i, std::span<double> position) const;
    void regular_point(std::size_t i, std::span<double> position) const;

    DesignSettings settings_;
    std::size_t dimensions_;
    std::size_t size_ = 0;
    std::unique_ptr<const Tables> tables_;
};

}  // namespace ism
