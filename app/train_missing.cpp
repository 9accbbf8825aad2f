#include <ism/base/errors.hpp>

#include "compare_networks.hpp"
#include "context.hpp"

namespace ism::app {
namespace {

void add_missing(CLI::App& program, Context& context, const std::string& verb, const char* summary,
                 const char* example) {
    CLI::App& command = add_command(program, context, verb, summary, example, [verb] {
        throw MachineError(
            {.where = "ismulate " + verb,
             .found = "this build has no LibTorch, which training needs",
             .effect = "nothing was learned",
             .next = "install it with ./run setup and build again with ./run build; everything else works without"});
    });
    command.allow_extras();
}

}  // namespace

// They stand in for command_train.cpp and command_backward.cpp in a build without LibTorch.
void add_train(CLI::App& program, Context& context) {
    add_missing(program, context, "train", "learn a dataset (not in this build: it has no LibTorch)",
                "ismulate train dust.h5 -o dust.ism");
}
void add_backward(CLI::App& program, Context& context) {
    add_missing(program, context, "backward", "run an emulator backward (not in this build: it has no LibTorch)",
                "ismulate backward bands.ism -o backward.ism");
}

void require_learning(const Context&) {
    throw MachineError({.where = "--methods network",
                        .found = "this build has no LibTorch, which learning needs",
                        .effect = "nothing was compared",
                        .next = "leave network out, or build again with ./run setup and ./run build"});
}

LearnedNetwork learn_network(const NetworkKind&, const Dataset&, double, Context& context) {
    require_learning(context);
    return {};
}

}  // namespace ism::app
