#pragma once
#include <string>
#include <vector>

#include <ism/explain/chart.hpp>

namespace ism::explain {

struct Tick {
    double value = 0.0;
    std::string text{};  ///< empty: a short tick between the others
};

/// An axis whose range is settled: finite, low < high, both positive where log.
class Ruler {
public:
    /// `low` and `high` are those of the data; NaN where there are none. They give way to what the axis says.
    Ruler(const PlotAxis& axis, double low, double high);

    /// 0 at the low end, 1 at the high end; NaN where the value has no place (not finite, not positive on a log axis).
    [[nodiscard]] double place(double value) const;
    [[nodiscard]] double low() const { return low_; }
    [[nodiscard]] double high() const { return high_; }
    /// About `count` ticks with text, at round numbers.
    [[nodiscard]] std::vector<Tick> ticks(std::size_t count) const;

private:
    [[nodiscard]] std::vector<Tick> linear_ticks(std::size_t count) const;
    [[nodiscard]] std::vector<Tick> log_ticks(std::size_t count) const;
    [[nodiscard]] bool inside(double value) const;

    PlotAxis axis_;
    double low_ = 0.0, high_ = 1.0;
};

}  // namespace ism::explain
