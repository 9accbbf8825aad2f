#include "context.hpp"

#include <iostream>

namespace ism::app {

Provenance Context::provenance() const {
    return {.command = command_line, .seed = std::to_string(seed), .inputs = {}, .settings = {}};
}

void Context::say(const std::string& text) const {
    if (!quiet) std::cerr << text << '\n';
}

void add_common_options(CLI::App& command, Context& context) {
    command.add_option("-o,--output", context.output, "file to write; the ending chooses the format")
        ->type_name("FILE");
    command.add_option("--seed", context.seed, "seed of all random numbers")->capture_default_str();
    command.add_option("--threads", context.threads, "threads; 0 = all cores")->capture_default_str();
    command.add_flag("--force", context.force, "replace an existing output file");
    command.add_flag("--quiet", context.quiet, "no progress, no messages");
    command.add_flag("--json", context.json, "a machine-readable result on standard output");
}

CLI::App& add_command(CLI::App& program, Context& context, const std::string& name, const std::string& summary,
                      const std::string& example, std::function<void()> work) {
    CLI::App& command = *program.add_subcommand(name, summary);
    command.footer("Example:\n  " + example);
    add_common_options(command, context);
    command.add_option("--config", "TOML file with options and [parameters]; what is typed wins")->type_name("FILE");
    command.callback([&context, work = std::move(work)] { context.work = work; });
    return command;
}

}  // namespace ism::app
