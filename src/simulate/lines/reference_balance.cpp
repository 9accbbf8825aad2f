#include <cmath>

#include <Eigen/Dense>

#include <ism/simulate/lines/level_balance.hpp>

namespace ism::simulate::lines {
namespace {

/// Rates from -> to by collisions [s-1].
Eigen::MatrixXd collision_rates(const LevelSystem& system, const Conditions& cloud) {
    const auto n = static_cast<Eigen::Index>(system.size());
    Eigen::MatrixXd rates = Eigen::MatrixXd::Zero(n, n);
    for (const auto& partner : system.partners) {
        const auto [first, weight] = table_position(partner.temperatures, cloud.temperature);
        const std::size_t entries = partner.temperatures.size();
        const double density = cloud.density[static_cast<std::size_t>(partner.collider) - 1];
        for (std::size_t c = 0; c < system.pairs.size(); ++c) {
            const auto& pair = system.pairs[c];
            const auto from = static_cast<Eigen::Index>(pair.from), to = static_cast<Eigen::Index>(pair.to);
            double coefficient = partner.rates[c * entries + first];
            if (weight > 0.0)
                coefficient = (1.0 - weight) * coefficient + weight * partner.rates[c * entries + first + 1];
            rates(from, to) += density * coefficient;
            rates(to, from) +=
                density * coefficient * pair.weight_ratio * std::exp(-pair.temperature / cloud.temperature);
        }
    }
    return rates;
}

/// Populations in balance with rates from -> to; the equation of the first level gives way to the sum.
Eigen::VectorXd balanced(const Eigen::MatrixXd& rates) {
    Eigen::MatrixXd equations = rates.transpose();
    equations.diagonal().setZero();
    equations.diagonal() = -equations.colwise().sum().transpose();
    Eigen::VectorXd right = Eigen::VectorXd::Zero(rates.rows());
    equations.row(0).setOnes();
    right(0) = 1.0;
    return equations.partialPivLu().solve(right);
}

/// Net rates with the escape probabilities that populations x give; all photons escape where x is empty.
Eigen::MatrixXd with_lines(Eigen::MatrixXd rates, const LevelSystem& system, Geometry geometry, const Conditions& cloud,
                           const Eigen::VectorXd& x) {
    for (const auto& line : system.lines) {
        const auto u = static_cast<Eigen::Index>(line.upper), l = static_cast<Eigen::Index>(line.lower);
        double beta = 1.0;
        if (x.size() > 0) {
            const double tau = line.depth * cloud.column_per_width * (x(l) * line.weight_ratio - x(u));
            beta = escape_probability(geometry, tau).probability;
        }
        const double photons = occupation(line.temperature, cloud.background);
        rates(u, l) += beta * line.einstein_a * (1.0 + photons);
        rates(l, u) += beta * line.einstein_a * photons * line.weight_ratio;
    }
    return rates;
}

}  // namespace

Outcome solve_levels_reference(const LevelSystem& system, Geometry geometry, const Conditions& cloud,
                               std::span<double> populations) {
    constexpr int most_iterations = 20000;
    constexpr double kept = 0.7, floor = 1e-10, small = 1e-10;  // RADEX keeps 0.7 of the old populations too
    const Eigen::MatrixXd collisions = collision_rates(system, cloud);
    Eigen::VectorXd x = balanced(with_lines(collisions, system, geometry, cloud, {}));
    Outcome outcome{.iterations = 1};
    while (!outcome.converged && outcome.iterations < most_iterations) {
        const Eigen::VectorXd next = balanced(with_lines(collisions, system, geometry, cloud, x));
        outcome.converged = ((next - x).array().abs() <= small * next.array().abs().max(floor)).all();
        x = kept * x + (1.0 - kept) * next;
        ++outcome.iterations;
    }
    for (std::size_t i = 0; i < populations.size(); ++i) populations[i] = x(static_cast<Eigen::Index>(i));
    return outcome;
}

}  // namespace ism::simulate::lines
