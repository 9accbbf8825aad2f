#pragma once
#include <string>

#include "emulate/random_network.hpp"

/// Writes an emulator whose two outputs have labels instead of values.
inline void write_labelled(const std::string& path) {
    ism::emulate::EmulatorRecord record = ism::emulate::record_of(ism::emulate::random_network({.outputs = 2}, 5));
    record.info.axis = {.name = "line", .kind = "label", .unit = "", .values = {}, .labels = {"H alpha", "[N II]"}};
    ism::emulate::write_emulator(path, record);
}
