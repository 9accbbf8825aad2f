#include "comparison_physics.hpp"

#include <nlohmann/json.hpp>

#include <ism/base/errors.hpp>
#include <ism/simulate/registry.hpp>

namespace ism::app {
namespace {

using Json = nlohmann::json;

/// The settings of `simulator` among those in the provenance of a dataset.
simulate::Settings settings_of(const simulate::Simulator& simulator, const Json& provenance) {
    simulate::Settings settings;
    const Json told = provenance.value("settings", Json::object());
    for (const auto& setting : simulator.settings) {
        if (told.contains(setting.name) && told[setting.name].is_string()) settings[setting.name] = told[setting.name].get<std::string>();
    }
    return simulate::complete(simulator, settings);
}

bool same_declaration(const ModelInfo& a, const ModelInfo& b) {
    if (a.parameter_count() != b.parameter_count() || a.axis.values != b.axis.values) return false;
    for (std::size_t i = 0; i < a.parameter_count(); ++i) {
        if (a.parameters[i].name != b.parameters[i].name) return false;
    }
    return true;
}

/// A simulator of which only some parameters vary: the others are held at their defaults.
class Restricted final : public Model {
public:
    Restricted(std::unique_ptr<Model> whole, ModelInfo info) : whole_(std::move(whole)), info_(std::move(info)) {
        for (const auto& parameter : whole_->info().parameters) point_.push_back(parameter.fallback);
        for (const auto& parameter : info_.parameters) indices_.push_back(index_of(whole_->info().parameters, parameter.name, whole_->info().name));
    }
    [[nodiscard]] const ModelInfo& info() const noexcept override { return info_; }
    void evaluate(std::span<const double> parameters, std::span<double> outputs) const override {
        const std::size_t n = check_shapes(info_, parameters.size(), outputs.size()), p = indices_.size(), m = info_.output_count();
        std::vector<double> point = point_;
        for (std::size_t i = 0; i < n; ++i) {
            for (std::size_t j = 0; j < p; ++j) point[indices_[j]] = parameters[i * p + j];
            whole_->evaluate(point, outputs.subspan(i * m, m));
        }
    }

private:
    std::unique_ptr<Model> whole_;
    ModelInfo info_;
    std::vector<double> point_;
    std::vector<std::size_t> indices_;
};

}  // namespace

std::unique_ptr<Model> physics_of(const Dataset& nodes, const Dataset& test, std::string& note) {
    const Json provenance = Json::parse(nodes.provenance, nullptr, false);
    if (!provenance.is_object()) {
        note = "the grid does not tell which simulator made it";
        return nullptr;
    }
    try {
        const auto& simulator = simulate::simulator(nodes.info.name);
        std::vector<std::string> requested;
        for (const auto& parameter : nodes.info.parameters) requested.push_back(parameter.name);
        auto whole = simulator.create(settings_of(simulator, provenance), requested);
        if (whole->info().axis.values != test.info.axis.values) {
            note = "the simulator's outputs are not those of the test models";
            return nullptr;
        }
        if (same_declaration(whole->info(), test.info)) return whole;
        return std::make_unique<Restricted>(std::move(whole), test.info);
    } catch (const Error& error) {
        note = error.what();
        return nullptr;
    }
}

}  // namespace ism::app
