#pragma once
#include <string>
#include <string_view>
#include <vector>

#include <ism/emulate/emulator_file.hpp>

namespace ism::emulate {

/// Names of the emulators that are built into the library: models/NAME.ism.
[[nodiscard]] const std::vector<std::string>& shipped_emulators();

/// The emulator called `name_or_file`: a shipped one, or else the .ism file of that name.
/// Throws InputError where there is neither, naming the shipped ones, or where the file is refused.
[[nodiscard]] EmulatorRecord find_emulator(const std::string& name_or_file);

/// The same, for those who want outputs from parameters: a network that runs an emulator backward is refused.
[[nodiscard]] EmulatorRecord find_forward_emulator(const std::string& name_or_file);

}  // namespace ism::emulate
