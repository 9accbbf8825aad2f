#pragma once
#include <string>
#include <vector>

namespace ism {

/// What the outputs of a Model are spread over: wavelengths, lines, bands, pixels, times.
struct Axis {
    std::string name;                 ///< "wavelength"
    std::string kind;                 ///< "wavelength", "line", "band" (with labels), "pixel", "time", "label"
    std::string unit;                 ///< FITS unit string of `values`
    std::vector<double> values;       ///< (M); empty where the axis has labels only
    std::vector<std::string> labels;  ///< (M); empty where the axis has values only

    [[nodiscard]] std::size_t size() const noexcept { return values.empty() ? labels.size() : values.size(); }
    bool operator==(const Axis&) const = default;
};

/// True where outputs are told apart by their labels: bands too, which have wavelengths beside.
[[nodiscard]] bool is_named(const Axis& axis);
/// What a column of the labels is called: the axis' name belongs to its values where it has both.
[[nodiscard]] std::string labels_name(const Axis& axis);
/// What a column of the values says of itself: "wavelength", "of the band".
[[nodiscard]] std::string values_help(const Axis& axis);
/// `count` logarithmically spaced values from low to high, both included.
[[nodiscard]] std::vector<double> log_spaced(double low, double high, std::size_t count);
/// `count` evenly spaced values from low to high, both included.
[[nodiscard]] std::vector<double> lin_spaced(double low, double high, std::size_t count);

}  // namespace ism
