#pragma once
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <ism/base/model.hpp>
#include <ism/simulate/dust/bpass.hpp>
#include <ism/simulate/dust/grain_ensemble.hpp>
#include <ism/simulate/dust/grain_material.hpp>
#include <ism/simulate/dust/radiation_field.hpp>
#include <ism/simulate/dust/size_distribution.hpp>

namespace ism::simulate::dust {

/// How the strength of the field is given.
enum class Strength {
    u,   ///< the field is scaled to U (1 = 2.2e-5 W m-2 between 0.0912 and 8 um)
    g0,  ///< multiplies the field as it is given, as DustEM's "G0" does
};

/// What the emission is counted per.
enum class Per {
    hydrogen,   ///< [erg s-1 H-1]
    dust_mass,  ///< [erg s-1 g-1]
    u,          ///< per hydrogen and unit of U or G0 [erg s-1 H-1]
};

/// Everything that makes a DustModel besides its parameters.
struct DustSetup {
    GrainMixture mixture;
    std::optional<RadiationField> field;          ///< one shape, or
    std::shared_ptr<const BpassLibrary> library;  ///< spectra against age
    bool cmb = false;                             ///< the grains also absorb the cosmic microwave background
    Strength strength = Strength::u;
    Per per = Per::hydrogen;
    bool table_sizes = false;          ///< exactly DustEM's sizes and rule instead of the converged ones
    double size_density = 1.0;         ///< multiplies the number of sizes (1: 60-80 per material)
    double size_step = 0.03;           ///< divided by size_density: see SizeRefinement (not with table_sizes)
    std::vector<double> wavelengths;   ///< output wavelengths [cm], increasing
    DistributionOptions distribution;  ///< temperatures
};

/// Energy that a population absorbs and emits, per hydrogen, before the emission is rescaled.
struct EnergyBalance {
    std::string population;
    double absorbed = 0.0;       ///< [erg s-1 H-1]
    double emitted = 0.0;        ///< [erg s-1 H-1]
    std::size_t grains_off = 0;  ///< sizes of the material whose own balance is off by more than 1 %
    double worst_grain = 0.0;    ///< largest |emitted / absorbed - 1| of one size
};

/// The dust of one point in full.
struct DustSpectrum {
    std::vector<double> total;                     ///< 4 pi nu j_nu in the unit of `Per` (M)
    std::vector<std::vector<double>> populations;  ///< the same for each population
    std::vector<EnergyBalance> balance;            ///< of each population
};

/// Cross-sections per hydrogen [cm2 H-1] at the output wavelengths.
struct DustExtinction {
    std::vector<std::vector<double>> absorption;  ///< per population (M)
    std::vector<std::vector<double>> scattering;
    std::vector<double> extinction;  ///< total
    std::vector<double> albedo;      ///< scattering / extinction of the mixture [1]
    std::vector<double> g;           ///< mean cosine of the scattering angle of the mixture [1]; empty where a material
                                     ///< does not know its own
};

/// Infrared emission of interstellar dust: stochastic heating of small grains, equilibrium of large ones, summed over
/// sizes and populations. Optically thin.
///
/// Parameters: U or G0 (strength of the field), age [yr] where the field is a stellar population, amin [nm] (smallest
/// grain of the first population, whose mass is kept, and of those that follow it), for every population `mass_NAME`, a
/// factor on its mass, and those of its size distribution (see law_parameters). Output: 4 pi nu j_nu [erg s-1 H-1] on
/// the wavelengths.
///
/// A new field means new temperature distributions; a new amin, mass or size distribution reuses the emissivities of
/// every size of the last fields (one for each thread is kept) and costs a sum over sizes. Throws NumericalError where
/// a population's emitted energy is more than 1 % off its absorbed energy before rescaling.
class DustModel final : public Model {
public:
    explicit DustModel(DustSetup setup);
    ~DustModel() override;

    [[nodiscard]] const ModelInfo& info() const noexcept override { return info_; }
    void evaluate(std::span<const double> parameters, std::span<double> outputs) const override;

    /// One point (P) with every population and the energy balance.
    [[nodiscard]] DustSpectrum spectrum(std::span<const double> point) const;
    /// Cross-sections of one point (the field does not matter).
    [[nodiscard]] DustExtinction extinction(std::span<const double> point) const;

    /// Temperatures of one grain of a population.
    struct GrainTemperatures {
        double size;                       ///< [cm]
        double absorbed;                   ///< [erg s-1]
        bool narrow;                       ///< a Gaussian about equilibrium
        std::vector<double> temperatures;  ///< [K]
        std::vector<double> probability;   ///< of each temperature, sum 1
    };
    /// Temperatures of every size of a population at one point.
    [[nodiscard]] std::vector<GrainTemperatures> temperatures(std::span<const double> point,
                                                              std::size_t population) const;
    [[nodiscard]] const DustSetup& setup() const noexcept { return setup_; }

private:
    struct Point;
    struct Emission;
    struct Grains;
    using Rates = std::vector<std::vector<PhotonRates>>;  // of each size of each ensemble, at unit strength

    [[nodiscard]] Point read(std::span<const double> point) const;
    [[nodiscard]] std::shared_ptr<const Emission> emission_at(const Point& point) const;
    /// The latest emission that fits, or nullptr.
    [[nodiscard]] std::shared_ptr<const Emission> recent(const std::function<bool(const Emission&)>& fits) const;
    void remember(std::shared_ptr<const Emission> emission) const;
    [[nodiscard]] std::shared_ptr<const Grains> grains_at(const Point& point) const;
    void tabulate_absorption(Grains& grains) const;
    /// The population with the amin and the size law of the point; its mass is that of the setup.
    [[nodiscard]] Population population_at(const Point& point, std::size_t p) const;
    [[nodiscard]] std::span<const double> law_of(const Point& point, std::size_t p) const;
    [[nodiscard]] std::vector<double> numbers(const Point& point, const Grains& grains, std::size_t population) const;
    [[nodiscard]] std::vector<double> sizes_of(const Population& population, std::span<const double> law,
                                               const Grains& grains, std::size_t p) const;
    /// Mass of the grains of one population per hydrogen [g].
    [[nodiscard]] double mass(const Grains& grains, const std::vector<double>& numbers, std::size_t population) const;
    [[nodiscard]] double unit(const Point& point, double dust_mass) const;

    /// Grains per hydrogen at the sizes of a population, for a smallest size [cm] and the parameters of its law.
    struct Sizes {
        double a_min = 0.0;
        std::vector<double> law, numbers;
    };

    DustSetup setup_;
    ModelInfo info_;
    TemperatureGrid grid_;
    std::shared_ptr<const Grains> default_grains_;
    mutable std::mutex mutex_;
    mutable std::vector<std::shared_ptr<const Emission>> recent_;  // the latest first, at most one for each thread
    mutable std::vector<Sizes> last_sizes_;                        // of each population
};

}  // namespace ism::simulate::dust
