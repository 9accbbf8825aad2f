#pragma once
#include <cmath>

#include <doctest/doctest.h>

/// |value - expected| <= tolerance |expected|; fails on NaN and infinity on either side.
#define CHECK_RELATIVE(value, expected, tolerance)                                                     \
    do {                                                                                               \
        const double checked_value = (value), checked_expected = (expected);                           \
        CAPTURE(checked_value);                                                                        \
        CAPTURE(checked_expected);                                                                     \
        CHECK(std::isfinite(checked_value));                                                           \
        CHECK(std::isfinite(checked_expected));                                                        \
        CHECK(std::abs(checked_value - checked_expected) <= (tolerance) * std::abs(checked_expected)); \
    } while (false)
