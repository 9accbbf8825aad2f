#pragma once
#include <cstddef>
#include <vector>

#include <ism/simulate/dust/grain_thermal.hpp>
#include <ism/simulate/dust/photon_rates.hpp>

namespace ism::simulate::dust {

/// Settings of the solver.
struct DistributionOptions {
    std::size_t levels = 100;        ///< N: energies of the master equation
    std::size_t search_levels = 40;  ///< energies of the pass that finds the window
    double narrow_width = 0.012;     ///< rms of ln T below which the distribution is taken as Gaussian
};

/// The temperatures of one grain: probabilities on the common temperature grid.
struct TemperatureDistribution {
    std::size_t first = 0;               ///< index of the first temperature T_k
    std::vector<double> probabilities;   ///< P_k, sum 1; sum_k P_k f(T_k) is the mean of f (single P_k may be < 0: the
                                         ///< deposit of a cubic; densities are in `levels`)
    double absorbed = 0.0;               ///< W [erg s-1]
    double emitted = 0.0;                ///< sum of P Lambda before any rescaling [erg s-1]
    bool narrow = false;                 ///< taken as Gaussian about equilibrium
    std::vector<double> level_position;  ///< levels of the master equation: position on the grid (in steps)
    std::vector<double> level_density;   ///< dP/dH at the levels [erg-1]
    std::vector<double> level_weight;    ///< probability of each level
};

/// Steady distribution of the energy H of a grain that is heated by single photons and cools continuously.
///
/// In a steady state the downward flow of probability through any energy equals the upward jumps across it
/// (Guhathakurta & Draine 1989, doi:10.1086/167899, and Desert et al. 1986, in one equation for the density p):
///
///     p(H) Lambda(H) = integral_{H' < H} p(H') S(H - H') dH'
///
/// a Volterra equation of the second kind. Its trapezoidal rule, with the last interval integrated exactly against a
/// linear p, is a recursion upwards in H whose terms are all positive; it is second order in 1/N. Photons softer than a
/// level spacing are in the exact last interval, so none are lost. A grain that cools below the first level (2 K at
/// the lowest) waits there for its next photon. The levels are graded smoothly in ln T between
/// bounds where the energy flow p Lambda has fallen by 1e-13 (cold) and 1e-9 (hot), found by a coarse pass first, so
/// the result is smooth in the field.
///
/// Where rms(ln T) < narrow_width the distribution is a Gaussian with the variance of the linear-noise limit,
/// var(H) = M / (dLambda/dH), and the mean that conserves energy.
class DistributionSolver {
public:
    explicit DistributionSolver(DistributionOptions options = {}) : options_(options) {}
    /// Overwrites `result`. Not thread-safe: one solver per thread (it owns the work space).
    void solve(const GrainThermal& thermal, const Heating& heating, TemperatureDistribution& result);

private:
    struct Window {
        double low, high;  ///< positions on the temperature grid
    };
    [[nodiscard]] Window outer_window(const GrainThermal& thermal, const PhotonRates& rates, double equilibrium) const;
    /// Contribution of the intervals next to level i to the flow through it, integrated exactly for p linear in each.
    struct NearFlow {
        double flow;        ///< from the levels below i
        double own;         ///< coefficient of p_i
        double curvature;   ///< coefficient of -d2p/dH2: what a linear p leaves out
        std::size_t first;  ///< lowest level of these intervals
    };
    [[nodiscard]] NearFlow near_flow(const PhotonRates& rates, std::size_t i) const;
    [[nodiscard]] Window trimmed(const Window& window) const;
    void place_levels(const GrainThermal& thermal, const Window& window, std::size_t count);
    void recursion(const PhotonRates& rates);
    /// Flow through level i from the levels up to `last`, by the trapezoid with Gregory's weights at its upper end.
    [[nodiscard]] double far_flow(const PhotonRates& rates, std::size_t i, std::size_t last);
    void deposit(TemperatureDistribution& result, std::size_t size) const;

    DistributionOptions options_;
    double strength_ =
        1.0;  // a stronger field is a slower clock for cooling: everything is solved with Lambda / strength
    double ground_ = 0.0;  // probability of the energies below the first level, held there until the next photon
    std::vector<double> position_, enthalpy_, jacobian_, cooling_, density_;
    std::vector<double> energy_;   // enthalpy in units of the largest photon energy
    std::vector<double> content_;  // jacobian x density: what the trapezoid sums (half of it at the lowest level)
    std::size_t lowest_ = 0;       // lowest level from which a photon reaches the level in work
};

/// The Gaussian limit on its own (three Gauss-Hermite temperatures) of a grain that absorbs `power` [erg s-1].
void narrow_distribution(const GrainThermal& thermal, double power, double equilibrium, double width,
                         TemperatureDistribution& result);

}  // namespace ism::simulate::dust
