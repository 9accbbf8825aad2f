#include <cerrno>
#include <cstring>
#include <filesystem>

#include <unistd.h>

#include <ism/base/errors.hpp>

#include "compare_networks.hpp"
#include "context.hpp"

namespace ism::app {
namespace {

namespace fs = std::filesystem;

/// Where ismulate-train may be: beside this program, as it is built, or in libexec, as it is installed.
std::vector<fs::path> train_programs() {
    std::error_code ignored;  // without /proc the paths are relative, and the refusal shows them
    const fs::path folder = fs::read_symlink("/proc/self/exe", ignored).parent_path();
    return {folder / "ismulate-train", (folder / "../libexec/ismulate/ismulate-train").lexically_normal()};
}

/// Becomes `program` with the same arguments; comes back only where that fails.
void become(const std::string& program, std::vector<std::string> arguments) {
    std::vector<char*> argv{const_cast<char*>(program.c_str())};
    for (auto& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    ::execv(program.c_str(), argv.data());
}

void hand_over(const Context& context) {
    std::string tried;
    for (const auto& program : train_programs()) {
        become(program.string(), context.typed);
        tried += "\n    " + program.string() + ": " + std::strerror(errno);
    }
    throw MachineError({.where = "training",
                        .found = "its program ismulate-train cannot be started:" + tried,
                        .effect = "nothing was learned",
                        .next = "build or install it again beside ismulate: ./run build, or cmake --install"});
}

void add_elsewhere(CLI::App& program, Context& context, const char* verb, const char* summary) {
    CLI::App& command = *program.add_subcommand(verb, summary);
    command.set_help_flag();
    command.prefix_command();
    command.callback([&context] { context.work = [&context] { hand_over(context); }; });
}

}  // namespace

// They stand in for command_train.cpp and command_backward.cpp in the program `ismulate`: ismulate-train reads the
// arguments and does the work.
void add_train(CLI::App& program, Context& context) { add_elsewhere(program, context, "train", train_summary); }
void add_backward(CLI::App& program, Context& context) {
    add_elsewhere(program, context, "backward", backward_summary);
}

void require_learning(const Context& context) { hand_over(context); }

LearnedNetwork learn_network(const NetworkKind&, const Dataset&, double, Context& context) {
    hand_over(context);
    return {};  // never: it became another program, or threw
}

}  // namespace ism::app
