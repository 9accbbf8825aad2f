#include "program.hpp"

/// ismulate-train: `ismulate train` alone, because loading LibTorch would cost every other verb a quarter of a second.
int main(int argc, char** argv) { return ism::app::run_program(argc, argv, ism::app::add_train); }
