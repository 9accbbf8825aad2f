#include <ism/simulate/dust/size_distribution.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include <ism/base/axis.hpp>
#include <ism/base/constants.hpp>
#include <ism/base/errors.hpp>
#include <ism/base/text.hpp>

namespace ism::simulate::dust {
namespace {

double linear_in_log(const std::vector<double>& x, const std::vector<double>& y, double at) {
    if (at <= x.front()) return y.front();
    if (at >= x.back()) return y.back();
    const auto i = static_cast<std::size_t>(std::upper_bound(x.begin(), x.end(), at) - x.begin());
    return y[i - 1] + (y[i] - y[i - 1]) * std::log(at / x[i - 1]) / std::log(x[i] / x[i - 1]);
}

double power_law(const SizeLaw& law, double a) {
    double log_n = (law.alpha + 1.0) * std::log(a / constants::nanometre);
    if (law.cutoff && a > law.cutoff->at) log_n -= std::pow((a - law.cutoff->at) / law.cutoff->ac, law.cutoff->gamma);
    if (law.curvature) {
        const auto [au, zeta, eta] = *law.curvature;
        log_n += std::copysign(1.0, zeta) * std::log1p(std::abs(zeta) * std::pow(a / au, eta));
    }
    return std::exp(log_n);
}

double tabulated(const SizeLaw& law, double a) {
    const auto& x = law.table_sizes;
    const auto& y = law.table_values;
    if (a < x.front() || a > x.back()) return 0.0;
    const auto right = static_cast<std::size_t>(std::upper_bound(x.begin(), x.end(), a) - x.begin());
    const std::size_t i = std::min(right, x.size() - 1);
    const double t = std::log(a / x[i - 1]) / std::log(x[i] / x[i - 1]);
    if (y[i - 1] > 0.0 && y[i] > 0.0) return y[i - 1] * std::pow(y[i] / y[i - 1], t);
    return y[i - 1] + t * (y[i] - y[i - 1]);
}

double grain_mass(double a, double density) { return 4.0 / 3.0 * std::numbers::pi * a * a * a * density; }

/// Factor from the law's own scale to grains per hydrogen.
double mass_scale(const Population& population, double mass_of_law) {
    const double scale = population.mass_per_hydrogen * constants::hydrogen_mass / mass_of_law;
    if (std::isfinite(scale)) return scale;
    const auto nm = [](double a) { return to_text(a / constants::nanometre, 4); };
    throw NumericalError(ErrorText{"population " + population.name,
                                   "its size distribution has no grains between its limits, " + nm(population.a_min) +
                                       " and " + nm(population.a_max) + " nm",
                                   "a law with some of its mass there", "this model is refused", ""});
}

/// Lagrange weights at x of `count` <= 4 abscissae; the others are 0.
std::array<double, 4> lagrange(const double* nodes, std::size_t count, double x) {
    std::array<double, 4> weights{};
    for (std::size_t i = 0; i < count; ++i) {
        double weight = 1.0;
        for (std::size_t j = 0; j < count; ++j) {
            if (j != i) weight *= (x - nodes[j]) / (nodes[i] - nodes[j]);
        }
        weights[i] = weight;
    }
    return weights;
}

/// A Gauss-Legendre rule on [0, 1].
struct GaussRule {
    std::size_t count;
    std::array<double, 4> points, weights;
};
constexpr GaussRule four_points{4,
                                {0.0694318442029737, 0.3300094782075719, 0.6699905217924281, 0.9305681557970263},
                                {0.1739274225687269, 0.3260725774312731, 0.3260725774312731, 0.1739274225687269}};
constexpr GaussRule two_points{2, {0.2113248654051871, 0.7886751345948129}, {0.5, 0.5}};
constexpr double narrow_interval = 0.06;  // of ln a: there two points are exact to 1e-9

}  // namespace

double size_law(const SizeLaw& law, double a) {
    switch (law.kind) {
        case SizeLaw::Kind::log_normal: {
            const double x = std::log(a / law.a0) / law.sigma;
            return std::exp(-0.5 * x * x);
        }
        case SizeLaw::Kind::tabulated:
            return tabulated(law, a);
        case SizeLaw::Kind::power_law:
            break;
    }
    return power_law(law, a);
}

double mix_fraction(const SizeLaw& law, double a) {
    return law.mix_sizes.empty() ? 1.0 : linear_in_log(law.mix_sizes, law.mix_fractions, a);
}

std::vector<Parameter> law_parameters(const Population& population) {
    const SizeLaw& law = population.law;
    const std::string& name = population.name;
    switch (law.kind) {
        case SizeLaw::Kind::power_law:
            return {{"alpha_" + name, "", std::min(-6.0, law.alpha), std::max(0.0, law.alpha), law.alpha, Scale::linear,
                     "slope of the sizes of " + name + ", dn/da ~ a^alpha, mass kept"}};
        case SizeLaw::Kind::log_normal: {
            const double a0 = law.a0 / constants::nanometre;
            return {{"a0_" + name, "nm", a0 / 5.0, a0 * 5.0, a0, Scale::log,
                     "centre of the log-normal sizes of " + name + ", mass kept"},
                    {"sigma_" + name, "", std::min(0.1, law.sigma), std::max(2.0, law.sigma), law.sigma, Scale::linear,
                     "width of the log-normal sizes of " + name + " in ln a, mass kept"}};
        }
        case SizeLaw::Kind::tabulated:
            break;
    }
    return {};
}

std::size_t law_parameter_count(const SizeLaw& law) noexcept {
    return law.kind == SizeLaw::Kind::power_law ? 1 : law.kind == SizeLaw::Kind::log_normal ? 2 : 0;
}

void set_law_parameters(SizeLaw& law, std::span<const double> values) {
    if (law.kind == SizeLaw::Kind::power_law) law.alpha = values[0];
    if (law.kind != SizeLaw::Kind::log_normal) return;
    law.a0 = values[0] * constants::nanometre;
    law.sigma = values[1];
}

std::vector<double> trapezoid_widths(const std::vector<double>& x) {
    std::vector<double> widths(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) {
        widths[i] = 0.5 * (x[std::min(i + 1, x.size() - 1)] - x[i == 0 ? 0 : i - 1]);
    }
    return widths;
}

namespace {

/// DustEM's sizes: those of the table, or logarithmic ones between the limits.
std::vector<double> table_sizes(const Population& population) {
    if (population.law.kind != SizeLaw::Kind::tabulated)
        return log_spaced(population.a_min, population.a_max, population.table_nodes);
    std::vector<double> sizes{population.a_min};
    for (const double a : population.law.table_sizes) {
        if (a > population.a_min * (1.0 + 1e-9)) sizes.push_back(a);
    }
    return sizes;
}

}  // namespace

SizeNodes table_nodes(const Population& population) {
    SizeNodes nodes{table_sizes(population), {}};
    std::vector<double> log_sizes;
    for (const double a : nodes.sizes) log_sizes.push_back(std::log(a));
    const std::vector<double> widths = trapezoid_widths(log_sizes);
    double mass = 0.0;
    for (std::size_t i = 0; i < widths.size(); ++i) {
        nodes.numbers.push_back(widths[i] * size_law(population.law, nodes.sizes[i]));
        mass += nodes.numbers[i] * grain_mass(nodes.sizes[i], population.density);
    }
    const double scale = mass_scale(population, mass);
    for (std::size_t i = 0; i < widths.size(); ++i)
        nodes.numbers[i] *= scale * mix_fraction(population.law, nodes.sizes[i]);
    return nodes;
}

std::vector<double> graded_sizes(double low, double high, double density) {
    // nodes per unit of ln a: 9 below 10 nm falling to 2.5 above 100 nm
    const auto per_log = [&](double log_a) {
        const double x = (log_a - std::log(30.0 * constants::nanometre)) / 0.8;
        return density * (2.5 + 6.5 / (1.0 + std::exp(x)));
    };
    const double first = std::log(low), length = std::log(high / low);
    constexpr int fine = 4000;
    std::vector<double> count(fine + 1, 0.0);
    for (int i = 0; i < fine; ++i) {
        count[static_cast<std::size_t>(i) + 1] =
            count[static_cast<std::size_t>(i)] + per_log(first + length * (i + 0.5) / fine) * length / fine;
    }
    const auto intervals = std::max<std::size_t>(4, static_cast<std::size_t>(std::ceil(count.back())));
    std::vector<double> sizes{low};
    for (std::size_t k = 1; k < intervals; ++k) {
        const double target = count.back() * static_cast<double>(k) / static_cast<double>(intervals);
        const auto i = static_cast<std::size_t>(std::upper_bound(count.begin(), count.end(), target) - count.begin());
        const double t = (target - count[i - 1]) / (count[i] - count[i - 1]);
        sizes.push_back(std::exp(first + length * (static_cast<double>(i) - 1.0 + t) / fine));
    }
    sizes.push_back(high);
    return sizes;
}

namespace {

/// Sizes from a corner on: its neighbourhood is a boundary layer (PAHs with a per cent of graphite cool like graphite
/// in the far infrared), so the steps in ln a begin small and grow to the regular ones.
std::vector<double> sizes_after_corner(double corner, double high, double density) {
    constexpr double first_step = 0.012, regular_step = 0.1, growth = 1.6;
    std::vector<double> sizes{corner};
    for (double step = first_step; step < regular_step; step *= std::pow(growth, 1.0 / density)) {
        const double next = sizes.back() * std::exp(step / density);
        if (next * 1.1 < high) sizes.push_back(next);
    }
    const std::vector<double> rest = graded_sizes(sizes.back(), high, density);
    sizes.insert(sizes.end(), rest.begin() + 1, rest.end());
    return sizes;
}

}  // namespace

JointedSizes solved_sizes(const std::vector<double>& table, const std::vector<double>& corners, double low, double high,
                          double density) {
    constexpr double kinks_below = 1.2 * constants::nanometre, closest = 1.02;
    const std::size_t pieces = std::max<std::size_t>(2, static_cast<std::size_t>(std::lround(2.0 * density)));
    JointedSizes result{{low}};
    const auto add = [&](const std::vector<double>& sizes, bool joint) {
        result.sizes.insert(result.sizes.end(), sizes.begin() + 1, sizes.end());
        if (joint) result.joints.push_back(result.sizes.size() - 1);
    };
    const auto apart = [&](double a) { return a > result.sizes.back() * closest && a * closest < high; };
    for (const double kink : table) {
        if (kink <= kinks_below && apart(kink)) add(log_spaced(result.sizes.back(), kink, pieces + 1), true);
    }
    bool at_corner = false;
    const auto go_on_to = [&](double end, bool joint) {
        const double from = result.sizes.back();
        add(at_corner ? sizes_after_corner(from, end, density) : graded_sizes(from, end, density), joint);
        at_corner = joint;
    };
    for (const double corner : corners) {
        if (apart(corner)) go_on_to(corner, true);
    }
    go_on_to(high, false);
    return result;
}

SizeStencil stencil_around(const JointedSizes& jointed, std::size_t i) {
    const auto after = std::upper_bound(jointed.joints.begin(), jointed.joints.end(), i);
    const std::size_t left = after == jointed.joints.begin() ? 0 : *(after - 1);
    const std::size_t right = after == jointed.joints.end() ? jointed.sizes.size() - 1 : *after;
    const std::size_t count = std::min<std::size_t>(4, right - left + 1);
    return {std::clamp(i == 0 ? 0 : i - 1, left, right + 1 - count), count};
}

std::vector<double> quadrature_numbers(const Population& population, const JointedSizes& jointed) {
    const std::vector<double>& nodes = jointed.sizes;
    constexpr double slack = 1.0 + 1e-9;
    if (!(population.a_min * slack >= nodes.front() && population.a_max <= nodes.back() * slack)) {
        throw InputError(ErrorText{
            "population " + population.name,
            "sizes " + to_text(population.a_min * 1e7, 6) + " .. " + to_text(population.a_max * 1e7, 6) + " nm",
            to_text(nodes.front() * 1e7, 6) + " .. " + to_text(nodes.back() * 1e7, 6) + " nm, the sizes computed",
            "nothing was computed", ""});
    }
    std::vector<double> numbers(nodes.size(), 0.0), log_nodes;
    for (const double node : nodes) log_nodes.push_back(std::log(node));
    const double log_min = std::log(population.a_min), log_max = std::log(population.a_max);
    double mass = 0.0;
    for (std::size_t i = 0; i + 1 < nodes.size(); ++i) {
        const double left = std::max(log_nodes[i], log_min), width = std::min(log_nodes[i + 1], log_max) - left;
        if (!(width > 0.0)) continue;
        const auto [first, count] = stencil_around(jointed, i);
        const GaussRule& rule = width < narrow_interval ? two_points : four_points;
        for (std::size_t q = 0; q < rule.count; ++q) {
            const double log_a = left + width * rule.points[q], a = std::exp(log_a);
            const double grains = width * rule.weights[q] * size_law(population.law, a);
            mass += grains * grain_mass(a, population.density);
            const double volume = grains * a * a * a * mix_fraction(population.law, a);
            const auto weights = lagrange(log_nodes.data() + first, count, log_a);
            for (std::size_t k = 0; k < count; ++k) numbers[first + k] += volume * weights[k];
        }
    }
    const double scale = mass_scale(population, mass);
    for (std::size_t i = 0; i < nodes.size(); ++i) numbers[i] *= scale / (nodes[i] * nodes[i] * nodes[i]);
    return numbers;
}

}  // namespace ism::simulate::dust
