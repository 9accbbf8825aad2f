#pragma once
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <ism/base/random.hpp>
#include <ism/emulate/emulator.hpp>
#include <ism/infer/sed_fit.hpp>

/// A network run backward: from fluxes, with their errors, limits and gaps, to parameters and their intervals, in one
/// evaluation. It is trained on synthetic sources (SyntheticSources) and knows only sources like those.
namespace ism::infer {

/// One number that a backward network finds.
struct BackwardCoordinate {
    std::string name, unit;
    Scale scale = Scale::linear;   ///< on which it is estimated: s = x or ln x
    double low = 0.0, high = 0.0;  ///< range of the prior that it was trained with
    bool is_amount = false;        ///< proportional to all fluxes
};

/// What a backward network says of one coordinate of one source, in the unit of the coordinate.
struct Estimate {
    double mean = 0.0;  ///< on the scale of the coordinate: the geometric mean where that is logarithmic
    double low_95 = 0.0, low_68 = 0.0, median = 0.0, high_68 = 0.0, high_95 = 0.0;  ///< quantiles
};

/// Probabilities of the quantiles of an Estimate, in the order of its members and of the outputs of the network, which
/// gives the mean first.
inline constexpr double estimated_quantiles[] = {0.025, 0.16, 0.5, 0.84, 0.975};
inline constexpr std::size_t estimates_per_coordinate = 1 + std::size(estimated_quantiles);

/// Numbers of a source that the network is given: four for each band, and the level of all fluxes.
///
/// A band that was seen gives asinh(value / error) and ln(error) + asinh(value / error) - ln 2 - level, which is
/// ln(value)
/// - level where the value exceeds its error and stays finite where it does not; then 1 for a detection, and +1 or -1
/// for an upper or lower limit. A band that is missing gives zeros. The level is the mean of those ln(value), weighted
/// by value^2 / (value^2 + error^2): so a source that is brighter in all bands changes one number only.
class BackwardInputs {
public:
    [[nodiscard]] static std::size_t count(std::size_t bands) { return 4 * bands + 1; }
    /// Fills `inputs`; values are in the units of the model. Returns the level. Throws InputError where nothing was
    /// seen.
    static double fill(std::span<const Measurement> seen, std::span<double> inputs);
};

/// What an .ism file of a backward network holds.
struct BackwardRecord {
    emulate::EmulatorRecord network;
    std::vector<std::string> bands;               ///< (M)
    std::vector<double> wavelengths;              ///< (M) at which their fluxes are quoted [um]
    std::vector<BackwardCoordinate> coordinates;  ///< (D)
    Amount amount = Amount::none;
    std::string model, model_unit;  ///< that was run backward
    double dust_to_hydrogen = 0.0;  ///< that belongs to the model; 0 where it is not known
};

/// The record with everything that is needed to read it again as text in its network.
[[nodiscard]] emulate::EmulatorRecord to_emulator(const BackwardRecord& record);
/// Nothing where the file is that of a forward network. Throws InputError where it is damaged.
[[nodiscard]] std::optional<BackwardRecord> backward_from(const emulate::EmulatorRecord& record);

/// A trained backward network. Several threads may use it at once.
class Backward {
public:
    /// Throws InputError where the network does not fit the declaration.
    explicit Backward(BackwardRecord record);

    [[nodiscard]] const BackwardRecord& record() const noexcept { return record_; }
    /// Estimates (N x D) of N sources, seen (N x M) in the units of the model: fluxes over flux_units(). Throws
    /// InputError where nothing was seen of a source.
    [[nodiscard]] std::vector<Estimate> estimate(std::span<const Measurement> seen) const;
    /// Numbers of each source (N) that no source of the training had: inputs beyond their range there, and lower
    /// limits, of which it saw none. Estimates are for sources where this is 0; 0 does not prove that the model
    /// describes them.
    [[nodiscard]] std::vector<std::size_t> outside(std::span<const Measurement> seen) const;

private:
    BackwardRecord record_;
    emulate::Emulator network_;
};

/// How synthetic sources are observed. Numbers are drawn evenly in ln between the bounds, unless said otherwise.
///
/// The error that is told is worked out from the flux that was measured, as in catalogues. Were it worked out from the
/// true one, a network would soon read the truth, free of noise, from the errors, and fail on every real source.
struct ObservingOptions {
    double least_relative = 0.01, most_relative = 0.1;      ///< error of a source that grows with its fluxes
    double least_scatter = 0.02, most_scatter = 0.5;        ///< of ln of that error, between bands: a deviation
    double least_background = 1e-5, most_background = 0.5;  ///< error that does not, of the brightest band's flux
    double background_scatter = 0.7;                        ///< of ln, between bands
    double steepest_background = 1.5;  ///< it goes as wavelength to a power of up to this, either sign, drawn evenly
    double most_missing = 0.7;         ///< share of bands not observed in half of the sources, drawn evenly from 0
    double limit_below = 3.0;          ///< deviations below which half of the sources give an upper limit, at that many
};

/// Synthetic sources: coordinates from the priors of a fit, its model's fluxes, its floor and calibration errors,
/// noise.
class SyntheticSources {
public:
    /// `fit` must outlive the object.
    explicit SyntheticSources(const SedFit& fit, const ObservingOptions& options = {});

    /// `truth` (N x D) in the units of the coordinates, `seen` (N x M) in the units of the model.
    void draw(Random& random, std::span<double> truth, std::span<Measurement> seen);

private:
    void observe(Random& random, std::span<const double> fluxes, std::span<Measurement> seen) const;

    const SedFit& fit_;
    ObservingOptions options_;
    FitProblem problem_;
    std::vector<double> fluxes_;
};

}  // namespace ism::infer
