#include "toml_file.hpp"

#include <ism/base/errors.hpp>

namespace ism::app {

toml::table toml_from(const std::string& text, const std::string& file) {
    try {
        return toml::parse(text, file);
    } catch (const toml::parse_error& error) {
        throw InputError({.where = file + ":" + std::to_string(error.source().begin.line) + ":" +
                                   std::to_string(error.source().begin.column),
                          .found = std::string(error.description()),
                          .next = "the format is TOML, https://toml.io"});
    }
}

}  // namespace ism::app
