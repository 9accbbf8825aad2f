#pragma once
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <ism/emulate/emulator.hpp>
#include <ism/observe/photometry.hpp>

namespace ism::observe {

/// Names of the bands in which an emulator can be seen: those that it learned (or its lines), or those shipped whose
/// whole curve lies on its spectra. Throws InputError where its outputs are neither, or there is none.
[[nodiscard]] std::vector<std::string> bands_of(const emulate::EmulatorRecord& record);

/// Which outputs of an emulator of bands are named: its bands, or instruments for all of theirs that it has. Throws
/// InputError where it was not taught one, one comes twice, or there is none.
[[nodiscard]] std::vector<std::size_t> outputs_called(const emulate::EmulatorRecord& record,
                                                      const std::vector<std::string>& names);

/// An emulator seen through bands: its spectra weighed (BandModel), or some of the bands or lines that it learned, of
/// which only those are computed. `names` as for find_bands; `convention` is that of the weighing. Throws InputError as
/// find_bands, Photometer and outputs_called do.
[[nodiscard]] std::shared_ptr<const Model> seen_through(emulate::EmulatorRecord record,
                                                        const std::vector<std::string>& names, emulate::Outside outside,
                                                        Convention convention = Convention::instrument);

/// Outputs in single precision: a network gives them itself, fluxes in bands are weighed in double precision first.
void evaluate_single(const Model& model, std::span<const double> parameters, std::span<float> outputs);

}  // namespace ism::observe
