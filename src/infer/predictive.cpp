#include <ism/infer/predictive.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace ism::infer {
namespace {

bool is_detection(const Measurement& one) { return one.kind == Measurement::Kind::detection; }

/// Sums over the detections that share a calibration factor: r = d - m, s^2 = noise and floor, v = fraction x m.
struct GroupSums {
    double rr = 0.0, rv = 0.0, vv = 0.0;  ///< of r^2, r v and v^2, each over s^2
    /// r^T (diag(s^2) + v v^T)^-1 r, Sherman & Morrison 1950, doi:10.1214/aoms/1177729893.
    [[nodiscard]] double chi_square() const { return rr - rv * rv / (1.0 + vv); }
};

}  // namespace

double chi_square_survival(double chi_square, std::size_t freedom) {
    const double x = 0.5 * chi_square;
    const bool odd = freedom % 2 == 1;
    double term = odd ? 2.0 * std::sqrt(x / std::numbers::pi) * std::exp(-x) : std::exp(-x);
    double sum = odd ? std::erfc(std::sqrt(x)) : 0.0;
    for (std::size_t j = 0; j < freedom / 2; ++j) {
        sum += term;
        term *= x / (static_cast<double>(j) + (odd ? 1.5 : 1.0));
    }
    return std::isnan(sum) ? sum : std::min(sum, 1.0);
}

double chi_square(const Observation& observation, std::span<const double> fluxes) {
    std::vector<GroupSums> groups(observation.groups.size());
    double alone = 0.0;
    for (std::size_t b = 0; b < observation.bands.size(); ++b) {
        const Measurement& one = observation.bands[b];
        if (!is_detection(one)) continue;
        if (const LineNoise noise = line_noise_of(observation, b); noise.multiplicative > 0) {
            alone += std::pow(line_residual(fluxes[b], one.value, noise), 2);
            continue;
        }
        const double floor = observation.floor.empty() ? 0.0 : observation.floor[b] * fluxes[b];
        const double r = one.value - fluxes[b], inverse = 1.0 / (one.error * one.error + floor * floor);
        if (one.group == Measurement::no_group) {
            alone += r * r * inverse;
            continue;
        }
        const double v = observation.groups[one.group].fraction * fluxes[b];
        GroupSums& sums = groups[one.group];
        sums.rr += r * r * inverse;
        sums.rv += r * v * inverse;
        sums.vv += v * v * inverse;
    }
    for (const GroupSums& sums : groups) alone += sums.chi_square();
    return alone;
}

double predictive_p(const Observation& observation, std::span<const double> fluxes) {
    const std::size_t bands = observation.bands.size(), draws = bands == 0 ? 0 : fluxes.size() / bands;
    const auto detections =
        static_cast<std::size_t>(std::count_if(observation.bands.begin(), observation.bands.end(), is_detection));
    if (draws == 0 || detections == 0) return std::nan("");
    double chance = 0.0;
    for (std::size_t i = 0; i < draws; ++i)
        chance += chi_square_survival(chi_square(observation, fluxes.subspan(i * bands, bands)), detections);
    return chance / static_cast<double>(draws);
}

std::vector<double> thinned(const Posterior& posterior, std::size_t most) {
    const std::size_t all = posterior.chains * posterior.length, dimension = posterior.dimension();
    const std::size_t count = std::min(all, most);
    std::vector<double> points;
    for (std::size_t i = 0; i < count; ++i) {
        const auto draw = std::span(posterior.draws).subspan(i * all / count * dimension, dimension);
        points.insert(points.end(), draw.begin(), draw.end());
    }
    return points;
}

}  // namespace ism::infer
