#include <ism/simulate/dust/temperature_distribution.hpp>

#include <algorithm>
#include <cmath>

namespace ism::simulate::dust {
namespace {

constexpr double grading = 0.5;        // levels are (1+g)/(1-g) = 3 times denser at the hot end than at the cold one
constexpr double window_depth = 40.0;  // the outer window ends where the rough estimate of p has fallen by e^-40
constexpr double cold_level = 1e-13;   // the final window begins where the energy flow is this fraction of its top
constexpr double hot_level = 1e-9;     // and ends where it has fallen to this
constexpr double rescale_above = 1e200;
constexpr std::size_t exact_intervals = 3;

/// ln of the energy flow p Lambda for an exponential photon spectrum of the same power and second moment; its maximum
/// is at equilibrium. A closed form, and wider than the truth on both sides, so a safe first window.
double rough_log_flow(const GrainThermal& thermal, const PhotonRates& rates, double strength, std::size_t k) {
    const double photon = rates.second_moment() / rates.power();
    return (strength * rates.power() * thermal.cooling_time[k] - thermal.enthalpy[k]) / photon;
}

/// 1 / (1 - z), continued smoothly beyond z = 1/2: there the cold tail is steeper than the levels resolve.
double amplification(double z) {
    if (z < 0.5) return 1.0 / (1.0 - z);
    const double d = z - 0.5;
    return 2.0 + 4.0 * d + 8.0 * d * d;
}

/// Weight of the level `below` levels under the upper end of a sum over `intervals` intervals: Gregory's end
/// correction, all weights positive. S falls steeply there (soft photons), and the plain 1/2 would be 0.4 % off for
/// ever.
double upper_end_weight(std::size_t below, std::size_t intervals) {
    constexpr double gregory[3] = {3.0 / 8.0, 7.0 / 6.0, 23.0 / 24.0};
    if (intervals < 4) return below == 0 ? 0.5 : 1.0;
    return below < 3 ? gregory[below] : 1.0;
}

}  // namespace

void narrow_distribution(const GrainThermal& thermal, double power, double equilibrium, double width,
                         TemperatureDistribution& result) {
    const double spread = std::sqrt(3.0) * width / thermal.grid.step;
    double centre = equilibrium;
    const auto emitted = [&](double at) {
        return (thermal.at(at - spread).cooling + 4.0 * thermal.at(at).cooling + thermal.at(at + spread).cooling) / 6.0;
    };
    for (int i = 0; i < 3; ++i) {  // the mean energy is conserved
        const double here = emitted(centre), ahead = emitted(centre + 0.01);
        centre += 0.01 * std::log(power / here) / std::log(ahead / here);
    }
    result.narrow = true;
    result.level_position = {centre - spread, centre, centre + spread};
    result.level_weight = {1.0 / 6.0, 4.0 / 6.0, 1.0 / 6.0};
    result.level_density.clear();
    result.emitted = emitted(centre);
}

DistributionSolver::Window DistributionSolver::outer_window(const GrainThermal& thermal, const PhotonRates& rates,
                                                            double equilibrium) const {
    const auto last = thermal.enthalpy.size() - 1;
    const auto centre = static_cast<std::size_t>(std::clamp(equilibrium, 1.0, static_cast<double>(last - 1)));
    const double top = rough_log_flow(thermal, rates, strength_, centre);
    const auto crossing = [&](std::size_t inside, std::size_t outside) {
        const double f0 = top - rough_log_flow(thermal, rates, strength_, inside);
        const double f1 = top - rough_log_flow(thermal, rates, strength_, outside);
        const double t = std::clamp((window_depth - f0) / (f1 - f0), 0.0, 1.0);
        return static_cast<double>(inside) + t * (static_cast<double>(outside) - static_cast<double>(inside));
    };
    std::size_t low = centre, high = centre;
    while (low > 0 && top - rough_log_flow(thermal, rates, strength_, low) < window_depth) --low;
    while (high < last && top - rough_log_flow(thermal, rates, strength_, high) < window_depth) ++high;
    return {crossing(std::min(low + 1, centre), low), crossing(std::max(high - 1, centre), high)};
}

void DistributionSolver::place_levels(const GrainThermal& thermal, const Window& window, std::size_t count) {
    position_.resize(count);
    enthalpy_.resize(count);
    jacobian_.resize(count);
    cooling_.resize(count);
    density_.resize(count);
    const double span = window.high - window.low, step = 1.0 / static_cast<double>(count - 1);
    for (std::size_t i = 0; i < count; ++i) {
        const double s = static_cast<double>(i) * step;
        position_[i] = window.low + span * s * (1.0 + grading - grading * s);
        const GrainThermal::State state = thermal.at(position_[i]);
        enthalpy_[i] = state.enthalpy;
        cooling_[i] = state.cooling / strength_;
        jacobian_[i] = state.slope * thermal.grid.step * span * (1.0 + grading - 2.0 * grading * s) * step;
    }
}

DistributionSolver::NearFlow DistributionSolver::near_flow(const PhotonRates& rates, std::size_t i) const {
    NearFlow near{0.0, 0.0, 0.0, i};
    PhotonRates::Integrals inner{0.0, 0.0, 0.0};
    double x0 = 0.0;
    for (std::size_t k = 1; k <= exact_intervals && k <= i; ++k) {
        const double x1 = enthalpy_[i] - enthalpy_[i - k], width = x1 - x0;
        const PhotonRates::Integrals outer = rates.integrals(x1);
        const double i0 = outer.i0 - inner.i0, i1 = outer.i1 - inner.i1, i2 = outer.i2 - inner.i2;
        const double to_upper = (x1 * i0 - i1) / width;
        if (k == 1) {
            near.own = to_upper;
        } else {
            near.flow += to_upper * density_[i - k + 1];
        }
        near.flow += (i1 - x0 * i0) / width * density_[i - k];
        near.curvature += 0.5 * ((x0 + x1) * i1 - i2 - x0 * x1 * i0);
        inner = outer;
        x0 = x1;
        near.first = i - k;
    }
    return near;
}

double DistributionSolver::far_flow(const PhotonRates& rates, std::size_t i, std::size_t last) {
    const double top = energy_[i];
    while (energy_[lowest_] <= top - 1.0) ++lowest_;  // no photon is hard enough to jump from there to here
    const std::size_t middle_end = std::max(lowest_, last < 4 ? last : last - 2);
    double even = 0.0, odd = 0.0;
    std::size_t j = lowest_;
    for (; j + 1 < middle_end; j += 2) {
        even += content_[j] * rates.above_fraction(top - energy_[j]);
        odd += content_[j + 1] * rates.above_fraction(top - energy_[j + 1]);
    }
    double flow = even + odd;
    for (; j < middle_end; ++j) flow += content_[j] * rates.above_fraction(top - energy_[j]);
    for (; j <= last; ++j) {
        flow += upper_end_weight(last - j, last) * content_[j] * rates.above_fraction(top - energy_[j]);
    }
    return flow;
}

void DistributionSolver::recursion(const PhotonRates& rates) {
    const std::size_t count = enthalpy_.size();
    energy_.resize(count);
    content_.resize(count);
    for (std::size_t i = 0; i < count; ++i) energy_[i] = enthalpy_[i] / rates.edge_energy();
    lowest_ = 0;
    ground_ = 1e-200;
    density_[0] = ground_ * rates.total() / cooling_[0];
    content_[0] = 0.5 * jacobian_[0] * density_[0];  // the trapezoid's weight of its lower end
    for (std::size_t i = 1; i < count; ++i) {
        const NearFlow near = near_flow(rates, i);
        double flow = near.flow + ground_ * rates.above(enthalpy_[i] - enthalpy_[0]);
        if (near.first > 0) flow += far_flow(rates, i, near.first);
        const double self = amplification(near.own / cooling_[i]) / cooling_[i];
        density_[i] = flow * self;
        if (i >= 2) {
            const double h1 = enthalpy_[i] - enthalpy_[i - 1], h2 = enthalpy_[i - 1] - enthalpy_[i - 2];
            const double bend =
                2.0 * ((density_[i] - density_[i - 1]) / h1 - (density_[i - 1] - density_[i - 2]) / h2) / (h1 + h2);
            const double correction = near.curvature * bend;
            density_[i] = (flow - std::clamp(correction, -0.5 * flow, 0.5 * flow)) * self;
        }
        content_[i] = jacobian_[i] * density_[i];
        if (density_[i] * cooling_[i] > rescale_above) {
            for (std::size_t j = 0; j <= i; ++j) {
                density_[j] /= rescale_above;
                content_[j] /= rescale_above;
            }
            ground_ /= rescale_above;
        }
    }
}

DistributionSolver::Window DistributionSolver::trimmed(const Window& window) const {
    const std::size_t count = density_.size();
    std::vector<double> log_flow(count);
    double top = -1e300;
    for (std::size_t i = 0; i < count; ++i) {
        log_flow[i] = std::log(std::max(density_[i] * cooling_[i] * jacobian_[i], 1e-300));
        top = std::max(top, log_flow[i]);
    }
    const double cold = top + std::log(cold_level), hot = top + std::log(hot_level);
    const auto crossing = [&](std::size_t inside, std::size_t outside, double level) {
        const double t = (log_flow[inside] - level) / (log_flow[inside] - log_flow[outside]);
        return position_[inside] + t * (position_[outside] - position_[inside]);
    };
    Window result = window;
    std::size_t low = 0, high = count - 1;
    while (log_flow[low] < cold) ++low;
    while (log_flow[high] < hot) --high;
    if (low > 0) result.low = crossing(low, low - 1, cold);
    if (high + 1 < count) result.high = crossing(high, high + 1, hot);
    return result;
}

void DistributionSolver::deposit(TemperatureDistribution& result, std::size_t size) const {
    const auto first = cubic_stencil(result.level_position.front(), size).first;
    const auto last = cubic_stencil(result.level_position.back(), size).first + 3;
    result.first = first;
    result.probabilities.assign(last - first + 1, 0.0);
    for (std::size_t i = 0; i < result.level_position.size(); ++i) {
        const CubicStencil s = cubic_stencil(result.level_position[i], size);
        for (std::size_t k = 0; k < 4; ++k) {
            result.probabilities[s.first - first + k] += result.level_weight[i] * s.weights[k];
        }
    }
}

void DistributionSolver::solve(const GrainThermal& thermal, const Heating& heating, TemperatureDistribution& result) {
    strength_ = heating.strength();
    const PhotonRates& rates = heating.rates();
    const std::size_t size = thermal.enthalpy.size();
    const double power = heating.power();
    const double equilibrium = thermal.equilibrium(power);
    const GrainThermal::State state = thermal.at(equilibrium);
    const double ahead = thermal.at(equilibrium + 0.01).cooling;
    const double steepness = (ahead - state.cooling) / (0.01 * thermal.grid.step);          // dLambda/dlnT
    const double variance = strength_ * rates.second_moment() / (steepness * state.slope);  // of ln T
    result.absorbed = power;
    if (std::sqrt(variance) < options_.narrow_width) {
        narrow_distribution(thermal, power, equilibrium, std::sqrt(variance), result);
        deposit(result, size);
        return;
    }
    Window window = outer_window(thermal, rates, equilibrium);
    for (int pass = 0; pass < 2; ++pass) {
        place_levels(thermal, window, options_.search_levels);
        recursion(rates);
        window = trimmed(window);
    }
    place_levels(thermal, window, options_.levels);
    recursion(rates);
    result.narrow = false;
    result.level_position = position_;
    result.level_density = density_;
    result.level_weight.resize(options_.levels);
    double total = 0.0, emitted = 0.0;
    for (std::size_t i = 0; i < options_.levels; ++i) {
        const double end = i == 0 || i + 1 == options_.levels ? 0.5 : 1.0;
        result.level_weight[i] = end * density_[i] * jacobian_[i] + (i == 0 ? ground_ : 0.0);
        total += result.level_weight[i];
        emitted += result.level_weight[i] * cooling_[i];
    }
    for (double& weight : result.level_weight) weight /= total;
    for (double& density : result.level_density) density /= total;
    result.emitted = strength_ * emitted / total;
    deposit(result, size);
}

}  // namespace ism::simulate::dust
