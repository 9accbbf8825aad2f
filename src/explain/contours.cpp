#include "contours.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <utility>

namespace ism::explain {
namespace {

constexpr std::size_t points_across = 72;
constexpr double tail = 0.001, room = 0.25;  // of the range that the grid covers, on each side

/// The value below which a share of the others lies.
double quantile_of(std::vector<double> values, double share) {
    const auto place = values.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
    std::nth_element(values.begin(), place, values.end());
    return *place;
}

/// The points of one axis of the grid, and what one draw is smeared to along it.
struct GridAxis {
    std::vector<double> points;
    std::vector<double> weights;  ///< of 0, 1, 2 ... points' distance
    std::vector<double> gain;     ///< 0 beyond the values; near their ends what makes up for weights that lie beyond

    explicit GridAxis(const std::vector<double>& values) {
        const double low = quantile_of(values, tail), high = quantile_of(values, 1.0 - tail);
        const double step = (1.0 + 2.0 * room) * (high - low) / static_cast<double>(points_across - 1);
        for (std::size_t i = 0; i < points_across; ++i)
            points.push_back(low - room * (high - low) + step * static_cast<double>(i));
        // half of the central 68 %: the deviation of a normal, and not blown up by far tails
        const double deviation = 0.5 * (quantile_of(values, 0.84) - quantile_of(values, 0.16));
        const double width = std::max(deviation * std::pow(static_cast<double>(values.size()), -1.0 / 6.0), 0.5 * step);
        for (std::size_t i = 0; i < points_across && static_cast<double>(i) * step < 4.0 * width; ++i)
            weights.push_back(std::exp(-0.5 * std::pow(static_cast<double>(i) * step / width, 2)));
        set_gain(nearest(*std::min_element(values.begin(), values.end())),
                 nearest(*std::max_element(values.begin(), values.end())));
    }
    /// A posterior may end at a bound of its prior with its full density.
    void set_gain(std::size_t first, std::size_t last) {
        last = std::min(last, points_across - 1);
        first = first == points_across ? 0 : first;
        gain.assign(points_across, 0.0);
        for (std::size_t i = first; i <= last; ++i) {
            double whole = 0.0, within = 0.0;
            for (std::size_t k = 0; k < weights.size(); ++k) {
                whole += weights[k] * (k > 0 ? 2.0 : 1.0);
                within += weights[k] * ((i + k <= last ? 1.0 : 0.0) + (k > 0 && first + k <= i ? 1.0 : 0.0));
            }
            gain[i] = whole / within;
        }
    }
    [[nodiscard]] double step() const { return points[1] - points[0]; }
    /// The nearest point, or one past the last for a value outside.
    [[nodiscard]] std::size_t nearest(double value) const {
        const double at = std::round((value - points.front()) / step());
        return at >= 0.0 && at < static_cast<double>(points_across) ? static_cast<std::size_t>(at) : points_across;
    }
};

/// A row or column of a grid, `stride` numbers from one point to the next, smeared along an axis.
void smear(double* first, std::size_t stride, const GridAxis& axis) {
    const std::vector<double>& weights = axis.weights;
    std::array<double, points_across> sums{};
    for (std::size_t i = 0; i < points_across; ++i) {
        const double value = first[i * stride];
        for (std::size_t k = 0; k < weights.size() && value > 0.0; ++k) {
            if (i + k < points_across) sums[i + k] += value * weights[k];
            if (k > 0 && k <= i) sums[i - k] += value * weights[k];
        }
    }
    for (std::size_t i = 0; i < points_across; ++i) first[i * stride] = sums[i] * axis.gain[i];
}

void clear_edges(DensityGrid& grid) {
    for (std::size_t i = 0; i < points_across; ++i) {
        for (const std::size_t at :
             {i, (points_across - 1) * points_across + i, i * points_across, i * points_across + points_across - 1})
            grid.values[at] = 0.0;
    }
}

/// Where outlines cross the lines of a grid. A crossing is known by the line's lower left point and its direction.
class Crossings {
public:
    Crossings(const DensityGrid& grid, double level)
        : grid_(grid), level_(level), width_(grid.x.size()), next_(2 * grid.values.size(), none) {
        for (std::size_t j = 0; j + 1 < grid.y.size(); ++j) {
            for (std::size_t i = 0; i + 1 < width_; ++i) add_cell(i, j);
        }
    }

