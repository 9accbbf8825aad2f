#include <ism/infer/line_noise.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "line_nodes.hpp"

namespace ism::infer {
namespace {

constexpr double log_two_pi = 1.8378770664093454836;
constexpr double least_exponent = 25;  // what is smaller than the largest integrand by its exp is left out
constexpr double longest_step = 0.5;   // in t, where no factor is narrower than a normal density
constexpr double negative_scale = 10;  // deep below zero the noise falls as exp(eta q): steps shrink with it
constexpr double faintest = 1e-10;     // f (1 + |y| / additive) / additive below which one power of f is enough
constexpr double farthest = 100;       // sigmas; beyond, only the surroundings of the peak are summed
constexpr double around_peak = 40;     // in t
constexpr double smooth_s = 0.3;       // up to it, and where the intensity's width is below the noise, see below

/// One measurement in units of its additive noise.
struct Line {
    Line(double f, double y, const LineNoise& noise)
        : s(noise.multiplicative),
          eta(y / noise.additive),
          intensity(f / noise.additive),
          log_sq(std::log(s * intensity) - 0.5 * s * s),
          c(-log_sq / s) {}
    double s, eta, intensity;
    double log_sq;  // of s q at e = 0
    double c;

    [[nodiscard]] bool faint() const noexcept { return intensity * (1 + std::abs(eta)) < faintest; }
    [[nodiscard]] double q_at(double e) const noexcept { return std::exp(log_sq + s * e) / s; }
    [[nodiscard]] double e_at(double q) const noexcept { return (std::log(s * q) - log_sq) / s; }
    [[nodiscard]] double step() const noexcept { return longest_step / (1 + std::max(0.0, -eta) / negative_scale); }
};

/// t - c where ln(s q) is that: the inverse of s q = ln(1 + exp(s (t - c))).
double place(const Line& line, double log_sq) {
    constexpr double small = -40, large = 40;  // where exp is lost beside 1
    const double sq = std::exp(std::min(log_sq, 700.0));
    return (log_sq < small ? log_sq : sq > large ? sq : std::log(std::expm1(sq))) / line.s;
}

/// A node of the trapezoidal rule.
struct Node {
    Node(const Line& line, double t_minus_c) {
        const double x = line.s * t_minus_c, w = std::exp(-std::abs(x)), softplus = std::max(x, 0.0) + std::log1p(w);
        dq = (x > 0 ? 1 : w) / (1 + w);
        e = line.c + std::log(softplus) / line.s;
        q = softplus / line.s;
        de = dq / softplus;
    }
    double e, q, de, dq;  // the last two along t
};

/// Bounds of q within which an integrand matters that falls at least as fast as a normal density in e and in eta - q on
/// the sides that are closed.
struct Sides {
    bool e_low = true, e_high = true, q_low = true, q_high = true;
};

/// The first node, the spacing and the count for an integrand whose exponent somewhere is at least `reached`.
template <class Exponent>
LineNodes nodes_of(const Line& line, double reached, const Sides& closed, const Exponent& exponent) {
    constexpr double vanished = -32;  // ln(s q) below which dq has vanished
    const double sigmas = std::sqrt(2 * (least_exponent - std::min(reached, 0.0)));
    double low = closed.e_low ? line.log_sq - line.s * sigmas : vanished;
    double high = closed.e_high ? line.log_sq + line.s * sigmas : HUGE_VAL;
    if (closed.q_low && line.eta > sigmas) low = std::max(low, std::log(line.s * (line.eta - sigmas)));
    if (closed.q_high) high = std::min(high, std::log(line.s * std::max(line.eta + sigmas, 1.0)));
    double first = place(line, low), last = std::max(place(line, high), first);
    if (sigmas > farthest) {
        constexpr int narrowings = 80;
        constexpr double golden = 0.6180339887498949;
        double a = first, b = last;
        for (int i = 0; i < narrowings; ++i) {
            const double left = b - golden * (b - a), right = a + golden * (b - a);
            const Node l(line, left), r(line, right);
            if (exponent(l.e, l.q) > exponent(r.e, r.q))
                b = right;
            else
                a = left;
        }
        first = std::max(first, a - around_peak);
        last = std::min(last, b + around_peak);
    }
    const auto count = static_cast<std::size_t>(std::ceil((last - first) / line.step())) + 1;
    return {line.eta, line.s, line.c, first, line.step(), count};
}

/// The largest exponent among a few places where it may be: the mean of the factor, y itself, and the noise.
template <class Exponent>
double reached_by(const Line& line, const Exponent& exponent) {
    double largest = -HUGE_VAL;
    for (const double q : {line.q_at(0), line.eta, 1.0}) {
        if (q > 0) largest = std::max(largest, exponent(line.e_at(q), q));
    }
    return largest;
}

/// ln of the density in units of the additive noise, and the means that its slopes need.
LineSums density(const Line& line) {
    const auto exponent = [&](double e, double q) { return -0.5 * (e * e + (line.eta - q) * (line.eta - q)); };
    LineSums sums = line_sums(nodes_of(line, reached_by(line, exponent), {}, exponent));
    sums.log_integral -= log_two_pi;
    return sums;
}

/// ln of the integral of exp(exponent) times what `width` says of a node.
template <class Exponent, class Width>
double log_integral(const Line& line, const Sides& closed, const Exponent& exponent, const Width& width) {
    const LineNodes nodes = nodes_of(line, reached_by(line, exponent), closed, exponent);
    double largest = -HUGE_VAL, sum = 0;
    for (std::size_t k = 0; k < nodes.count; ++k) {
        const Node node(line, nodes.first + static_cast<double>(k) * nodes.step);
        const double here = exponent(node.e, node.q);
        if (here > largest) {
            sum *= std::exp(largest - here);
            largest = here;
        }
        sum += std::exp(here - largest) * width(node);
    }
    return largest + std::log(sum * nodes.step) - 0.5 * log_two_pi;
}

double along_e(const Node& node) { return node.de; }
double along_q(const Node& node) { return node.dq; }

/// Where the intensity is spread over less than the noise, Phi(eta - q) phi(e) is summed; else its integral by parts,
/// Phi(e) phi(eta - q), in which no step of the size of the noise is left.
bool is_smooth(const Line& line) { return line.s < smooth_s && line.log_sq < 0; }

double log_below(const Line& line) {
    constexpr double vanishing = 1e-200;  // the sum itself is safe above
    const bool smooth = is_smooth(line);
    const Sides closed = smooth ? Sides{.q_low = false} : Sides{.e_high = false};
    const auto exponent = [&](double e, double q) {
        const double off = line.eta - q;
        return smooth ? log_normal_cumulative(off).value - 0.5 * e * e
                      : log_normal_cumulative(e).value - 0.5 * off * off;
    };
    const LineNodes nodes = nodes_of(line, reached_by(line, exponent), closed, exponent);
    const double sum = line_chance(nodes, smooth ? ChanceForm::direct : ChanceForm::by_parts);
    if (sum > vanishing) return std::log(sum) - 0.5 * log_two_pi;
    return log_integral(line, closed, exponent, smooth ? along_e : along_q);
}

/// ln(exp(a) + exp(b)).
double log_sum(double a, double b) { return std::max(a, b) + std::log1p(std::exp(-std::abs(a - b))); }

double log_above(const Line& line) {
    if (is_smooth(line))
        return log_integral(
            line, {.q_high = false},
            [&](double e, double q) { return log_normal_cumulative(q - line.eta).value - 0.5 * e * e; }, along_e);
    const double shifted = log_integral(
        line, {.e_low = false},
        [&](double e, double q) { return log_normal_cumulative(-e).value - 0.5 * (line.eta - q) * (line.eta - q); },
        along_q);
    return log_sum(log_normal_cumulative(-line.eta).value, shifted);
}

/// ln of 1 - exp(x).
double log_rest(double x) { return x > -std::numbers::ln2 ? std::log(-std::expm1(x)) : std::log1p(-std::exp(x)); }

/// The smaller of the two chances is summed, the other one is what is left of 1.
struct Chances {
    double below, above;  // ln
};
Chances chances(const Line& line) {
    constexpr double mostly = -0.1;  // ln of a chance of which enough is left for the digits of the rest
    const double below = log_below(line);
    if (below < mostly) return {below, log_rest(below)};
    const double above = log_above(line);
    return {log_rest(above), above};
}

/// Of a line so faint that its noise is all that is seen.
ValueAndSlope faint_cumulative(const Line& line, double additive, double sign) {
    const ValueAndSlope below = log_normal_cumulative(sign * (line.eta - line.intensity));
    return {below.value, -sign * below.slope / additive};
}

/// d P_below / d ln f = -(density at the limit) x (mean of q there): exact, by the derivative of Phi(eta - q).
ValueAndSlope cumulative(double f, double limit, const LineNoise& noise, double sign, bool sloped) {
    const Line line(f, limit, noise);
    if (line.faint()) return faint_cumulative(line, noise.additive, sign);
    const double chance = sign > 0 ? log_below(line) : chances(line).above;
    if (!sloped) return {chance, 0};
    const LineSums at_limit = density(line);
    return {chance, -sign * std::exp(at_limit.log_integral - chance) * at_limit.mean_q / f};
}

}  // namespace

ValueAndSlope log_line_density(double f, double y, const LineNoise& noise) noexcept {
    if (!std::isfinite(f)) return {std::nan(""), std::nan("")};
    if (f < 0) {  // absorption: the mirror image
        const ValueAndSlope mirrored = log_line_density(-f, -y, noise);
        return {mirrored.value, -mirrored.slope};
    }
    const Line line(f, y, noise);
    if (line.faint())
        return {log_normal_density(line.eta) - std::log(noise.additive) + line.eta * line.intensity,
                line.eta / noise.additive};
    const LineSums sums = density(line);
    return {sums.log_integral - std::log(noise.additive), sums.mean_product / f};
}

ValueAndSlope log_line_below(double f, double limit, const LineNoise& noise, bool sloped) noexcept {
    if (!std::isfinite(f)) return {std::nan(""), std::nan("")};
    if (f >= 0) return cumulative(f, limit, noise, 1, sloped);
    const ValueAndSlope mirrored = cumulative(-f, -limit, noise, -1, sloped);
    return {mirrored.value, -mirrored.slope};
}

ValueAndSlope log_line_above(double f, double limit, const LineNoise& noise, bool sloped) noexcept {
    if (!std::isfinite(f)) return {std::nan(""), std::nan("")};
    if (f >= 0) return cumulative(f, limit, noise, -1, sloped);
    const ValueAndSlope mirrored = cumulative(-f, -limit, noise, 1, sloped);
    return {mirrored.value, -mirrored.slope};
}

double line_residual(double f, double y, const LineNoise& noise) noexcept {
    const double below = log_line_below(f, y, noise, false).value;
    if (!(below > -std::numbers::ln2)) return normal_quantile_of_log(below);
    return -normal_quantile_of_log(log_line_above(f, y, noise, false).value);
}

}  // namespace ism::infer
