#include "program.hpp"

/// ismulate-train: the verbs that learn alone, because loading LibTorch would cost every other one a quarter of a
/// second.
int main(int argc, char** argv) {
    return ism::app::run_program(argc, argv, [](CLI::App& program, ism::app::Context& context) {
        ism::app::add_train(program, context);
        ism::app::add_backward(program, context);
        ism::app::add_compare(program, context);  // where networks are learned for it
    });
}
