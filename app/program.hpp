#pragma once
#include <functional>

#include "context.hpp"

namespace ism::app {

/// Adds the verbs that a program offers.
using AddCommands = std::function<void(CLI::App& program, Context& context)>;

/// What `main` returns: reads the arguments, does the work of the verb that they name, turns errors into text and an
/// exit status, and lets SIGINT and SIGTERM ask the work to stop (asked twice, it leaves at once).
[[nodiscard]] int run_program(int argc, char** argv, const AddCommands& add_commands);

}  // namespace ism::app
