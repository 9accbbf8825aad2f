#pragma once
#include <string>

#include <toml++/toml.h>

namespace ism::app {

/// The table that `text`, the bytes of `file`, spells. Throws InputError with line and column where it is no TOML.
[[nodiscard]] toml::table toml_from(const std::string& text, const std::string& file);

}  // namespace ism::app
