// Who takes part in a comparison.
#include <algorithm>
#include <chrono>

#include <ism/base/errors.hpp>
#include <ism/emulate/interpolator.hpp>
#include <ism/regress/regressor.hpp>
#include <ism/train/train.hpp>

#include "budget.hpp"
#include "compare_call.hpp"
#include "compare_networks.hpp"

namespace ism::app {
namespace {

std::size_t memory_of(const emulate::Emulator& network) {
    const ModelInfo& info = network.info();
    const std::size_t scalings = 2 * (info.parameter_count() + info.output_count());
    return 4 * emulate::weight_count(network.record().network) + 8 * scalings;
}

explain::Contender network_contender(const emulate::Emulator& network) {
    return {.name = "network",
            .title = "neural network",
            .description = emulate::describe(network.record().network) + ", " +
                           std::to_string(emulate::weight_count(network.record().network)) + " weights",
            .model = &network,
            .memory = memory_of(network)};
}

/// A model of a narrower range, asked at the nearest place in it: what a user who must have an answer does.
class AtEdge final : public Model {
public:
    AtEdge(const Model& inner, ModelInfo info) : inner_(inner), info_(std::move(info)) {}
    [[nodiscard]] const ModelInfo& info() const noexcept override { return info_; }
    void evaluate(std::span<const double> parameters, std::span<double> outputs) const override {
        inner_.evaluate(inside(parameters), outputs);
    }
    [[nodiscard]] bool differentiable() const noexcept override { return inner_.differentiable(); }
    /// Along a parameter that was moved the answer does not change.
    void evaluate_with_jacobian(std::span<const double> parameters, std::span<double> outputs,
                                std::span<double> jacobian) const override {
        const auto moved = inside(parameters);
        inner_.evaluate_with_jacobian(moved, outputs, jacobian);
        for (std::size_t k = 0; k < jacobian.size(); ++k) {
            const std::size_t column = k % moved.size();
            if (moved[column] != parameters[column]) jacobian[k] = 0.0;
        }
    }

private:
    [[nodiscard]] std::vector<double> inside(std::span<const double> parameters) const {
        std::vector<double> moved(parameters.begin(), parameters.end());
        const auto& ranges = inner_.info().parameters;
        for (std::size_t i = 0; i < moved.size(); ++i) {
            check_range(info_.parameters[i % ranges.size()], moved[i], info_.name);
            moved[i] = std::clamp(moved[i], ranges[i % ranges.size()].low, ranges[i % ranges.size()].high);
        }
        return moved;
    }

