#pragma once
#include <string>
#include <vector>

namespace ism {

/// What the outputs of a Model are spread over: wavelengths, lines, bands, pixels, times.
struct Axis {
    std::string name;                 ///< "wavelength"
    std::string kind;                 ///< "wavelength", "line", "band", "pixel", "time", "label"
    std::string unit;                 ///< FITS unit string of `values`
    std::vector<double> values;       ///< (M); empty where the axis has labels only
    std::vector<std::string> labels;  ///< (M); empty where the axis has values only

    [[nodiscard]] std::size_t size() const noexcept { return values.empty() ? labels.size() : values.size(); }
    bool operator==(const Axis&) const = default;
};

/// `count` logarithmically spaced values from low to high, both included.
[[nodiscard]] std::vector<double> log_spaced(double low, double high, std::size_t count);
/// `count` evenly spaced values from low to high, both included.
[[nodiscard]] std::vector<double> lin_spaced(double low, double high, std::size_t count);

}  // namespace ism
