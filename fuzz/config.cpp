// The configuration file of the program: what it gives are options and parameters, one argument each.
#include <config.hpp>

#include "check.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::refused_or_valid([&] {
        const auto arguments = ism::app::config_arguments({"simulate", "dust"}, fuzz::text(data, size), "fuzz");
        for (const auto& argument : arguments) {
            fuzz::require(argument.starts_with("--") || argument == "-p" || argument.find('=') != std::string::npos);
        }
    });
    return 0;
}
