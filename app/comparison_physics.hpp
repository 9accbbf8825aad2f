#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <ism/base/dataset.hpp>
#include <ism/observe/photometry.hpp>

namespace ism::app {

/// The bands through which an emulator sees spectra, and the wavelengths of these.
struct Through {
    std::vector<observe::Band> bands;
    observe::Convention convention = observe::Convention::instrument;
    Axis spectra;
};

/// The simulator that made a dataset, with the settings and fixed parameters that its provenance tells, for the
/// parameters and outputs of `test`; seen through bands where `test` is. What it is made of joins `owners`, which must
/// outlive it.
/// Null, with the reason in `note`, where the dataset does not come from `ismulate grid` or the files it used are gone.
[[nodiscard]] const Model* physics_of(const Dataset& nodes, const Dataset& test, const std::optional<Through>& through,
                                      std::vector<std::unique_ptr<Model>>& owners, std::string& note);

}  // namespace ism::app
