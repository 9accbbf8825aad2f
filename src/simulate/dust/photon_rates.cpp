#include <ism/simulate/dust/photon_rates.hpp>

namespace ism::simulate::dust {
namespace {

/// Integrals of S, x S and x^2 S from `left` to left + u, where S = s + slope (x - left).
PhotonRates::Integrals integrals_from(double left, double u, double s, double slope) {
    const double j0 = u * (s + slope * u * (1.0 / 2.0));
    const double j1 = u * u * (s * (1.0 / 2.0) + slope * u * (1.0 / 3.0));
    const double j2 = u * u * u * (s * (1.0 / 3.0) + slope * u * (1.0 / 4.0));
    return {j0, left * j0 + j1, left * (left * j0 + 2.0 * j1) + j2};
}

PhotonRates::Integrals sum(const PhotonRates::Integrals& a, const PhotonRates::Integrals& b) {
    return {a.i0 + b.i0, a.i1 + b.i1, a.i2 + b.i2};
}

}  // namespace

double PhotonRates::power_of(double edge_energy, const std::vector<double>& rate) {
    double sum = rate.front() * first_node;
    for (std::size_t m = 0; m + 1 < nodes; ++m) {
        const double width = node(m / pieces * pieces) / pieces;
        sum += 0.5 * width * (rate[m] + (m + 2 < nodes ? rate[m + 1] : 0.0));
    }
    return sum * edge_energy;
}

PhotonRates::PhotonRates(double edge_energy, const std::vector<double>& rate)
    : edge_energy_(edge_energy), total_(rate.front()), pieces_(nodes - 1), integrals_(nodes) {
    Integrals so_far = integrals_from(0.0, first_node, total_, 0.0);
    integrals_[0] = so_far;
    for (std::size_t m = 0; m + 1 < nodes; ++m) {
        const double left = node(m), width = node(m / pieces * pieces) / pieces;  // octaves start at whole `pieces`
        const double rise = (m + 2 < nodes ? rate[m + 1] : 0.0) - rate[m], slope = rise / width;
        pieces_[m] = {rate[m] - slope * left, slope};
        so_far = sum(so_far, integrals_from(left, width, rate[m], slope));
        integrals_[m + 1] = so_far;
    }
    power_ = so_far.i0 * edge_energy_;
    second_moment_ = so_far.i1 * edge_energy_ * edge_energy_;
}

PhotonRates PhotonRates::scaled(double factor) const {
    PhotonRates result = *this;
    for (Piece& piece : result.pieces_) piece = {factor * piece.intercept, factor * piece.slope};
    for (Integrals& at : result.integrals_) at = {factor * at.i0, factor * at.i1, factor * at.i2};
    for (double* value : {&result.power_, &result.second_moment_, &result.total_}) *value *= factor;
    return result;
}

void PhotonRates::add(const PhotonRates& other) {
    for (std::size_t m = 0; m < pieces_.size(); ++m) {
        pieces_[m].intercept += other.pieces_[m].intercept;
        pieces_[m].slope += other.pieces_[m].slope;
    }
    for (std::size_t m = 0; m < integrals_.size(); ++m) {
        integrals_[m].i0 += other.integrals_[m].i0;
        integrals_[m].i1 += other.integrals_[m].i1;
        integrals_[m].i2 += other.integrals_[m].i2;
    }
    power_ += other.power_;
    second_moment_ += other.second_moment_;
    total_ += other.total_;
}

PhotonRates::Integrals PhotonRates::integrals(double energy) const {
    const double x = energy / edge_energy_, unit = edge_energy_;
    Integrals found = integrals_.back();
    if (x < first_node) {
        found = integrals_from(0.0, x, total_, 0.0);
    } else if (x < 1.0) {
        const std::size_t m = index(x);
        const double left = node(m);
        const Piece& piece = pieces_[m];
        found = sum(integrals_[m], integrals_from(left, x - left, piece.intercept + piece.slope * left, piece.slope));
    }
    return {found.i0 * unit, found.i1 * unit * unit, found.i2 * unit * unit * unit};
}

}  // namespace ism::simulate::dust
