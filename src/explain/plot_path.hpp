#pragma once
#include <string>
#include <vector>

namespace ism::explain {

/// A place in a picture, in pixels; not finite where the value had no place on its axis.
struct Spot {
    double x = 0.0, y = 0.0;
    [[nodiscard]] bool drawable() const;
};

// The attribute `d` of a <path>; empty where nothing can be drawn.

/// A line with a gap at each spot without a place. Where many spots share a pixel column, its first, lowest, highest
/// and last are drawn: the picture is the same and the file stays small.
[[nodiscard]] std::string line_path(const std::vector<Spot>& spots);
/// A line of no length for each spot: with round ends it is a dot.
[[nodiscard]] std::string dot_path(const std::vector<Spot>& spots);
/// Closed areas between two lines with the same x; a gap where either has one.
[[nodiscard]] std::string band_path(const std::vector<Spot>& upper, const std::vector<Spot>& lower);
/// Closed outlines, one for each piece between gaps.
[[nodiscard]] std::string area_path(const std::vector<Spot>& spots);

}  // namespace ism::explain
