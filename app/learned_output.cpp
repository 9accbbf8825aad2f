#include "learned_output.hpp"

#include <ism/base/atomic_file.hpp>
#include <ism/base/errors.hpp>

namespace ism::app {

void check_learned_name(const Context& context, const std::string& command) {
    if (context.output.empty())
        throw InputError(
            {.where = "-o", .found = "no output file is named", .next = "ismulate " + command + " -o NAME.ism"});
    if (!context.output.ends_with(".ism"))
        throw InputError({.where = "-o " + context.output,
                          .found = "an emulator is written as .ism, and by that ending the other commands know it",
                          .allowed = "a name that ends in .ism",
                          .effect = "nothing was learned"});
}

std::string check_learned_files(const Context& context) {
    const std::string log_path = context.output + ".log.json";
    check_output(context.output, context.force);
    check_output(log_path, context.force);
    return log_path;
}

}  // namespace ism::app
