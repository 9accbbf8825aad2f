#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ism {

/// How a parameter or an output is spaced: sampled, interpolated and learned on this scale.
enum class Scale { linear, log };

[[nodiscard]] std::string to_string(Scale scale);
/// Throws InputError for anything but "linear" and "log".
[[nodiscard]] Scale scale_from_string(std::string_view text);

/// A named input of a Model, declared once next to the physics. Options, checks, help, file headers and bindings read
/// this.
struct Parameter {
    std::string name;
    std::string unit;       ///< FITS unit string, "" for a pure number
    double low = 0.0;       ///< smallest allowed value
    double high = 0.0;      ///< largest allowed value
    double fallback = 0.0;  ///< value used when the user gives none
    Scale scale = Scale::linear;
    std::string help;  ///< one sentence

    /// NaN is outside.
    [[nodiscard]] bool contains(double value) const noexcept { return value >= low && value <= high; }
    /// Position 0..1 in the range, on the parameter's scale.
    [[nodiscard]] double to_unit_interval(double value) const;
    /// Inverse of to_unit_interval.
    [[nodiscard]] double from_unit_interval(double position) const;
};

/// Throws InputError naming the parameter, its value and its range where the value is NaN or outside.
void check_range(const Parameter& parameter, double value, std::string_view model);

/// Index of the parameter called `name`; throws InputError with the nearest names when there is none.
[[nodiscard]] std::size_t index_of(std::span<const Parameter> parameters, std::string_view name,
                                   std::string_view model);

}  // namespace ism
