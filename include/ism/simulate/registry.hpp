#pragma once
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <ism/base/model.hpp>
#include <ism/io/table.hpp>

namespace ism::simulate {

/// A choice that shapes a simulator and is not a number: a folder, a field, a grid of wavelengths.
struct Setting {
    std::string name;         ///< "field"; the program's option is --field
    std::string placeholder;  ///< "mathis|bpass|blackbody:T|FILE"
    std::string fallback;     ///< value where the user gives none
    std::string help;         ///< one sentence
};

using Settings = std::map<std::string, std::string>;

/// What the program needs to offer a simulator: `simulate`, `grid`, `describe` and `compare` read this, and nothing
/// else.
struct Simulator {
    std::string name;
    std::string summary;
    std::vector<Setting> settings;
    std::string example;       ///< a worked command line after `ismulate simulate`, shown by its --help
    std::string grid_example;  ///< the same after `ismulate grid`, with ranges

    /// Makes the Model. `settings` holds every declared name; `requested` are the parameters named by the user, which
    /// may decide between alternatives (U or G0). Throws InputError.
    std::function<std::unique_ptr<Model>(const Settings& settings, std::span<const std::string> requested)> create;

    /// One model in full: the axis, the output and whatever else the physics offers (populations, ...).
    std::function<io::Table(const Model& model, std::span<const double> point)> tabulate;
};

/// Every simulator there is.
[[nodiscard]] const std::vector<Simulator>& simulators();

/// Throws InputError with the nearest names where there is none.
[[nodiscard]] const Simulator& simulator(const std::string& name);

/// The settings with every declared default filled in; throws InputError for a name that is not declared.
[[nodiscard]] Settings complete(const Simulator& simulator, const Settings& given);

/// The axis and the one output of a model: what `tabulate` is where the physics has nothing to add.
[[nodiscard]] io::Table tabulate_output(const Model& model, std::span<const double> point);

}  // namespace ism::simulate
