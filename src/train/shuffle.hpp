#pragma once
#include <cstddef>
#include <utility>
#include <vector>

#include <ism/base/random.hpp>

namespace ism::train {

/// A random order, the same everywhere for the same stream (Fisher & Yates; std::shuffle differs between libraries).
template <class Value>
void shuffle(std::vector<Value>& values, Random& random) {
    for (std::size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[random.below(i)]);
}

}  // namespace ism::train
