#pragma once
#include <string>

#include "context.hpp"

namespace ism::app {

/// Throws InputError unless -o names an .ism file.
void check_learned_name(const Context& context, const std::string& command);
/// Throws InputError unless that file may be written, and its history beside it; the path of the latter.
[[nodiscard]] std::string check_learned_files(const Context& context);

}  // namespace ism::app
