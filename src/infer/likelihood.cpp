#include <ism/infer/likelihood.hpp>

#include <algorithm>
#include <cmath>

#include <ism/base/errors.hpp>
#include <ism/base/text.hpp>
#include <ism/infer/normal.hpp>

namespace ism::infer {
namespace {

using Kind = Measurement::Kind;
constexpr double log_two_pi = 1.8378770664093454836;

[[noreturn]] void refuse(const std::string& where, const std::string& found, const std::string& allowed) {
    throw InputError({.where = where, .found = found, .allowed = allowed, .effect = "nothing was computed"});
}

void check_band(const Measurement& band, std::size_t groups, const std::string& where) {
    if (band.kind == Kind::missing) return;
    if (!std::isfinite(band.value)) refuse(where, "value " + to_text(band.value), "a finite number, or a missing band");
    if (!(band.error > 0) || !std::isfinite(band.error))
        refuse(where, "error " + to_text(band.error), "a positive number: the standard deviation of the noise");
    if (band.group != Measurement::no_group && band.group >= groups)
        refuse(where, "calibration group " + std::to_string(band.group),
               "one of the " + std::to_string(groups) + " groups of the observation, counted from 0");
}

/// Everything but the number of bands; `name_of(j)` names a band in errors.
template <class Name>
void check_values(const Observation& observation, const Name& name_of) {
    const std::size_t bands = observation.bands.size();
    for (std::size_t j = 0; j < bands; ++j) check_band(observation.bands[j], observation.groups.size(), name_of(j));
    for (const CalibrationGroup& group : observation.groups) {
        if (!(group.fraction > 0 && group.fraction < 1))
            refuse("calibration of " + group.name, "fraction " + to_text(group.fraction), "between 0 and 1");
    }
    if (!observation.floor.empty() && observation.floor.size() != bands)
        refuse("noise floor", std::to_string(observation.floor.size()) + " values",
               std::to_string(bands) + ", one for each band, or none");
    for (std::size_t j = 0; j < observation.floor.size(); ++j) {
        if (!(observation.floor[j] >= 0) || !std::isfinite(observation.floor[j]))
            refuse(name_of(j), "noise floor " + to_text(observation.floor[j]), "0 or a positive number");
    }
    if (std::all_of(observation.bands.begin(), observation.bands.end(),
                    [](const Measurement& band) { return band.kind == Kind::missing; }))
        refuse("observation", "every band is missing", "at least one detection or limit");
}

/// ln of a product of numbers >= 1: one logarithm for many of them.
class LogOfProduct {
public:
    void multiply(double factor) noexcept {
        product_ *= factor;
        if (product_ > 1e150) flush();
    }
    [[nodiscard]] double value() noexcept {
        flush();
        return sum_;
    }

private:
    void flush() noexcept {
        if (product_ != 1) sum_ += std::log(product_);
        product_ = 1;
    }
    double product_ = 1, sum_ = 0;
};

std::string label_of(const Axis& axis, std::size_t j) {
    if (!axis.labels.empty()) return axis.kind + " " + axis.labels[j];
    return axis.kind + " at " + to_text(axis.values[j], 6) + (axis.unit.empty() ? "" : " " + axis.unit);
}

}  // namespace

void check(const Observation& observation, const ModelInfo& info) {
    if (observation.bands.size() != info.output_count())
        refuse("observation", std::to_string(observation.bands.size()) + " bands",
               std::to_string(info.output_count()) + ", as model '" + info.name + "' has outputs");
    check_values(observation, [&](std::size_t j) { return label_of(info.axis, j); });
}

Likelihood::Likelihood(Observation observation) : observation_(std::move(observation)) {
    check_values(observation_, [](std::size_t j) { return "band " + std::to_string(j); });
    std::vector<Group> groups(observation_.groups.size() + 1);  // the last one: bands in no group
    for (std::size_t j = 0; j < observation_.bands.size(); ++j) {
        const Measurement& band = observation_.bands[j];
        if (band.kind == Kind::missing) continue;
        Group& group = groups[std::min(band.group, observation_.groups.size())];
        const double floor = observation_.floor.empty() ? 0 : observation_.floor[j];
        const double sign = band.kind == Kind::upper_limit ? 1 : band.kind == Kind::lower_limit ? -1 : 0;
        const double inverse = 1 / (band.error * band.error);
        group.terms.push_back({j, band.value, inverse, floor * floor * inverse, sign});
        if (sign == 0) group.log_norm -= 0.5 * log_two_pi + std::log(band.error);
    }
    for (std::size_t g = 0; g < groups.size(); ++g) {
        const bool calibrated = g < observation_.groups.size();
        groups[g].fraction = calibrated ? observation_.groups[g].fraction : 0;
        groups[g].sampled = calibrated && std::any_of(groups[g].terms.begin(), groups[g].terms.end(),
                                                      [](const Term& term) { return term.sign != 0; });
        if (groups[g].sampled) sampled_.push_back(g);
        if (!groups[g].terms.empty()) groups_.push_back(std::move(groups[g]));
    }
}

double Likelihood::evaluate(std::span<const double> fluxes, std::span<const double> calibration,
                            std::span<double> slopes, std::span<double> calibration_slopes) const noexcept {
    std::fill(slopes.begin(), slopes.end(), 0.0);
    double sum = 0;
    std::size_t latent = 0;
    for (const Group& group : groups_) {
        if (group.fraction > 0 && !group.sampled) {
            sum += integrated(group, fluxes, slopes);
            continue;
        }
        double c_slope = 0;
        sum += given(group, fluxes, group.sampled ? calibration[latent] : 0, slopes, c_slope);
        if (!group.sampled) continue;
        if (!calibration_slopes.empty()) calibration_slopes[latent] = c_slope;
        ++latent;
    }
    return sum;
}

/// Bands that are independent once c is given.
double Likelihood::given(const Group& group, std::span<const double> fluxes, double c, std::span<double> slopes,
                         double& c_slope) noexcept {
    const double factor = 1 + group.fraction * c;
    double sum = 0;
    LogOfProduct variances;
    for (const Term& term : group.terms) {
        const double m = fluxes[term.band], widening = 1 + term.floor2 * m * m;
        const double inverse = term.inverse / widening, distance = term.value - m * factor;
        const double chi2 = distance * distance * inverse;
        double along_mean = 0, along_log_variance = 0;  // derivatives of ln p
        if (term.sign == 0) {
            variances.multiply(widening);
            sum -= 0.5 * chi2;
            along_mean = distance * inverse;
            along_log_variance = 0.5 * (chi2 - 1);
        } else {
            const double root = std::sqrt(inverse), t = term.sign * distance * root;
            const ValueAndSlope below = log_normal_cumulative(t);
            sum += below.value;
            along_mean = -term.sign * below.slope * root;
            along_log_variance = -0.5 * below.slope * t;
        }
        c_slope += along_mean * m * group.fraction;
        if (!slopes.empty())
            slopes[term.band] = along_mean * factor + along_log_variance * 2 * term.floor2 * m / widening;
    }
    return sum - 0.5 * variances.value() + group.log_norm;
}

/// Detections whose common c is integrated out. With r = d - m, s^2 the variance of each band and v = f m,
///
///     -2 ln p = q - a^2 / (1 + b) + sum ln s^2 + ln(1 + b) + n ln 2 pi,   q = sum r^2/s^2, a = sum v r/s^2, b = sum
///     v^2/s^2
double Likelihood::integrated(const Group& group, std::span<const double> fluxes, std::span<double> slopes) noexcept {
    double q = 0, a = 0, b = 0;
    LogOfProduct variances;
    const double f = group.fraction;
    for (const Term& term : group.terms) {
        const double m = fluxes[term.band], widening = 1 + term.floor2 * m * m;
        const double r = term.value - m, inverse = term.inverse / widening;
        q += r * r * inverse;
        a += f * m * r * inverse;
        b += f * m * f * m * inverse;
        variances.multiply(widening);
    }
    const double product = 1 + b, ratio = a / product;
    variances.multiply(product);
    const double sum = -0.5 * (q - a * ratio + variances.value()) + group.log_norm;
    if (slopes.empty()) return sum;
    for (const Term& term : group.terms) {
        const double m = fluxes[term.band], widening = 1 + term.floor2 * m * m;
        const double r = term.value - m, inverse = term.inverse / widening;
        const double variance_slope = 2 * term.floor2 * m / widening;  // d ln s^2 / dm
        const double q_slope = -(2 + r * variance_slope) * r * inverse;
        const double a_slope = f * (r - m - m * r * variance_slope) * inverse;
        const double b_slope = f * f * m * (2 - m * variance_slope) * inverse;
        slopes[term.band] =
            -0.5 * (q_slope - 2 * ratio * a_slope + ratio * ratio * b_slope + variance_slope + b_slope / product);
    }
    return sum;
}

}  // namespace ism::infer
