#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include <ism/base/dataset.hpp>

namespace ism::train {

/// Which models learn, which judge progress, which are touched once at the end. Increasing indices of the dataset's
/// rows.
struct Split {
    std::vector<std::size_t> training, validation, test;
};

/// Draws the shares at random among the models that did not fail; the same seed draws the same models.
/// Throws InputError unless the shares are in 0..1 and every part that has a share gets a model, training at least 2.
[[nodiscard]] Split split(const Dataset& dataset, double validation, double test, std::uint64_t seed);

}  // namespace ism::train
