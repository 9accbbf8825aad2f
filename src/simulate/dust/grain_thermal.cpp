#include <ism/simulate/dust/grain_thermal.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace ism::simulate::dust {

GrainThermal::State GrainThermal::at(double position) const {
    const CubicStencil s = cubic_stencil(position, enthalpy.size());
    State state{0.0, 0.0, 0.0};
    for (std::size_t k = 0; k < 4; ++k) {
        state.enthalpy += s.weights[k] * enthalpy[s.first + k];
        state.slope += s.weights[k] * slope[s.first + k];
        state.cooling += s.weights[k] * cooling[s.first + k];
    }
    return state;
}

double GrainThermal::equilibrium(double power) const {
    const auto right = std::lower_bound(cooling.begin(), cooling.end(), power);
    if (right == cooling.begin()) return 0.0;
    if (right == cooling.end()) return static_cast<double>(cooling.size() - 1);
    const auto k = static_cast<std::size_t>(right - cooling.begin());
    double position =
        static_cast<double>(k) - 1.0 + std::log(power / cooling[k - 1]) / std::log(cooling[k] / cooling[k - 1]);
    for (int i = 0; i < 2; ++i) {  // secant steps on the cubic
        const double found = at(position).cooling;
        position += std::log(power / found) / std::log(cooling[k] / cooling[k - 1]);
    }
    return position;
}

GrainThermal make_thermal(const GrainMaterial& material, double a, const std::vector<double>& cross_sections,
                          const TemperatureGrid& grid, const std::vector<double>& planck) {
    const HeatCapacity heat(material, a);
    const double volume = 4.0 / 3.0 * std::numbers::pi * a * a * a;
    const std::size_t wavelengths = cross_sections.size();
    GrainThermal thermal{grid, {}, {}, {}, {}};
    for (std::size_t k = 0; k < grid.size; ++k) {
        const double temperature = grid.temperature(k);
        thermal.enthalpy.push_back(volume * heat.enthalpy(temperature));
        thermal.slope.push_back(volume * heat.capacity(temperature) * temperature);
        double cooling = 0.0;
        for (std::size_t l = 0; l < wavelengths; ++l) cooling += cross_sections[l] * planck[k * wavelengths + l];
        thermal.cooling.push_back(cooling);
        double time = 0.0;
        if (k > 0) {
            time = thermal.cooling_time[k - 1] +
                   0.5 * grid.step * (thermal.slope[k - 1] / thermal.cooling[k - 1] + thermal.slope[k] / cooling);
        }
        thermal.cooling_time.push_back(time);
    }
    return thermal;
}

}  // namespace ism::simulate::dust
