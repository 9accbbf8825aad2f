#include "program.hpp"

int main(int argc, char** argv) {
    return ism::app::run_program(argc, argv, [](CLI::App& program, ism::app::Context& context) {
        using namespace ism::app;
        add_models(program, context);
        add_describe(program, context);
        add_simulate(program, context);
        add_grid(program, context);
        add_predict(program, context);
        add_train(program, context);
        add_fit(program, context);
        add_backward(program, context);
        add_photometry(program, context);
        add_compare(program, context);
        add_convert(program, context);
        add_report(program, context);
    });
}
