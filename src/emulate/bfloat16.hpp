#pragma once
#include <bit>
#include <cstdint>

namespace ism::emulate {

/// The upper half of a float: its sign, its exponent and 8 significant bits.
using Bfloat16 = std::uint16_t;

/// The nearest one, the even one of two that are as near. Not for NaN.
[[nodiscard]] constexpr Bfloat16 to_bfloat16(float value) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    return static_cast<Bfloat16>((bits + 0x7FFFU + ((bits >> 16U) & 1U)) >> 16U);
}

[[nodiscard]] constexpr float as_float(Bfloat16 value) {
    return std::bit_cast<float>(static_cast<std::uint32_t>(value) << 16U);
}

}  // namespace ism::emulate
