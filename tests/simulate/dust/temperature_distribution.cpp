// The fast solver against the readable one, against equilibrium and against energy conservation, on a grain whose
// properties are formulae: C = 3e7 T^2/(T^2 + 200^2) erg K-1 cm-3, Q_abs = a / 0.1 um x (1 um / lambda)^1.5 (at most
// 1).
#include <ism/simulate/dust/temperature_distribution.hpp>

#include <cmath>
#include <numbers>
#include <vector>

#include <check_relative.hpp>
#include <doctest/doctest.h>

#include <ism/base/axis.hpp>
#include <ism/base/constants.hpp>
#include <ism/simulate/dust/grain_ensemble.hpp>
#include <ism/simulate/dust/reference_distribution.hpp>

using namespace ism;
using namespace ism::simulate::dust;

namespace {

std::shared_ptr<const GrainMaterial> toy_material() {
    auto material = std::make_shared<GrainMaterial>();
    material->name = "toy";
    material->sizes = log_spaced(3e-8, 1e-4, 60);
    material->wavelengths = log_spaced(0.04e-4, 1.0, 600);
    for (const double a : material->sizes) {
        for (const double wavelength : material->wavelengths) {
            material->q_abs.push_back(std::min(1.0, a / 1e-5 * std::pow(1e-4 / wavelength, 1.5)));
            material->q_sca.push_back(0.0);
        }
    }
    material->heat_sizes = {1e-7};
    material->temperatures = log_spaced(0.1, 5000.0, 80);
    for (const double t : material->temperatures) {
        material->log_heat_capacity.push_back(std::log10(3e7 * t * t / (t * t + 4e4)));
    }
    return material;
}

const TemperatureGrid grid{2.0, 0.02, 436};

/// S(E) of a toy grain in the Mathis field, from the formulae and the field alone: the photons of 40,000 equal steps in
/// ln lambda, added up once; between two of them S is linear.
class PhotonsAbove {
public:
    explicit PhotonsAbove(double a) {
        constexpr double photon_energy = constants::planck * constants::speed_of_light;
        const RadiationField field = mathis_field();
        double sum = 0.0;
        for (std::size_t i = 0; i <= steps; ++i) {
            const double wavelength = lyman_edge * std::exp(step() * (static_cast<double>(i) + 0.5));
            const double q = std::min(1.0, a / 1e-5 * std::pow(1e-4 / wavelength, 1.5));
            sums_.push_back(sum);
            sum +=
                step() * wavelength * std::numbers::pi * a * a * q * field.at(wavelength) * wavelength / photon_energy;
        }
        edge_ = photon_energy / lyman_edge;
    }
    double operator()(double energy) const {
        if (energy >= edge_) return 0.0;
        const double at = std::min(std::log(edge_ / energy) / step(), static_cast<double>(steps) - 1e-6);
        const auto i = static_cast<std::size_t>(at);
        return sums_[i] + (at - static_cast<double>(i)) * (sums_[i + 1] - sums_[i]);
    }

private:
    static constexpr std::size_t steps = 40000;
    static double step() { return std::log(1.0 / lyman_edge) / steps; }  // to 1 cm
    std::vector<double> sums_;
    double edge_ = 0.0;
};

struct Toy {
    GrainEnsemble ensemble;
    std::vector<PhotonRates> rates;
    std::vector<PhotonsAbove> photons;  // the same for the reference, by other means

    explicit Toy(const std::vector<double>& sizes)
        : ensemble(toy_material(), JointedSizes{sizes}, {3e-4, 10e-4, 60e-4}, grid),
          rates(ensemble.absorption_table(mathis_field(), lyman_edge).rates(mathis_field())),
          photons(sizes.begin(), sizes.end()) {}
    [[nodiscard]] TemperatureDistribution solve(std::size_t size, double strength,
                                                DistributionOptions options = {}) const {
        TemperatureDistribution result;
        DistributionSolver(options).solve(ensemble.thermal(size), Heating(rates[size], strength), result);
        return result;
    }
};

template <class F>
double mean(const TemperatureDistribution& distribution, F f) {
    double sum = 0.0;
    for (std::size_t i = 0; i < distribution.level_weight.size(); ++i) {
        sum += distribution.level_weight[i] * f(grid.low * std::exp(grid.step * distribution.level_position[i]));
    }
    return sum;
}

/// <f> rescaled to the absorbed energy, as the emission of the model is.
template <class F>
double rescaled_mean(const TemperatureDistribution& distribution, F f) {
    return mean(distribution, f) * distribution.absorbed / distribution.emitted;
}

/// <f> of the reference, its first-order error taken out with two runs.
template <class F>
double reference_mean(const Toy& toy, std::size_t size, double strength, const TemperatureDistribution& fast, F f) {
    const GrainThermal& thermal = toy.ensemble.thermal(size);
    const ReferenceGrain grain{[&](double t) { return thermal.at(grid.position(t)).enthalpy; },
                               [&](double t) { return thermal.at(grid.position(t)).cooling; },
                               [&](double e) { return strength * toy.photons[size](e); }};
    const double low = grid.low * std::exp(grid.step * fast.level_position.front());
    const double high = grid.low * std::exp(grid.step * fast.level_position.back());
    double result[2];
    for (std::size_t k = 0; k < 2; ++k) {
        const auto reference = reference_distribution(grain, low, high, 1000 * (k + 1));
        result[k] = 0.0;
        for (std::size_t i = 0; i < reference.temperatures.size(); ++i) {
            result[k] += reference.probabilities[i] * f(reference.temperatures[i]);
        }
    }
    return 2.0 * result[1] - result[0];
}

}  // namespace

