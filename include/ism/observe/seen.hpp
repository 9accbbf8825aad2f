#pragma once
#include <memory>
#include <string>
#include <vector>

#include <ism/base/model.hpp>
#include <ism/emulate/emulator.hpp>
#include <ism/observe/band.hpp>

/// Emulators, seen through bands.
namespace ism::observe {

/// An emulator as a Model of fluxes in bands, in this order. Of one that knows bands only their outputs are computed; one
/// of spectra is seen through the curves, and `names` may then be instruments or files too (see find_bands). Throws
/// InputError with the nearest names where a band is unknown.
[[nodiscard]] std::shared_ptr<const Model> seen_through(const emulate::EmulatorRecord& record,
                                                        const std::vector<std::string>& names,
                                                        emulate::Outside outside = emulate::Outside::refuse);

}  // namespace ism::observe
