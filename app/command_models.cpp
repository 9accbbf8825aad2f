#include <iostream>

#include <nlohmann/json.hpp>

#include <ism/emulate/shipped.hpp>
#include <ism/simulate/registry.hpp>

#include "context.hpp"

namespace ism::app {
namespace {

std::string padded(std::string text, std::size_t width) {
    if (text.size() < width) text.append(width - text.size(), ' ');
    return text;
}

void print_line(const std::string& kind, const std::string& name, const std::string& summary) {
    std::cout << padded(kind, 11) << padded(name, 20) << summary << '\n';
}

void list_models(const Context& context) {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const auto& simulator : simulate::simulators()) {
        list.push_back({{"kind", "simulator"}, {"name", simulator.name}, {"summary", simulator.summary}});
    }
    for (const auto& name : emulate::shipped_emulators()) {
        list.push_back({{"kind", "emulator"}, {"name", name}, {"summary", emulate::find_emulator(name).info.summary}});
    }
    if (context.json) {
        std::cout << list.dump(1) << '\n';
        return;
    }
    for (const auto& model : list) print_line(model["kind"], model["name"], model["summary"]);
    std::cout << "\n  ismulate describe NAME             its parameters, ranges, units, outputs and errors\n"
                 "  ismulate simulate dust -p U=10     a spectrum from a simulator: the physics itself\n"
                 "  ismulate predict themis -p U=10    a spectrum from an emulator, in microseconds\n";
}

}  // namespace

void add_models(CLI::App& program, Context& context) {
    add_command(program, context, "models", "list the simulators and the shipped emulators", "ismulate models",
                [&context] { list_models(context); });
}

}  // namespace ism::app