TEST_CASE("the fast solver agrees with the transition matrix of Guhathakurta & Draine") {
    const Toy toy({5e-8, 1e-7, 3e-7, 8e-7});
    for (std::size_t size = 0; size < 4; ++size) {
        for (const double strength : {1.0, 1e3}) {
            CAPTURE(size);
            CAPTURE(strength);
            const auto fast = toy.solve(size, strength);
            REQUIRE(!fast.narrow);
            for (const double wavelength : {10e-4, 30e-4, 100e-4}) {
                CAPTURE(wavelength);
                const auto planck = [&](double t) { return planck_lambda(wavelength, t); };
                CHECK_RELATIVE(rescaled_mean(fast, planck), reference_mean(toy, size, strength, fast, planck), 0.01);
            }
        }
    }
}

TEST_CASE("every size and field: probabilities add to one, emitted energy is absorbed energy") {
    const Toy toy({3.5e-8, 5e-8, 1e-7, 3e-7, 1e-6, 3e-6, 1e-5, 1e-4});
    for (std::size_t size = 0; size < 8; ++size) {
        for (const double strength : {1e-2, 1.0, 1e2, 1e4, 1e6}) {
            CAPTURE(size);
            CAPTURE(strength);
            const auto fast = toy.solve(size, strength);
            CHECK_RELATIVE(mean(fast, [](double) { return 1.0; }), 1.0, 1e-12);
            CHECK_RELATIVE(fast.emitted, fast.absorbed, 0.01);
            for (const double weight : fast.level_weight) REQUIRE(weight >= 0.0);
        }
    }
}

TEST_CASE("a large grain has the temperature of equilibrium") {
    const Toy toy({1e-4});
    const auto fast = toy.solve(0, 1.0);
    REQUIRE(fast.narrow);
    const double equilibrium = grid.low * std::exp(grid.step * toy.ensemble.thermal(0).equilibrium(fast.absorbed));
    CHECK_RELATIVE(mean(fast, [](double t) { return t; }), equilibrium, 1e-4);
    CHECK_RELATIVE(toy.ensemble.thermal(0).at(grid.position(equilibrium)).cooling, fast.absorbed, 1e-4);
}

TEST_CASE("the switch to a Gaussian cannot be seen") {
    const Toy toy(log_spaced(1e-6, 2e-5, 40));
    DistributionOptions tighter, never;
    tighter.narrow_width = 0.010;  // the default is 0.012: grains between the two are at the switch
    never.narrow_width = 1e-6;
    never.levels = 400;
    int seen = 0;
    for (std::size_t size = 0; size < 40; ++size) {
        for (const double strength : {1.0, 1e3}) {
            const auto gauss = toy.solve(size, strength), full = toy.solve(size, strength, never);
            if (!gauss.narrow || toy.solve(size, strength, tighter).narrow) continue;
            ++seen;
            for (const double wavelength : {60e-4, 150e-4, 500e-4}) {
                CAPTURE(size);
                CAPTURE(wavelength);
                const auto planck = [&](double t) { return planck_lambda(wavelength, t); };
                CHECK_RELATIVE(rescaled_mean(gauss, planck), rescaled_mean(full, planck), 1e-3);
            }
        }
    }
    CHECK(seen >= 2);
}

TEST_CASE("second order: four times the levels change the mean emission by less than 0.3 %") {
    const Toy toy({5e-8, 3e-7, 1e-6});
    DistributionOptions fine;
    fine.levels = 400;
    for (std::size_t size = 0; size < 3; ++size) {
        const auto coarse = toy.solve(size, 1.0), converged = toy.solve(size, 1.0, fine);
        for (const double wavelength : {10e-4, 60e-4}) {
            const auto planck = [&](double t) { return planck_lambda(wavelength, t); };
            CHECK_RELATIVE(rescaled_mean(coarse, planck), rescaled_mean(converged, planck), 3e-3);
        }
    }
}
