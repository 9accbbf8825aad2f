#include "bspline.hpp"

#include <algorithm>

namespace ism::emulate {
namespace {

constexpr std::size_t band = 3;  // B_j(x_i) = 0 for |i - j| >= 3 with these knots

std::vector<double> not_a_knot(const std::vector<double>& nodes, std::size_t order) {
    std::vector<double> knots(order, nodes.front());
    const std::size_t skipped = order / 2;  // interior nodes next to each end that are not knots
    for (std::size_t i = skipped; i + skipped < nodes.size(); ++i) knots.push_back(nodes[i]);
    knots.insert(knots.end(), order, nodes.back());
    return knots;
}

}  // namespace

CubicSpline::CubicSpline(const std::vector<double>& nodes)
    : count_(nodes.size()), order_(std::min<std::size_t>(count_, 4)) {
    // Fewer than four nodes: one polynomial through all of them.
    knots_ = count_ > 4 ? not_a_knot(nodes, order_) : std::vector<double>(order_, nodes.front());
    if (count_ <= 4) knots_.insert(knots_.end(), order_, nodes.back());
    factors_.assign(count_ * count_, 0.0);
    std::array<double, 4> values{};
    for (std::size_t i = 0; i < count_; ++i) {
        const std::size_t first = basis(nodes[i], values);
        for (std::size_t j = 0; j < order_; ++j) factors_[i * count_ + first + j] = values[j];
    }
    // The collocation matrix is totally positive: elimination without pivoting is stable (de Boor 1978, chapter XIII).
    for (std::size_t k = 0; k < count_; ++k) {
        for (std::size_t i = k + 1; i < std::min(count_, k + 1 + band); ++i) {
            const double factor = factors_[i * count_ + k] /= factors_[k * count_ + k];
            for (std::size_t j = k + 1; j < count_; ++j) factors_[i * count_ + j] -= factor * factors_[k * count_ + j];
        }
    }
}

std::size_t CubicSpline::basis(double x, std::array<double, 4>& values) const {
    values = {1.0, 0.0, 0.0, 0.0};
    if (count_ == 1) return 0;
    // Interval knots_[last] <= x < knots_[last + 1]; the ends belong to the outermost intervals.
    const auto from = knots_.begin() + static_cast<std::ptrdiff_t>(order_);
    const auto to = knots_.end() - static_cast<std::ptrdiff_t>(order_);
    const auto last = static_cast<std::size_t>(std::upper_bound(from, to, x) - knots_.begin()) - 1;
    for (std::size_t degree = 1; degree < order_; ++degree) {  // Cox-de Boor, triangular
        double carried = 0.0;
        for (std::size_t i = 0; i < degree; ++i) {
            const double right = knots_[last + 1 + i];
            const double left = knots_[last + 1 + i - degree];
            const double share = values[i] / (right - left);
            values[i] = carried + (right - x) * share;
            carried = (x - left) * share;
        }
        values[degree] = carried;
    }
    return last + 1 - order_;
}

void CubicSpline::to_coefficients(std::vector<float>& values, std::size_t inner) const {
    std::vector<double> line(count_ * inner);
    const auto subtract = [&](std::size_t row, std::size_t other, double factor) {
        for (std::size_t l = 0; l < inner; ++l) line[row * inner + l] -= factor * line[other * inner + l];
    };
    for (std::size_t start = 0; start < values.size(); start += line.size()) {
        std::copy_n(values.begin() + static_cast<std::ptrdiff_t>(start), line.size(), line.begin());
        for (std::size_t i = 0; i < count_; ++i) {
            for (std::size_t k = i - std::min(i, band); k < i; ++k) subtract(i, k, factors_[i * count_ + k]);
        }
        for (std::size_t i = count_; i-- > 0;) {
            for (std::size_t k = i + 1; k < std::min(count_, i + 1 + band); ++k)
                subtract(i, k, factors_[i * count_ + k]);
            for (std::size_t l = 0; l < inner; ++l) line[i * inner + l] /= factors_[i * count_ + i];
        }
        std::transform(line.begin(), line.end(), values.begin() + static_cast<std::ptrdiff_t>(start),
                       [](double value) { return static_cast<float>(value); });
    }
}

}  // namespace ism::emulate
