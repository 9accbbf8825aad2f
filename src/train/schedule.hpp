#pragma once
#include <cstddef>

namespace ism::train {

/// Learning rate against the progress of the training: linear warm-up, then half a cosine down to 0.
class Schedule {
public:
    Schedule(double highest, std::size_t warm_up, std::size_t steps, double budget)
        : highest_(highest), warm_up_(warm_up), steps_(steps), budget_(budget) {}

    /// Share of the training that is behind us, 0..1: steps or time, whichever is further.
    [[nodiscard]] double progress(std::size_t step, double seconds) const noexcept;
    [[nodiscard]] double rate(std::size_t step, double seconds) const noexcept;
    /// True where time, not the number of steps, sets the pace.
    [[nodiscard]] bool hurried(std::size_t step, double seconds) const noexcept;

private:
    double highest_;
    std::size_t warm_up_, steps_;
    double budget_;  ///< [s]; 0: none
};

}  // namespace ism::train
