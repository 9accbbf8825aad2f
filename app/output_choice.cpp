#include "output_choice.hpp"

#include <ism/base/select.hpp>

namespace ism::app {

void add_outputs_option(CLI::App& command, std::string& globs) {
    command
        .add_option("--outputs", globs,
                    "names of outputs, separated by commas; * and ? fit any letters, ! excludes: 'CO*,!*sm'")
        ->type_name("GLOB,...");
}

void add_output_choice(CLI::App& command, OutputChoice& choice) {
    add_outputs_option(command, choice.globs);
    command
        .add_option("--floor", choice.floor,
                    "outputs of at most this are limits (what a code prints where it found nothing, 1e-40): a network "
                    "may be below them, not above; interpolation takes the value; they are not judged")
        ->check(CLI::PositiveNumber);
}

Dataset chosen(Dataset dataset, const OutputChoice& choice) {
    if (!choice.globs.empty()) dataset = columns(dataset, chosen_outputs(dataset.info.axis, choice.globs));
    return choice.floor > 0.0 ? with_limits(std::move(dataset), choice.floor) : dataset;
}

}  // namespace ism::app
