#pragma once
#include <string>
#include <utility>
#include <vector>

namespace ism {

/// Version of ismulate, "0.1.0".
[[nodiscard]] std::string version();

/// Who made a file: goes into every file that is written. Holds nothing that changes between identical runs.
struct Provenance {
    std::string command;                                      ///< the command as typed, without the program's folder
    std::string seed;                                         ///< empty where there is no randomness
    std::vector<std::pair<std::string, std::string>> inputs;  ///< file name -> SHA-256 of its bytes
    std::vector<std::pair<std::string, std::string>> settings;

    /// One JSON object, keys in a fixed order, with program and version.
    [[nodiscard]] std::string json() const;
};

}  // namespace ism
