#pragma once
#include <memory>
#include <string>
#include <vector>

#include <ism/base/dataset.hpp>

namespace ism::app {

/// The simulator that made a dataset, with the settings and fixed parameters that its provenance tells, for the
/// parameters and outputs of `test`. What it is made of joins `owners`, which must outlive it.
/// Null, with the reason in `note`, where the dataset does not come from `ismulate grid` or the files it used are gone.
[[nodiscard]] const Model* physics_of(const Dataset& nodes, const Dataset& test,
                                      std::vector<std::unique_ptr<Model>>& owners, std::string& note);

}  // namespace ism::app
