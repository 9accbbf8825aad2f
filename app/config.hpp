#pragma once
#include <string>
#include <vector>

namespace ism::app {

/// The arguments with those of `--config FILE.toml` put in; what the user typed wins.
///
/// Top-level keys of the file are options (`size = 2000`), keys of the table [parameters] are parameters (`U = 10.0`,
/// `age = "1e6:1e10"`). Throws InputError with file, line and column where the file is not TOML or a value is neither a
/// number, a text, a truth value nor a list of those.
[[nodiscard]] std::vector<std::string> with_config(std::vector<std::string> arguments);

/// What the text of a configuration file adds to what was typed; `file` names it in errors.
[[nodiscard]] std::vector<std::string> config_arguments(const std::vector<std::string>& typed, const std::string& text,
                                                        const std::string& file);

}  // namespace ism::app
