#include <ism/base/errors.hpp>

#include "context.hpp"

namespace ism::app {

/// Stands in for command_train.cpp in a build without LibTorch.
void add_train(CLI::App& program, Context& context) {
    CLI::App& command = add_command(
        program, context, "train", "learn a dataset (not in this build: it has no LibTorch)",
        "ismulate train dust.h5 -o dust.ism", [] {
            throw MachineError(
                {.where = "ismulate train",
                 .found = "this build has no LibTorch, which training needs",
                 .effect = "nothing was learned",
                 .next =
                     "install it with ./run setup and build again with ./run build; everything else works without"});
        });
    command.allow_extras();
}

}  // namespace ism::app
