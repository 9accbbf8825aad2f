#include <ism/simulate/dust/photon_rates.hpp>

namespace ism::simulate::dust {

void PhotonRates::integrate() {
    integral.assign(table_size, 0.0);
    moment.assign(table_size, 0.0);
    const double first = energy(0, edge_energy);  // below the table S is constant
    integral[0] = rate[0] * first;
    moment[0] = 0.5 * rate[0] * first * first;
    for (std::size_t m = 0; m + 1 < table_size; ++m) {
        const double left = energy(m, edge_energy), right = energy(m + 1, edge_energy);
        const double width = right - left;
        integral[m + 1] = integral[m] + 0.5 * width * (rate[m] + rate[m + 1]);
        moment[m + 1] = moment[m] + width / 6.0 *
                                        (left * (2.0 * rate[m] + rate[m + 1]) + right * (rate[m] + 2.0 * rate[m + 1]));
    }
    power = integral.back();
    second_moment = moment.back();
}

PhotonRates::Integrals PhotonRates::integrals(double energy_above) const {
    const double first = energy(0, edge_energy);
    if (energy_above <= first) return {rate[0] * energy_above, 0.5 * rate[0] * energy_above * energy_above};
    std::size_t m = 0;
    const double t = locate(energy_above, m);
    const double left = energy(m, edge_energy);
    const double width = (energy(m + 1, edge_energy) - left) * t;
    const double right = left + width;
    const double end = rate[m] + t * (rate[m + 1] - rate[m]);
    return {integral[m] + 0.5 * width * (rate[m] + end),
            moment[m] + width / 6.0 * (left * (2.0 * rate[m] + end) + right * (rate[m] + 2.0 * end))};
}

}  // namespace ism::simulate::dust
