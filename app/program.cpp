#include "program.hpp"

#include <csignal>
#include <cstdio>
#include <exception>
#include <iostream>
#include <new>

#include <fcntl.h>
#include <unistd.h>

#include <ism/base/errors.hpp>
#include <ism/base/parallel.hpp>
#include <ism/base/provenance.hpp>
#include <ism/base/text.hpp>

#include "config.hpp"
#include "context.hpp"
#include "terminal_progress.hpp"

namespace ism::app {
namespace {

extern "C" void on_signal(int signal) {
    if (stop_requested()) std::_Exit(128 + signal);  // asked twice: leave at once
    request_stop(signal);
}

void catch_signals() {
    struct sigaction action{};
    action.sa_handler = on_signal;
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
    std::signal(SIGXFSZ, SIG_IGN);  // a file too large becomes a write error with a sentence
    std::signal(SIGPIPE, SIG_DFL);
}

/// Where standard input, output or error are closed, the next file that is opened would take their place and get our
/// messages into it. Reading /dev/null in their place, writing to them fails as it should.
void keep_standard_files() {
    for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        if (::fcntl(descriptor, F_GETFD) < 0) static_cast<void>(::open("/dev/null", O_RDONLY));
    }
}

/// `--table "$FILE"` with an unset variable must not mean the same as no --table.
void refuse_empty(const std::vector<std::string>& arguments) {
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        if (!arguments[i].empty()) continue;
        throw InputError({.where = i == 0 ? "the first argument" : "what follows " + arguments[i - 1],
                          .found = "it is an empty text",
                          .effect = "nothing was computed",
                          .next = "is a shell variable unset?"});
    }
}

std::string typed_command(const std::vector<std::string>& arguments) {
    std::string line = "ismulate";
    for (const auto& typed : arguments) {
        const std::string argument = valid_utf8(typed);
        const bool plain = !argument.empty() && argument.find_first_of(" \t\"'$&|;<>()*?#\\") == std::string::npos;
        line += plain ? " " + argument : " '" + argument + "'";
    }
    return line;
}

/// The command that was named last: `ismulate simulate dust` -> dust.
const CLI::App& named_command(const CLI::App& program) {
    const auto chosen = program.get_subcommands();
    // NOLINTNEXTLINE(bugprone-return-const-ref-from-parameter): it outlives every call
    return chosen.empty() ? program : named_command(*chosen.front());
}

/// Where a command needs one more word: "one of: dust, modified-blackbody".
std::string missing_word(const CLI::App& command, const CLI::ParseError& error) {
    const auto inner = command.get_subcommands([](const CLI::App*) { return true; });
    if (error.get_name() != "RequiredError" || inner.empty() || !command.get_subcommands().empty()) return "";
    std::string list;
    for (const auto* one : inner) list += (list.empty() ? "\n  one of: " : ", ") + one->get_name();
    return list;
}

/// "ismulate simulate dust" of the command dust.
std::string full_name(const CLI::App& command) {
    const CLI::App* above = command.get_parent();
    return above == nullptr ? command.get_name() : full_name(*above) + " " + command.get_name();
}

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const auto& word : words) text += (text.empty() ? "" : " ") + word;
    return text;
}

/// Whether the command has the option that a word like `--field=bpass`, `-o` or `-pU=10` names.
bool takes(const CLI::App& command, const std::string& word) {
    const std::string name = word.starts_with("--") ? word.substr(0, word.find('=')) : word.substr(0, 2);
    return name.size() > 1 && name.front() == '-' && command.get_option_no_throw(name) != nullptr;
}

/// A sentence for words that no command takes: what they are, where they belong, or what they may have meant.
std::string suggestion(const CLI::App& command, const std::vector<std::string>& unknown, const Context& context) {
    std::vector<std::string> known;
    for (const auto* option : command.get_options()) {
        for (const auto& name : option->get_lnames()) known.push_back("--" + name);
    }
    for (const auto* inner : command.get_subcommands([](const CLI::App*) { return true; }))
        known.push_back(inner->get_name());
    for (const auto& word : unknown) {
        if (const auto hint = context.hints.find(word); hint != context.hints.end()) return "\n  " + hint->second;
        if (takes(command, word))
            return "\n  options stand behind the command: " + full_name(command) + " " + joined(unknown);
        const std::string hint = did_you_mean(word.substr(0, word.find('=')), known);
        if (!hint.empty()) return "\n  " + hint;
    }
    return "";
}

/// What CLI11 says, but for words that were not expected: it turns their order round.
std::string refusal(const CLI::ParseError& error, const std::vector<std::string>& unknown) {
    if (error.get_exit_code() != static_cast<int>(CLI::ExitCodes::ExtrasError) || unknown.empty()) return error.what();
    return (unknown.size() == 1 ? "this word is" : "these words are") + std::string(" not expected here: ") +
           joined(unknown);
}

int check_standard_output() {
    std::cout.flush();
    if (!std::cout) throw MachineError({.where = "standard output", .found = "it could not be written"});
    return 0;
}

/// --help and --version print and end well; anything else is the user's input.
int refuse_arguments(const CLI::App& program, const CLI::ParseError& error, const Context& context) {
    const CLI::App& command = named_command(program);
    if (error.get_exit_code() == 0) {
        program.exit(error);
        return check_standard_output();
    }
    const std::vector<std::string> unknown = program.remaining(true);
    std::cerr << "error: " << refusal(error, unknown) << suggestion(command, unknown, context)
              << missing_word(command, error)
              << "\n  nothing was computed; all options, with an example: " << full_name(command) << " --help\n";
    return 2;
}

int run(std::vector<std::string> arguments, const AddCommands& add_commands) {
    CLI::App program(
        "Models of the interstellar medium, fast enough to be used: simulate -> emulate -> infer -> explain.",
        "ismulate");
    program.set_version_flag("--version", version());
    program.footer("Start with: ismulate models\nHelp on a command, with an example: ismulate COMMAND --help");
    program.require_subcommand(1);
    Context context;
    context.typed = arguments;
    context.command_line = typed_command(arguments);
    add_commands(program, context);
    refuse_empty(arguments);
    arguments = with_config(std::move(arguments));
    std::reverse(arguments.begin(), arguments.end());  // CLI11 takes them from the back
    try {
        program.parse(arguments);
    } catch (const CLI::ParseError& error) {
        return refuse_arguments(program, error, context);
    }
    set_thread_count(context.threads);
    if (context.quiet)
        context.progress = std::make_unique<SilentProgress>();
    else
        context.progress = std::make_unique<TerminalProgress>();
    if (context.work) context.work();
    return check_standard_output();
}

/// The one place where an error becomes text and an exit status.
int guarded(const std::vector<std::string>& arguments, const AddCommands& add_commands) {
    try {
        return run(arguments, add_commands);
    } catch (const Error& error) {
        std::cerr << "\nerror: " << error.what() << '\n';
        return error.exit_status();
    } catch (const std::bad_alloc&) {
        std::cerr << "\nerror: the machine has not enough memory for this\n";
        return 4;
    } catch (const std::exception& error) {
        std::cerr << "\nerror: " << error.what()
                  << "\n  This is a bug of ismulate: please report it with the command you typed.\n";
        return 1;
    }
}

}  // namespace

int run_program(int argc, char** argv, const AddCommands& add_commands) {
    keep_standard_files();
    catch_signals();
    return guarded({argv + 1, argv + argc}, add_commands);
}

}  // namespace ism::app
