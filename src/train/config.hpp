#pragma once
#include <ism/train/train.hpp>

namespace ism::train {

/// Throws InputError naming the option, its value and what is allowed.
void check(const TrainConfig& config);

}  // namespace ism::train
