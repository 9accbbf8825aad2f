#include <ism/simulate/dust/photon_rates.hpp>

namespace ism::simulate::dust {

namespace {

/// Integrals of S, x S and x^2 S from `left` to `right`, S linear between its values there.
PhotonRates::Integrals piece_integrals(double left, double right, double s_left, double s_right) {
    const double width = right - left, middle = 0.5 * (left + right), s_middle = 0.5 * (s_left + s_right);
    const double i0 = width * s_middle;  // Simpson's rule is exact up to x^2 S, a cubic
    const double i1 = width / 6.0 * (left * s_left + 4.0 * middle * s_middle + right * s_right);
    const double i2 = width / 6.0 * (left * left * s_left + 4.0 * middle * middle * s_middle + right * right * s_right);
    return {i0, i1, i2};
}

}  // namespace

void PhotonRates::integrate() {
    integral.assign(table_size, 0.0);
    moment.assign(table_size, 0.0);
    moment2.assign(table_size, 0.0);
    const double first = energy(0, edge_energy);  // below the table S is constant
    integral[0] = rate[0] * first;
    moment[0] = rate[0] * first * first / 2.0;
    moment2[0] = rate[0] * first * first * first / 3.0;
    for (std::size_t m = 0; m + 1 < table_size; ++m) {
        const auto [i0, i1, i2] =
            piece_integrals(energy(m, edge_energy), energy(m + 1, edge_energy), rate[m], rate[m + 1]);
        integral[m + 1] = integral[m] + i0;
        moment[m + 1] = moment[m] + i1;
        moment2[m + 1] = moment2[m] + i2;
    }
    power = integral.back();
    second_moment = moment.back();
}

PhotonRates PhotonRates::scaled(double factor) const {
    PhotonRates result = *this;
    for (auto* table : {&result.rate, &result.integral, &result.moment, &result.moment2}) {
        for (double& value : *table) value *= factor;
    }
    result.power *= factor;
    result.second_moment *= factor;
    return result;
}

void PhotonRates::add(const PhotonRates& other) {
    const auto sum = [](std::vector<double>& here, const std::vector<double>& there) {
        for (std::size_t m = 0; m < here.size(); ++m) here[m] += there[m];
    };
    sum(rate, other.rate);
    sum(integral, other.integral);
    sum(moment, other.moment);
    sum(moment2, other.moment2);
    power += other.power;
    second_moment += other.second_moment;
}

PhotonRates::Integrals PhotonRates::integrals(double up_to) const {
    if (up_to <= energy(0, edge_energy)) {
        return {rate[0] * up_to, rate[0] * up_to * up_to / 2.0, rate[0] * up_to * up_to * up_to / 3.0};
    }
    std::size_t m = 0;
    const double t = locate(up_to, m);
    const double left = energy(m, edge_energy);
    const double right = left + t * (energy(m + 1, edge_energy) - left);
    const auto [i0, i1, i2] = piece_integrals(left, right, rate[m], rate[m] + t * (rate[m + 1] - rate[m]));
    return {integral[m] + i0, moment[m] + i1, moment2[m] + i2};
}

}  // namespace ism::simulate::dust
