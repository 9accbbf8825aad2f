#pragma once
#include <optional>
#include <string>
#include <vector>

#include <ism/base/errors.hpp>
#include <ism/emulate/emulator_file.hpp>
#include <ism/infer/sed_fit.hpp>
#include <ism/observe/photometry.hpp>

/// What a fit takes where nobody says otherwise.
namespace ism::infer {

/// A published limit without an error is this many standard deviations of the noise.
inline constexpr double sigmas_of_a_limit = 3.0;

/// A flux with its standard deviation and what kind of number it is, by the rules that hold for tables, maps and
/// arrays: a NaN value or an infinite error is no observation, a limit without an error (NaN) is one of
/// `sigmas_of_a_limit`. Throws InputError of what fault_of() tells.
[[nodiscard]] Measurement measurement_of(double value, double error, Measurement::Kind kind);
/// What is wrong with the three, for the caller to say where: an infinite value, an error that is missing, negative or
/// 0, a limit without a value, and one that is not positive and has no error. Nothing where they can be used.
[[nodiscard]] std::optional<ErrorText> fault_of(double value, double error, Measurement::Kind kind);

/// What can be found from data in `unit` with a Model in `model_unit` (FITS unit strings): nothing but the parameters
/// where these are of one kind, a column density from surface brightness, else a mass, which takes a distance: of dust
/// where its ratio to hydrogen is known or the model is per gram. Throws InputError where the distance is not known.
[[nodiscard]] Amount amount_for(const std::string& unit, const std::string& model_unit, bool distance_known,
                                bool ratio_known);

/// Mass of dust per mass of hydrogen of a shipped emulator; 0 where it is not known.
[[nodiscard]] double dust_to_hydrogen_of(const std::string& emulator);

/// Relative error of the emulator, 1 sigma: 1.25 (deviation over mean of a normal error) times the mean of its error
/// table; 0 where it has none.
[[nodiscard]] double floor_of(const emulate::EmulatorRecord& record);

/// What chains must reach: less where there are many sources, as maps ask for; those below are sampled longer.
[[nodiscard]] ConvergenceBars bars_for(std::size_t sources);

/// An emulator seen through bands (names as for find_bands), of sources in these units: one for each band, or one for
/// all. The convention is that of the weighing. The rest of the setup is left as it is declared. Throws InputError as
/// observe::seen_through does, or where the number of units is another.
[[nodiscard]] SedFitSetup setup_in_bands(const emulate::EmulatorRecord& record, const std::vector<std::string>& bands,
                                         const std::vector<std::string>& units,
                                         observe::Convention convention = observe::Convention::instrument);

}  // namespace ism::infer
