#include "comparison_physics.hpp"

#include <algorithm>
#include <optional>

#include <nlohmann/json.hpp>

#include <ism/base/errors.hpp>
#include <ism/base/model_slice.hpp>
#include <ism/base/text.hpp>
#include <ism/simulate/registry.hpp>

namespace ism::app {
namespace {

using Json = nlohmann::json;

/// How a dataset was made, as `ismulate grid` writes it: settings by name, parameters held fixed as "-p NAME".
class Origin {
public:
    explicit Origin(const Json& provenance) : told_(provenance.value("settings", Json::object())) {}

    [[nodiscard]] simulate::Settings settings(const simulate::Simulator& simulator) const {
        simulate::Settings settings;
        for (const auto& setting : simulator.settings) {
            if (const auto value = text(setting.name)) settings[setting.name] = *value;
        }
        return simulate::complete(simulator, settings);
    }

    [[nodiscard]] std::optional<double> fixed(const std::string& parameter) const {
        const auto value = text("-p " + parameter);
        return value ? number_from(*value) : std::nullopt;
    }

    /// The parameters that the user or the grid named: they decide between alternatives (U or G0).
    [[nodiscard]] std::vector<std::string> requested(const ModelInfo& varying) const {
        std::vector<std::string> names;
        for (const auto& parameter : varying.parameters) names.push_back(parameter.name);
        for (const auto& [key, value] : told_.items()) {
            if (key.starts_with("-p ")) names.push_back(key.substr(3));
        }
        return names;
    }

private:
    [[nodiscard]] std::optional<std::string> text(const std::string& key) const {
        if (!told_.contains(key) || !told_[key].is_string()) return std::nullopt;
        return told_[key].get<std::string>();
    }

    Json told_;
};

/// The ranges of `varying`; every other parameter of the whole model fixed as it was in the grid.
std::vector<Parameter> ranges_of(const ModelInfo& whole, const ModelInfo& varying, const Origin& origin) {
    std::vector<Parameter> ranges = whole.parameters;
    for (auto& range : ranges) {
        const auto found = std::find_if(varying.parameters.begin(), varying.parameters.end(),
                                        [&](const Parameter& parameter) { return parameter.name == range.name; });
        if (found != varying.parameters.end()) {
            range = *found;
        } else {
            range.low = range.high = origin.fixed(range.name).value_or(range.fallback);
        }
    }
    return ranges;
}

}  // namespace

const Model* physics_of(const Dataset& nodes, const Dataset& test, const std::optional<Through>& through,
                        std::vector<std::unique_ptr<Model>>& owners, std::string& note) {
    const Json provenance = Json::parse(nodes.provenance, nullptr, false);
    if (!provenance.is_object()) {
        note = "the grid does not tell which simulator made it";
        return nullptr;
    }
    const Origin origin(provenance);
    try {
        const auto& simulator = simulate::simulator(nodes.info.name);
        auto whole = simulator.create(origin.settings(simulator), origin.requested(nodes.info));
        const Axis &axis = whole->info().axis, &expected = through ? through->spectra : test.info.axis;
        if (axis.values != expected.values || (axis.values.empty() && axis.labels != expected.labels)) {
            note = "the simulator's outputs are not those of the test models";
            return nullptr;
        }
        auto slice = std::make_unique<ModelSlice>(*whole, ranges_of(whole->info(), test.info, origin));
        owners.push_back(std::move(whole));
        if (through)
            owners.push_back(
                std::make_unique<observe::BandModel>(std::move(slice), through->bands, through->convention));
        else
            owners.push_back(std::move(slice));
        return owners.back().get();
    } catch (const Error& error) {
        note = error.what();
        return nullptr;
    }
}

}  // namespace ism::app
