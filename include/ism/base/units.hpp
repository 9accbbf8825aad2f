#pragma once
#include <array>
#include <string>
#include <string_view>

namespace ism {

/// A physical unit: a factor to cgs and the powers of the base dimensions.
///
/// Parsed from the unit strings of the FITS standard (Pence et al. 2010, doi:10.1051/0004-6361/201015362, section 4.3):
/// "erg s-1 cm-2", "erg/s/cm2", "10**-3 W m-2", "MJy/sr", "um", "sqrt(Hz)" is not supported.
/// Angles, counts and hydrogen atoms ("H") are dimensions of their own, so that "erg s-1 H-1" and "erg s-1" do not mix.
class Unit {
public:
    static constexpr std::size_t dimension_count = 9;
    using Dimensions = std::array<int, dimension_count>;

    /// The number 1.
    Unit() = default;
    /// Throws InputError naming the part that is not understood.
    explicit Unit(std::string_view text);

    /// The text it was made from.
    [[nodiscard]] const std::string& text() const noexcept { return text_; }
    /// value [this unit] * cgs_factor() = value [cgs].
    [[nodiscard]] double cgs_factor() const noexcept { return factor_; }
    [[nodiscard]] const Dimensions& dimensions() const noexcept { return dimensions_; }
    [[nodiscard]] bool same_dimension(const Unit& other) const noexcept { return dimensions_ == other.dimensions_; }

private:
    std::string text_;
    double factor_ = 1.0;
    Dimensions dimensions_{};  // cm, g, s, K, A (ampere), mol, rad, photon/count, H
};

/// Factor that turns a value in `from` into a value in `to`. Throws InputError where the dimensions differ.
[[nodiscard]] double conversion_factor(const Unit& from, const Unit& to);
[[nodiscard]] double conversion_factor(std::string_view from, std::string_view to);

}  // namespace ism
