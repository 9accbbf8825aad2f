#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include <ism/base/model.hpp>
#include <ism/base/provenance.hpp>
#include <ism/simulate/registry.hpp>

#include "context.hpp"

namespace ism::app {

/// One `-p`: NAME=VALUE fixes a parameter (low == high), NAME=LOW:HIGH lets it vary.
struct ParameterChoice {
    std::string name;
    double low = 0.0, high = 0.0;
    [[nodiscard]] bool fixed() const noexcept { return low == high; }
};

/// The unit of the parameter of that name; nothing where it is not known.
using UnitOf = std::function<std::optional<std::string>(const std::string& name)>;
[[nodiscard]] UnitOf unit_in(const ModelInfo& info);

/// Throws InputError where the text is not NAME=VALUE or NAME=LOW:HIGH, LOW > HIGH, a value is not finite, or a name
/// comes twice. Who types a unit is told the parameter's own.
[[nodiscard]] std::vector<ParameterChoice> parse_parameters(const std::vector<std::string>& texts,
                                                            const UnitOf& unit_of);

/// Whether values outside the declared range are refused here, or left to the model.
enum class Checked { yes, no };

/// One point of the model: the values chosen, defaults elsewhere. Refuses ranges, unknown names, values out of range.
[[nodiscard]] std::vector<double> point_from(const ModelInfo& info, std::span<const ParameterChoice> choices,
                                             Checked checked = Checked::yes);

/// The parameters of the model with the ranges chosen (fixed ones have low == high); those not named keep their
/// default. Refuses unknown names and ranges that leave the model's own.
[[nodiscard]] std::vector<Parameter> ranges_from(const ModelInfo& info, std::span<const ParameterChoice> choices,
                                                 Checked checked = Checked::yes);

/// A simulator as the user asked for it.
struct SimulatorCall {
    const simulate::Simulator* simulator = nullptr;
    simulate::Settings settings;
    std::vector<ParameterChoice> choices;

    [[nodiscard]] std::unique_ptr<Model> create() const;
    /// Throws InputError for a parameter that the model would have with another setting, naming the setting.
    void check_names(const ModelInfo& info) const;
};

/// Adds the settings of a simulator as options; a name that the command has already is left as it is.
void add_settings(CLI::App& command, const simulate::Simulator& simulator,
                  const std::shared_ptr<simulate::Settings>& settings);

/// Adds to a verb one subcommand per simulator, with its settings as options, -p and its `example`; `work` gets the
/// call. `extend` may add options of the verb's own to each subcommand.
void add_simulator_commands(CLI::App& verb, Context& context, std::string simulate::Simulator::* example,
                            const std::function<void(CLI::App&)>& extend,
                            const std::function<void(const SimulatorCall&)>& work);

/// The settings of a call, defaults too, and the checksums of the files and folders that they name.
void add_settings(Provenance& provenance, const SimulatorCall& call);

}  // namespace ism::app
