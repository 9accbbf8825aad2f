#include <ism/infer/likelihood.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <utility>

#include <ism/base/errors.hpp>
#include <ism/base/text.hpp>
#include <ism/infer/normal.hpp>

namespace ism::infer {
namespace {

using Kind = Measurement::Kind;
constexpr double log_two_pi = 1.8378770664093454836;
constexpr std::size_t most_limits = 128;  // in one calibration group

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

void check_multiplicative(const Observation& observation, std::size_t j, const std::string& where) {
    const double s = observation.multiplicative[j];
    if (!(s == 0 || (s >= least_multiplicative && s <= most_multiplicative)))
        refuse(where, "multiplicative error " + to_text(s),
               "0, or " + to_text(least_multiplicative) + " .. " + to_text(most_multiplicative) +
                   ": the standard deviation of its ln");
    const Measurement& line = observation.bands[j];
    if (s > 0 && line.kind != Kind::missing && line.group != Measurement::no_group)
        refuse(where, "a multiplicative error of its own and the calibration of " + observation.groups[line.group].name,
               "one of them");
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
    if (!observation.multiplicative.empty() && observation.multiplicative.size() != bands)
        refuse("multiplicative errors", std::to_string(observation.multiplicative.size()) + " values",
               std::to_string(bands) + ", one for each line, or none");
    for (std::size_t j = 0; j < observation.multiplicative.size(); ++j)
        check_multiplicative(observation, j, name_of(j));
    for (std::size_t g = 0; g < observation.groups.size(); ++g) {
        const auto limits = std::count_if(observation.bands.begin(), observation.bands.end(), [g](const auto& band) {
            return band.group == g && (band.kind == Kind::upper_limit || band.kind == Kind::lower_limit);
        });
        if (static_cast<std::size_t>(limits) > most_limits)
            refuse("calibration of " + observation.groups[g].name, std::to_string(limits) + " limits",
                   "at most " + std::to_string(most_limits) + " limits that share a calibration factor");
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

/// Distance of a flux from a limit, in standard deviations, positive where the limit holds, and its slope along the
/// flux.
struct Distance {
    Distance(double limit, double inverse, double floor2, double sign, double m) {
        const double widening = 1 + floor2 * m * m, root = std::sqrt(inverse / widening);
        sigmas = sign * (limit - m) * root;
        per_sigma = sign * m * root;
        slope = -sign * root - sigmas * floor2 * m / widening;
        per_sigma_slope = sign * root / widening;
    }
    double sigmas, slope;
    double per_sigma, per_sigma_slope;  ///< flux over its deviation: by how much a calibration factor moves it
};

/// A limit seen from a calibration factor u that is normal (0, 1): its chance is Phi(distance - tilt u).
struct TiltedLimit {
    double distance, tilt;
    double along_distance = 0, along_tilt = 0;  ///< derivatives of ln of the mean chance
};

/// ln of the mean of Phi(distance - tilt u) over u.
double log_mean_chance(TiltedLimit& limit) noexcept {
    const double width = std::sqrt(1 + limit.tilt * limit.tilt), t = limit.distance / width;
    const ValueAndSlope below = log_normal_cumulative(t);
    limit.along_distance = below.slope / width;
    limit.along_tilt = -below.slope * t * limit.tilt / (width * width);
    return below.value;
}

/// Where exp(-u^2/2) prod Phi(distance - tilt u) is largest, and the deviation of the normal with its curvature there;
/// by Newton's steps on a concave function.
std::pair<double, double> peak_of(std::span<const TiltedLimit> limits) noexcept {
    constexpr int most_steps = 50;
    constexpr double longest_step = 3, precision = 1e-7;
    double u = 0, curvature = 1;
    for (int i = 0; i < most_steps; ++i) {
        double slope = -u;
        curvature = 1;
        for (const TiltedLimit& limit : limits) {
            const double t = limit.distance - limit.tilt * u, ratio = log_normal_cumulative(t).slope;
            slope -= limit.tilt * ratio;
            curvature += limit.tilt * limit.tilt * ratio * (t + ratio);
        }
        const double step = std::clamp(slope / curvature, -longest_step, longest_step);
        u += step;
        if (!(std::abs(step) > precision)) break;
    }
    return {u, 1 / std::sqrt(curvature)};
}

/// Nodes x > 0 and ln(weight exp(x^2)) of Gauss-Hermite quadrature of order 16, weight exp(-x^2).
struct Node {
    double x, log_weight;
};
constexpr Node nodes[] = {
    {0.27348104613815244, -0.6026207792767783}, {0.8229514491446559, -0.5934069056473787},
    {1.3802585391988809, -0.5740888178776504},  {1.9517879909162539, -0.5425790095739411},
    {2.5462021578474814, -0.4947276307888995},  {3.176999161979956, -0.4219670092986956},
    {3.869447904860123, -0.3034786882399878},   {4.688738939305819, -0.0652059514099399},
};

/// ln of the mean over u of the product of the chances of two limits or more.
double log_mean_chance(std::span<TiltedLimit> limits) noexcept {
    const auto [peak, deviation] = peak_of(limits);
    struct Seen {
        double u, log_weight;
    } seen[2 * std::size(nodes)];
    double largest = -std::numeric_limits<double>::infinity(), total = 0;
    for (std::size_t k = 0; k < std::size(seen); ++k) {
        const Node& node = nodes[k / 2];
        const double u = peak + (k % 2 == 0 ? 1 : -1) * std::numbers::sqrt2 * deviation * node.x;
        double log_weight = node.log_weight - 0.5 * u * u;
        for (const TiltedLimit& limit : limits)
            log_weight += log_normal_cumulative(limit.distance - limit.tilt * u).value;
        seen[k] = {u, log_weight};
        largest = std::max(largest, log_weight);
    }
    for (Seen& one : seen) total += one.log_weight = std::exp(one.log_weight - largest);
    for (TiltedLimit& limit : limits) {
        for (const Seen& one : seen) {
            const double ratio = log_normal_cumulative(limit.distance - limit.tilt * one.u).slope;
            limit.along_distance += one.log_weight / total * ratio;
            limit.along_tilt -= one.log_weight / total * ratio * one.u;
        }
    }
    return largest + std::log(total * deviation / std::sqrt(std::numbers::pi));
}

/// ln of the density of a line that was detected, or of the chance of a censored one.
ValueAndSlope log_chance_of(const Measurement& line, const LineNoise& noise, double intensity, bool sloped) noexcept {
    if (line.kind == Kind::detection) return log_line_density(intensity, line.value, noise);
    return line.kind == Kind::upper_limit ? log_line_below(intensity, line.value, noise, sloped)
                                          : log_line_above(intensity, line.value, noise, sloped);
}

std::string label_of(const Axis& axis, std::size_t j) {
    if (!axis.labels.empty()) return axis.kind + " " + axis.labels[j];
    return axis.kind + " at " + to_text(axis.values[j], 6) + (axis.unit.empty() ? "" : " " + axis.unit);
}

}  // namespace

LineNoise line_noise_of(const Observation& observation, std::size_t b) {
    const double s = observation.multiplicative.empty() ? 0 : observation.multiplicative[b];
    const double floor = observation.floor.empty() ? 0 : observation.floor[b];
    return {observation.bands[b].error, s > 0 ? std::min(std::hypot(s, floor), most_multiplicative) : 0};
}

void check(const Observation& observation, const ModelInfo& info) {
    if (observation.bands.size() != info.output_count())
        refuse("observation", std::to_string(observation.bands.size()) + " bands",
               std::to_string(info.output_count()) + ", as model '" + info.name + "' has outputs");
    check_values(observation, [&](std::size_t j) { return label_of(info.axis, j); });
}

Likelihood::Likelihood(Observation observation) : observation_(std::move(observation)) {
    check_values(observation_, [](std::size_t j) { return "band " + std::to_string(j); });
    std::vector<Group> groups(observation_.groups.size() + 1);  // the last one: bands in no group
    for (std::size_t g = 0; g < observation_.groups.size(); ++g) groups[g].fraction = observation_.groups[g].fraction;
    for (std::size_t j = 0; j < observation_.bands.size(); ++j) {
        const Measurement& band = observation_.bands[j];
        if (band.kind == Kind::missing) continue;
        if (const LineNoise noise = line_noise_of(observation_, j); noise.multiplicative > 0) {
            lines_.push_back({j, band, noise});
            continue;
        }
        Group& group = groups[std::min(band.group, observation_.groups.size())];
        const double floor = observation_.floor.empty() ? 0 : observation_.floor[j];
        const double sign = band.kind == Kind::upper_limit ? 1 : band.kind == Kind::lower_limit ? -1 : 0;
        const double inverse = 1 / (band.error * band.error);
        (sign == 0 ? group.detections : group.limits)
            .push_back({j, band.value, inverse, floor * floor * inverse, sign});
        if (sign == 0) group.log_norm -= 0.5 * log_two_pi + std::log(band.error);
    }
    for (Group& group : groups) {
        if (!group.detections.empty() || !group.limits.empty()) groups_.push_back(std::move(group));
    }
}

double Likelihood::evaluate(std::span<const double> fluxes, std::span<double> slopes) const noexcept {
    std::fill(slopes.begin(), slopes.end(), 0.0);
    double sum = 0;
    for (const Group& group : groups_)
        sum += group.fraction > 0 ? calibrated(group, fluxes, slopes) : independent(group, fluxes, slopes);
    for (const Line& line : lines_) {
        const ValueAndSlope of = log_chance_of(line.seen, line.noise, fluxes[line.band], !slopes.empty());
        sum += of.value;
        if (!slopes.empty()) slopes[line.band] = of.slope;
    }
    return sum;
}

double Likelihood::independent(const Group& group, std::span<const double> fluxes, std::span<double> slopes) noexcept {
    double sum = 0;
    LogOfProduct variances;
    for (const Term& term : group.detections) {
        const double m = fluxes[term.band], widening = 1 + term.floor2 * m * m;
        const double inverse = term.inverse / widening, distance = term.value - m, chi2 = distance * distance * inverse;
        variances.multiply(widening);
        sum -= 0.5 * chi2;
        if (!slopes.empty()) slopes[term.band] = distance * inverse + (chi2 - 1) * term.floor2 * m / widening;
    }
    for (const Term& term : group.limits) {
        const Distance distance(term.value, term.inverse, term.floor2, term.sign, fluxes[term.band]);
        const ValueAndSlope below = log_normal_cumulative(distance.sigmas);
        sum += below.value;
        if (!slopes.empty()) slopes[term.band] = below.slope * distance.slope;
    }
    return sum - 0.5 * variances.value() + group.log_norm;
}

double Likelihood::of_limits(const Group& group, double mean, double deviation, std::span<const double> fluxes,
                             std::span<double> slopes, double& along_mean, double& along_deviation) noexcept {
    std::array<TiltedLimit, most_limits> room;
    const std::span limits = std::span(room).first(group.limits.size());
    const auto seen = [&](const Term& term) {
        return Distance(term.value, term.inverse, term.floor2, term.sign, fluxes[term.band]);
    };
    for (std::size_t i = 0; i < limits.size(); ++i) {
        const Distance distance = seen(group.limits[i]);
        const double tilt = group.fraction * distance.per_sigma;
        limits[i] = {distance.sigmas - tilt * mean, tilt * deviation};
    }
    const double sum = limits.size() == 1 ? log_mean_chance(limits.front()) : log_mean_chance(limits);
    for (std::size_t i = 0; i < limits.size(); ++i) {
        const Distance distance = seen(group.limits[i]);
        const double tilt = group.fraction * distance.per_sigma;
        along_mean -= limits[i].along_distance * tilt;
        along_deviation += limits[i].along_tilt * tilt;
        if (slopes.empty()) continue;
        const double along_tilt = limits[i].along_tilt * deviation - limits[i].along_distance * mean;
        slopes[group.limits[i].band] =
            limits[i].along_distance * distance.slope + along_tilt * group.fraction * distance.per_sigma_slope;
    }
    return sum;
}

/// Bands whose common c is integrated out. With r = d - m, s^2 the variance of each detection and v = f m,
///
///     -2 ln p = q - a^2 / (1 + b) + sum ln s^2 + ln(1 + b) + n ln 2 pi,   q = sum r^2/s^2, a = sum v r/s^2, b = sum
///     v^2/s^2
///
/// for the detections, after which c is normal with mean a / (1 + b) and variance 1 / (1 + b); the limits contribute ln
/// of the mean of their chances over it.
double Likelihood::calibrated(const Group& group, std::span<const double> fluxes, std::span<double> slopes) noexcept {
    double q = 0, a = 0, b = 0;
    LogOfProduct variances;
    const double f = group.fraction;
    for (const Term& term : group.detections) {
        const double m = fluxes[term.band], widening = 1 + term.floor2 * m * m;
        const double r = term.value - m, inverse = term.inverse / widening;
        q += r * r * inverse;
        a += f * m * r * inverse;
        b += f * m * f * m * inverse;
        variances.multiply(widening);
    }
    const double product = 1 + b, mean = a / product, deviation = 1 / std::sqrt(product);
    variances.multiply(product);
    double sum = -0.5 * (q - a * mean + variances.value()) + group.log_norm;
    double along_mean = 0, along_deviation = 0;  // derivatives of ln p of the limits
    if (!group.limits.empty()) sum += of_limits(group, mean, deviation, fluxes, slopes, along_mean, along_deviation);
    if (slopes.empty()) return sum;
    for (const Term& term : group.detections) {
        const double m = fluxes[term.band], widening = 1 + term.floor2 * m * m;
        const double r = term.value - m, inverse = term.inverse / widening;
        const double variance_slope = 2 * term.floor2 * m / widening;  // d ln s^2 / dm
        const double q_slope = -(2 + r * variance_slope) * r * inverse;
        const double a_slope = f * (r - m - m * r * variance_slope) * inverse;
        const double b_slope = f * f * m * (2 - m * variance_slope) * inverse;
        slopes[term.band] =
            -0.5 * (q_slope - 2 * mean * a_slope + mean * mean * b_slope + variance_slope + b_slope / product) +
            along_mean * (a_slope - mean * b_slope) / product - along_deviation * 0.5 * deviation * b_slope / product;
    }
    return sum;
}

}  // namespace ism::infer