    const Model& inner_;
    ModelInfo info_;
};

bool narrower(const ModelInfo& inner, const ModelInfo& whole) {
    for (std::size_t k = 0; k < whole.parameter_count(); ++k) {
        if (inner.parameters[k].low > whole.parameters[k].low || inner.parameters[k].high < whole.parameters[k].high)
            return true;
    }
    return false;
}

/// The model that `make` makes, how long that took, and what it says of itself; where models are missing, the reason.
template <class Make>
explain::Contender made(const std::string& name, const std::string& title, const Dataset& data, const Make& make,
                        Material& material) {
    explain::Contender contender{.name = name, .title = title};
    try {
        const auto start = std::chrono::steady_clock::now();
        auto model = make(data);
        contender.train_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        contender.description = model->description();
        contender.memory = model->memory();
        contender.model = model.get();
        if (model->dropped() > 0)
            contender.note = std::to_string(model->dropped()) + " failed or masked models left out";
        material.models.push_back(std::move(model));
    } catch (const InputError& error) {
        contender.note = error.what();
    }
    return contender;
}

/// Lets a method answer in the whole range of `nodes` where its own is narrower.
void widen(explain::Contender& contender, const Dataset& nodes, Material& material) {
    if (!contender.model || contender.is_truth || !narrower(contender.model->info(), nodes.info)) return;
    material.models.push_back(std::make_unique<AtEdge>(*contender.model, nodes.info));
    contender.model = material.models.back().get();
    contender.note +=
        std::string(contender.note.empty() ? "" : "; ") + "beyond its models it is asked at the nearest place inside";
}

/// Linear and cubic interpolation take the regular grid where there is one.
explain::Contender interpolation_contender(const emulate::InterpolationMethod& method, const Dataset& nodes,
                                           Material& material) {
    const bool wants_regular = method.name == "linear" || method.name == "cubic";
    const Dataset& data = wants_regular && material.regular ? *material.regular : nodes;
    return made(method.name, method.title, data, method.make, material);
}

explain::Contender physics_contender(const Dataset& nodes, Material& material) {
    explain::Contender contender{.name = "full", .title = "full computation", .is_truth = true};
    contender.model = physics_of(nodes, material.test, material.through, material.models, contender.note);
    if (contender.model != nullptr) contender.description = "simulator '" + nodes.info.name + "'";
    return contender;
}

const NetworkKind* network_kind(const std::string& name) {
    const auto* const found = std::find_if(std::begin(network_kinds), std::end(network_kinds),
                                           [&](const NetworkKind& kind) { return kind.name == name; });
    return found == std::end(network_kinds) ? nullptr : found;
}

/// The default depends on the number of models.
const char* letters_of(const NetworkKind& kind, const Dataset& nodes) {
    return kind.depth == 0 && nodes.size() >= train::few_models ? "R" : kind.letters;
}

explain::Contender learned_contender(const NetworkKind& kind, const CompareCall& call, const Dataset& nodes,
                                     Material& material, Context& context) {
    LearnedNetwork learned = learn_network(kind, nodes, seconds_from(call.budget), context);
    material.learned.push_back(std::make_unique<emulate::Emulator>(std::move(learned.record)));
    explain::Contender contender = network_contender(*material.learned.back());
    contender.name = kind.name;
    contender.title = kind.title;
    if (nodes.info.axis.kind == "label") contender.description += std::string(" (") + letters_of(kind, nodes) + ")";
    contender.train_seconds = learned.seconds;
    return contender;
}

/// The method of that name in a list of them; nullptr where there is none.
template <class Methods>
const typename Methods::value_type* method_of(const Methods& methods, const std::string& name) {
    const auto found =
        std::find_if(methods.begin(), methods.end(), [&](const auto& method) { return method.name == name; });
    return found == methods.end() ? nullptr : &*found;
}

}  // namespace

std::vector<std::string> method_names() {
    std::vector<std::string> names{"full"};
    for (const auto& method : emulate::interpolation_methods()) names.push_back(method.name);
    for (const auto& method : regress::regression_methods()) names.push_back(method.name);
    for (const NetworkKind& kind : network_kinds) names.emplace_back(kind.name);
    return names;
}

bool is_network(const std::string& method) { return network_kind(method) != nullptr; }

std::vector<explain::Contender> contenders_of(const CompareCall& call, const Dataset& nodes, Material& material,
                                              Context& context) {
    std::vector<explain::Contender> contenders;
    for (const auto& name : call.methods) {
        if (name == "full") {
            contenders.push_back(physics_contender(nodes, material));
        } else if (const NetworkKind* kind = network_kind(name)) {
            contenders.push_back(call.learns() ? learned_contender(*kind, call, nodes, material, context)
                                               : network_contender(*material.network));
        } else if (const auto* interpolation = method_of(emulate::interpolation_methods(), name)) {
            contenders.push_back(interpolation_contender(*interpolation, nodes, material));
        } else {
            const auto& regression = *method_of(regress::regression_methods(), name);
            contenders.push_back(made(name, regression.title, nodes, regression.make, material));
        }
    }
    for (explain::Contender& contender : contenders) {
        if (material.beyond) widen(contender, nodes, material);
    }
    return contenders;
}

}  // namespace ism::app
