#pragma once
#include <string>

namespace ism::app {

/// "900", "90s", "15m", "2h" in seconds; 0 is no limit. Throws InputError for anything else.
[[nodiscard]] double seconds_from(const std::string& text);

}  // namespace ism::app
