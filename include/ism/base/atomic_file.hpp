#pragma once
#include <functional>
#include <string>
#include <string_view>

namespace ism {

/// Throws InputError where `path` exists and `force` is false, or where its folder does not exist or cannot be written.
/// Called before the work starts, so that hours of computing do not end in a refused file.
void check_output(const std::string& path, bool force);

/// Writes a file whole or not at all: `write` gets the name of a temporary file in the same folder, which is synced and
/// renamed to `path` when it returns, and removed when it throws. Throws MachineError (disk full, no permission).
void write_atomically(const std::string& path, const std::function<void(const std::string& temporary)>& write);

/// The same for bytes at hand.
void write_atomically(const std::string& path, std::string_view bytes);

/// Throws InputError, with what to do next, where `path` does not exist, is a folder, or is a file without a byte.
/// Called before a reader that would only say that it does not understand the format.
void check_input(const std::string& path);

/// The whole file. Throws InputError where it is missing or is a folder, MachineError where reading fails.
[[nodiscard]] std::string read_whole(const std::string& path);

}  // namespace ism
