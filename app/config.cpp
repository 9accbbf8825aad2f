#include "config.hpp"

#include <algorithm>
#include <optional>

#include <ism/base/atomic_file.hpp>
#include <ism/base/errors.hpp>
#include <ism/base/text.hpp>

#include "toml_file.hpp"

namespace ism::app {
namespace {

using Arguments = std::vector<std::string>;

/// Takes `--config FILE` or `--config=FILE` out of the arguments.
std::optional<std::string> take_config(Arguments& arguments) {
    for (auto it = arguments.begin(); it != arguments.end(); ++it) {
        if (it->starts_with("--config=")) {
            std::string file = it->substr(9);
            arguments.erase(it);
            return file;
        }
        if (*it == "--config" && it + 1 != arguments.end()) {
            std::string file = *(it + 1);
            arguments.erase(it, it + 2);
            return file;
        }
    }
    return std::nullopt;
}

std::string text_of(const toml::node& node, const std::string& file, std::string_view key) {
    if (const auto* text = node.as_string()) return text->get();
    if (const auto* integer = node.as_integer()) return std::to_string(integer->get());
    if (const auto* number = node.as_floating_point()) return to_text(number->get());
    throw InputError({.where = file + ":" + std::to_string(node.source().begin.line),
                      .found = "'" + std::string(key) + "' is neither a number nor a text",
                      .allowed = "key = 10, key = \"text\", key = true, key = [1, 2]"});
}

bool typed(const Arguments& arguments, const std::string& option) {
    return std::any_of(arguments.begin(), arguments.end(), [&](const std::string& argument) {
        const bool short_output = option == "--output" && argument.starts_with("-o") && !argument.starts_with("--");
        return argument == option || argument.starts_with(option + "=") || short_output;
    });
}

bool parameter_typed(const Arguments& arguments, const std::string& name) {
    return std::any_of(arguments.begin(), arguments.end(), [&](const std::string& argument) {
        return argument.starts_with(name + "=") || argument.starts_with("-p" + name + "=");
    });
}

void add_option_of(Arguments& added, const Arguments& typed_arguments, const std::string& file, std::string_view key,
                   const toml::node& node) {
    const std::string option = "--" + std::string(key);
    if (typed(typed_arguments, option)) return;
    if (const auto* flag = node.as_boolean()) {
        if (flag->get()) added.push_back(option);
        return;
    }
    if (const auto* list = node.as_array()) {
        for (const auto& item : *list) added.push_back(option + "=" + text_of(item, file, key));
        return;
    }
    added.push_back(option + "=" + text_of(node, file, key));
}

}  // namespace

Arguments config_arguments(const Arguments& typed_arguments, const std::string& text, const std::string& file) {
    Arguments added;
    for (const auto& [key, node] : toml_from(text, file)) {
        if (key.str() != "parameters") {
            add_option_of(added, typed_arguments, file, key.str(), node);
            continue;
        }
        const auto* parameters = node.as_table();
        if (parameters == nullptr)
            throw InputError(
                {.where = file, .found = "'parameters' is not a table", .allowed = "[parameters]\nU = 10.0"});
        for (const auto& [name, value] : *parameters) {
            if (parameter_typed(typed_arguments, std::string(name.str()))) continue;
            added.insert(added.end(), {"-p", std::string(name.str()) + "=" + text_of(value, file, name.str())});
        }
    }
    return added;
}

Arguments with_config(Arguments arguments) {
    const auto file = take_config(arguments);
    if (!file) return arguments;
    const Arguments added = config_arguments(arguments, read_whole(*file), *file);
    arguments.insert(arguments.end(), added.begin(), added.end());
    return arguments;
}

}  // namespace ism::app
