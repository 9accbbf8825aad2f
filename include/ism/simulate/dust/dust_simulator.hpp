#pragma once
#include <ism/simulate/dust/dust_model.hpp>
#include <ism/simulate/registry.hpp>

namespace ism::simulate::dust {

/// The dust model as the program offers it: settings in, DustModel out.
[[nodiscard]] Simulator dust_simulator();

/// A radiation field by the word of --field: mathis, bpass, bpass:FILE, blackbody:T or a file. Exactly one of the two
/// members of the setup is filled.
void set_field(DustSetup& setup, const std::string& word);

/// Output wavelengths [cm] by the word of --wavelengths: default (481 logarithmic points, 0.5-3000 um), table (those of
/// the grain tables), LOW:HIGH:COUNT [um], or a file whose first column is a wavelength [um].
[[nodiscard]] std::vector<double> output_wavelengths(const std::string& word, const GrainMixture& mixture);

}  // namespace ism::simulate::dust
