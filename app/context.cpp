#include "context.hpp"

#include <charconv>
#include <iostream>
#include <limits>

namespace ism::app {
namespace {

constexpr std::uint64_t most_threads = 4096;  // more are a slip of the hand

}  // namespace

Provenance Context::provenance() const {
    return {.command = command_line, .seed = std::to_string(seed), .inputs = {}, .settings = {}};
}

void Context::say(const std::string& text) const {
    if (!quiet) std::cerr << text << '\n';
}

CLI::Validator whole_number(std::uint64_t least, std::uint64_t most) {
    const auto check = [least, most](const std::string& text) {
        std::uint64_t value = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        const bool whole = error == std::errc{} && end == text.data() + text.size();
        if (whole && value >= least && value <= most) return std::string();
        return "'" + text + "' is not a whole number from " + std::to_string(least) + " to " + std::to_string(most);
    };
    return {check, ""};
}

void add_common_options(CLI::App& command, Context& context) {
    command.add_option("-o,--output", context.output, "file to write; the ending chooses the format")
        ->type_name("FILE");
    command.add_option("--seed", context.seed, "seed of all random numbers")
        ->check(whole_number(0, std::numeric_limits<std::uint64_t>::max()))
        ->capture_default_str();
    command.add_option("--threads", context.threads, "threads; 0 = all cores")
        ->check(whole_number(0, most_threads))
        ->capture_default_str();
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
