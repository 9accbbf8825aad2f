#pragma once
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <ism/infer/posterior.hpp>

namespace ism::infer {

/// How the emission per hydrogen (or per gram of dust) that a Model gives becomes the flux of a source.
enum class Amount {
    none,            ///< the data are in the model's own unit
    dust_mass,       ///< [solMass], of a source at a distance
    hydrogen_mass,   ///< [solMass], likewise
    column_density,  ///< of hydrogen [cm-2], for surface brightness
    free,            ///< a pure number times the model over 4 pi: hydrogen atoms over the square of the distance [cm-2]
    factor,          ///< a pure number times the model, whose unit the data have: the share of a beam that is filled
};

[[nodiscard]] std::string to_string(Amount amount);
/// Throws InputError for any other word.
[[nodiscard]] Amount amount_from_string(const std::string& word);

/// A band in which sources were observed.
struct FluxBand {
    std::string name;             ///< as the model's output is called
    std::string instrument;       ///< shares a calibration error
    double wavelength = 0.0;      ///< where the flux is quoted [um]; NaN of a line whose wavelength nobody said
    std::string unit;             ///< FITS unit string of the data
    double multiplicative = 0.0;  ///< of a line: standard deviation of the ln of its calibration, line_noise.hpp
};

/// Everything that the fits of many sources have in common.
struct SedFitSetup {
    std::shared_ptr<const Model> model;   ///< differentiable; its outputs are `bands`: 4 pi nu j_nu, or lines
    std::vector<FluxBand> bands;          ///< (M)
    std::map<std::string, Prior> priors;  ///< of parameters and of the amount; the others are flat over their range
    Amount amount = Amount::none;
    double distance = 0.0;                      ///< [cm]; for masses
    double dust_to_hydrogen = 0.0;              ///< mass of dust per mass of hydrogen; for dust_mass
    std::map<std::string, double> calibration;  ///< relative error of an instrument's calibration, 1 sigma
    double floor = 0.0;                         ///< relative error of the model itself, 1 sigma
};

/// How a posterior is explored.
enum class Sampler {
    automatic,  ///< mixture; NUTS with jumps by that mixture where its chains do not converge
    mixture,    ///< adapted to the posterior, and chains that propose from it
    nuts,       ///< the No-U-Turn sampler from the modes
    ensemble,   ///< the affine-invariant ensemble from the modes
    none,       ///< only the best fit
};
[[nodiscard]] std::string to_string(Sampler sampler);
/// Throws InputError for any other word.
[[nodiscard]] Sampler sampler_from_string(const std::string& word);

/// How a source is sampled.
struct SedFitOptions {
    Sampler sampler = Sampler::automatic;
    std::size_t chains = 4;
    std::size_t warmup = 400;
    std::size_t draws = 1000;
    std::size_t starts = 8;    ///< of the search for modes
    std::size_t attempts = 3;  ///< chains that did not converge run again, longer and with shorter steps
    ConvergenceBars bars{};
    std::uint64_t seed = 1;
};

/// What became of one source.
struct SedFitResult {
    std::vector<double> best;          ///< (D) where the posterior density on the priors' scales is largest
    double best_log_likelihood = 0.0;  ///< ln of the density of the data in their own units, as the evidence is
    std::vector<double> best_fluxes;   ///< (M) in the units of the data
    std::vector<Optimum> optima;       ///< all distinct ones, best first; positions are coordinates
    Posterior posterior;               ///< empty where only the best fit was asked for
    std::vector<double> predictive_p;  ///< (M) fraction of replicas of the data below what was seen; NaN without data
    double p_chi2 = std::numeric_limits<double>::quiet_NaN();  ///< the same of all detections together (predictive.hpp)
    std::vector<double> flux_median;  ///< (M) of the model's fluxes over the posterior, in the units of the data
    std::vector<double> flux_low, flux_high;  ///< (M) 16 and 84 %
};

/// Fits spectral energy distributions, one source at a time.
class SedFit {
public:
    /// Throws InputError where a prior names no parameter or reaches outside, a unit is none of a flux or does not suit
    /// the amount, or distance and ratio are missing where they are needed.
    explicit SedFit(SedFitSetup setup);

    [[nodiscard]] const SedFitSetup& setup() const noexcept { return setup_; }
    /// Coordinates of a source: free parameters, then the amount.
    [[nodiscard]] const std::vector<Coordinate>& coordinates() const noexcept { return coordinates_; }

    /// Measurements (M) of a source, in the units of the bands, as fluxes of the model times the amount.
    [[nodiscard]] std::vector<Measurement> in_model_units(std::vector<Measurement> data) const;
    /// The density of one source; `data` (M) in the units of the bands, groups are set here.
    [[nodiscard]] FitProblem problem(std::vector<Measurement> data) const;
    /// Fluxes (M) in the units of the data for coordinates of `problem`.
    void fluxes(FitProblem& problem, std::span<const double> x, std::span<double> out) const;
    /// Throws InputError where nothing was seen, NumericalError where no fit can be found.
    [[nodiscard]] SedFitResult fit(std::vector<Measurement> data, const SedFitOptions& options) const;

private:
    [[nodiscard]] double log_units_of_detections(const Observation& observation) const;
    [[nodiscard]] Posterior sample(const FitProblem& problem, const std::vector<Optimum>& known,
                                   const SedFitOptions& options) const;
    void fit_from(FitProblem& problem, PosteriorObjective& objective, const std::vector<Optimum>& found,
                  const SedFitOptions& options, SedFitResult& result) const;
    void set_best(FitProblem& problem, PosteriorObjective& objective, std::vector<double> on_scale,
                  SedFitResult& result) const;
    void improve_best(FitProblem& problem, PosteriorObjective& objective, SedFitResult& result) const;
    void predict(FitProblem& problem, SedFitResult& result) const;

    SedFitSetup setup_;
    std::vector<double> unit_factor_;  // (M) flux in the data's unit = this x amount x model
    std::vector<Prior> priors_;        // (P)
    std::optional<FreeScale> scale_;
    std::vector<Coordinate> coordinates_;
};

/// Fluxes in the units of the bands (M) are these times the amount times what a model gives in `model_unit`. `distance`
/// [cm] and `dust_to_hydrogen` are needed for masses. Throws InputError where they are missing or a unit does not suit.
[[nodiscard]] std::vector<double> flux_units(const std::string& model_unit, const std::vector<FluxBand>& bands,
                                             Amount amount, double distance, double dust_to_hydrogen);

/// The prior of an amount where none is given: log-uniform over more than can be met.
[[nodiscard]] Prior default_prior(Amount amount);

}  // namespace ism::infer
