#include <ism/simulate/registry.hpp>

#include <ism/base/errors.hpp>
#include <ism/simulate/dust/dust_simulator.hpp>
#include <ism/simulate/dust/modified_blackbody.hpp>
#include <ism/simulate/lines/lines_simulator.hpp>

namespace ism::simulate {
namespace {

template <class Declared>
[[noreturn]] void throw_unknown(const std::string& what, const std::string& name,
                                const std::vector<Declared>& declared) {
    std::vector<std::string> names;
    for (const auto& one : declared) names.push_back(one.name);
    refuse_name(name, names, {.where = what + " '" + name + "'", .found = "there is no such " + what});
}

}  // namespace

const std::vector<Simulator>& simulators() {
    static const std::vector<Simulator> all = {dust::dust_simulator(), modified_blackbody_simulator(),
                                               lines::lines_simulator()};
    return all;
}

const Simulator& simulator(const std::string& name) {
    for (const auto& one : simulators()) {
        if (one.name == name) return one;
    }
    throw_unknown("simulator", name, simulators());
}

Settings complete(const Simulator& simulator, const Settings& given) {
    Settings settings;
    for (const auto& setting : simulator.settings) settings[setting.name] = setting.fallback;
    for (const auto& [name, value] : given) {
        if (!settings.contains(name)) throw_unknown("setting", name, simulator.settings);
        settings[name] = value;
    }
    return settings;
}

io::Table tabulate_output(const Model& model, std::span<const double> point) {
    const ModelInfo& info = model.info();
    std::vector<double> outputs(info.output_count());
    model.evaluate(point, outputs);
    io::Table table;
    const Axis& axis = info.axis;
    if (!axis.labels.empty()) table.columns.push_back({labels_name(axis), "", axis.kind, {}, axis.labels});
    if (!axis.values.empty()) table.columns.push_back({axis.name, axis.unit, values_help(axis), axis.values, {}});
    table.columns.push_back({info.output_name, info.output_unit, info.output_help, outputs, {}});
    return table;
}

}  // namespace ism::simulate