    /// Follows each outline once around.
    [[nodiscard]] Outlines followed() {
        Outlines outlines;
        for (std::size_t start = 0; start < next_.size(); ++start) {
            if (next_[start] == none) continue;
            for (std::size_t at = start; next_[at] != none;) {
                add_place(at, outlines);
                at = std::exchange(next_[at], none);
            }
            outlines.x.push_back(from_data);
            outlines.y.push_back(from_data);
        }
        return outlines;
    }

private:
    static constexpr std::size_t none = static_cast<std::size_t>(-1);

    /// Round the corners of a cell against the clock: an outline goes from where one leaves the dense side to where
    /// one enters it again. (Two dense corners across a diagonal are joined.)
    void add_cell(std::size_t i, std::size_t j) {
        const std::array<bool, 4> dense{above(i, j), above(i + 1, j), above(i + 1, j + 1), above(i, j + 1)};
        const std::array<std::size_t, 4> sides{line(i, j, false), line(i + 1, j, true), line(i, j + 1, false),
                                               line(i, j, true)};
        for (std::size_t k = 0; k < 4; ++k) {
            if (!dense[k] || dense[(k + 1) % 4]) continue;
            std::size_t enter = k + 1;
            while (!dense[(enter + 1) % 4]) ++enter;
            next_[sides[k]] = sides[enter % 4];
        }
    }
    [[nodiscard]] bool above(std::size_t i, std::size_t j) const { return grid_.at(i, j) > level_; }
    [[nodiscard]] std::size_t line(std::size_t i, std::size_t j, bool up) const {
        return 2 * (j * width_ + i) + (up ? 1 : 0);
    }
    void add_place(std::size_t line, Outlines& outlines) const {
        const std::size_t i = line / 2 % width_, j = line / 2 / width_;
        const bool up = line % 2 == 1;
        const double here = grid_.at(i, j), there = up ? grid_.at(i, j + 1) : grid_.at(i + 1, j);
        const double share = (level_ - here) / (there - here);
        outlines.x.push_back(grid_.x[i] + (up ? 0.0 : share * (grid_.x[i + 1] - grid_.x[i])));
        outlines.y.push_back(grid_.y[j] + (up ? share * (grid_.y[j + 1] - grid_.y[j]) : 0.0));
    }

    const DensityGrid& grid_;
    double level_;
    std::size_t width_;
    std::vector<std::size_t> next_;  // the crossing after each
};

}  // namespace

DensityGrid density_of(std::span<const double> x, std::span<const double> y) {
    std::vector<double> good_x, good_y;
    for (std::size_t i = 0; i < std::min(x.size(), y.size()); ++i) {
        if (!std::isfinite(x[i]) || !std::isfinite(y[i])) continue;
        good_x.push_back(x[i]);
        good_y.push_back(y[i]);
    }
    if (good_x.size() < 2) return {};
    const GridAxis across(good_x), up(good_y);
    if (!(across.step() > 0.0) || !(up.step() > 0.0)) return {};
    DensityGrid grid{across.points, up.points, std::vector<double>(points_across * points_across, 0.0)};
    for (std::size_t k = 0; k < good_x.size(); ++k) {
        const std::size_t i = across.nearest(good_x[k]), j = up.nearest(good_y[k]);
        if (i < points_across && j < points_across) grid.values[j * points_across + i] += 1.0;
    }
    for (std::size_t k = 0; k < points_across; ++k) smear(&grid.values[k * points_across], 1, across);
    for (std::size_t k = 0; k < points_across; ++k) smear(&grid.values[k], points_across, up);
    clear_edges(grid);
    return grid;
}

double level_holding(const DensityGrid& grid, double share) {
    std::vector<double> sorted = grid.values;
    std::sort(sorted.begin(), sorted.end(), std::greater<>());
    double whole = 0.0, sum = 0.0;
    for (const double value : sorted) whole += value;
    for (const double value : sorted) {
        sum += value;
        if (sum >= share * whole) return value;
    }
    return 0.0;
}

Outlines outlines_of(const DensityGrid& grid, double level) {
    if (grid.values.empty()) return {};
    return Crossings(grid, level).followed();
}

}  // namespace ism::explain
