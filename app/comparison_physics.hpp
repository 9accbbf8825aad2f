#pragma once
#include <memory>
#include <string>

#include <ism/base/dataset.hpp>

namespace ism::app {

/// The simulator that made a dataset, with the settings its provenance tells, for the parameters and outputs of `test`.
/// Null, with the reason in `note`, where the dataset does not come from `ismulate grid` or the files it used are gone.
[[nodiscard]] std::unique_ptr<Model> physics_of(const Dataset& nodes, const Dataset& test, std::string& note);

}  // namespace ism::app
