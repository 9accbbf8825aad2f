#include "figures.hpp"

#include <filesystem>

#include <ism/base/atomic_file.hpp>
#include <ism/base/errors.hpp>

namespace ism::app {
namespace {

/// "Physics and network" -> "physics-and-network.svg".
std::string file_name(const std::string& heading) {
    std::string name;
    for (const char c : heading) {
        if (c >= 'A' && c <= 'Z')
            name += static_cast<char>(c - 'A' + 'a');
        else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
            name += c;
        else if (c == ' ')
            name += '-';
    }
    return name + ".svg";
}

}  // namespace

void check_page(const Context& context, const std::string& option, const std::string& path) {
    if (!path.ends_with(".html")) {
        throw InputError({.where = option + " " + path,
                          .found = "the ending does not name a page",
                          .allowed = ".html",
                          .effect = "nothing was written"});
    }
    check_output(path, context.force);
}

void check_figures(const Context& context, const std::string& folder) {
    std::error_code ignored;
    if (std::filesystem::exists(folder, ignored) && !std::filesystem::is_directory(folder, ignored))
        throw InputError({.where = "--figures " + folder,
                          .found = "that is a file",
                          .allowed = "a folder, which is made where it is not there",
                          .effect = "nothing was computed"});
    for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
        if (entry.path().extension() == ".svg") check_output(entry.path().string(), context.force);
    }
}

void write_figures(const Context& context, const std::vector<explain::Figure>& figures, const std::string& folder) {
    std::error_code ignored;
    std::filesystem::create_directories(folder, ignored);
    const auto path_of = [&](const explain::Figure& figure) {
        return (std::filesystem::path(folder) / file_name(figure.heading)).string();
    };
    for (const auto& figure : figures) check_output(path_of(figure), context.force);
    for (const auto& figure : figures) write_atomically(path_of(figure), explain::to_svg_file(figure.chart));
    context.say("wrote " + std::to_string(figures.size()) + " pictures (.svg) to " + folder);
}

}  // namespace ism::app
