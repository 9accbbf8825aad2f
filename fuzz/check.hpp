#pragma once
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>

#include <ism/base/errors.hpp>

/// What every fuzz target promises: an input is refused with InputError or gives an object whose parts fit together.
namespace fuzz {

/// Ends the run, so that libFuzzer keeps the input.
inline void require(bool holds) {
    if (!holds) std::abort();
}

inline void require_finite(std::span<const double> values) {
    for (const double value : values) require(std::isfinite(value));
}

inline void require_increasing(std::span<const double> values) {
    for (std::size_t i = 1; i < values.size(); ++i) require(values[i] > values[i - 1]);
}

inline std::string text(const std::uint8_t* data, std::size_t size) {
    return {reinterpret_cast<const char*>(data), size};
}

/// Runs `work`; a refusal that says something is a good end, any other exception stops the run.
template <class Work>
void refused_or_valid(const Work& work) {
    try {
        work();
    } catch (const ism::InputError& error) {
        require(error.what()[0] != '\0');
    }
}

}  // namespace fuzz
