#include <ism/simulate/lines/escape_probability.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>

#include <ism/base/errors.hpp>

namespace ism::simulate::lines {
namespace {

/// (1 - exp(-y)) / y and its derivative.
Escape mean_of_decay(double y) {
    Escape result{0.0, 0.0};
    if (std::abs(y) < 0.1) {  // the series sum (-y)^k / (k + 1)!
        double term = 1.0;
        for (int k = 0; k < 14; ++k) {
            result.probability += term / (k + 1);
            result.slope -= term / (k + 2);  // d/dy of (-y)^(k+1) / (k + 2)! is -(k + 1) (-y)^k / (k + 2)!
            term *= -y / (k + 1);
        }
        return result;
    }
    result.probability = -std::expm1(-y) / y;
    result.slope = (std::exp(-y) - result.probability) / y;
    return result;
}

Escape sphere(double tau) {
    if (std::abs(tau) < 1.0) {  // the series sum 3 (m + 1) / (m + 2)! (-tau)^(m - 1)
        Escape result{0.0, 0.0};
        double power = 1.0, factorial = 6.0;
        for (int m = 1; m < 20; ++m) {
            result.probability += 3.0 * (m + 1) / factorial * power;
            factorial *= m + 3;
            result.slope -= 3.0 * (m + 2) * m / factorial * power;
            power *= -tau;
        }
        return result;
    }
    const double u = 1.0 / tau, e = std::exp(-tau);
    return {1.5 * u * (1.0 - 2.0 * u * u + (2.0 * u + 2.0 * u * u) * e),
            u * u * (-1.5 + 9.0 * u * u - e * (3.0 + 9.0 * u + 9.0 * u * u))};
}

/// 0 below low, 1 above high, a cubic with flat ends between.
Escape step(double x, double low, double high) {
    const double s = std::clamp((x - low) / (high - low), 0.0, 1.0);
    return {s * s * (3.0 - 2.0 * s), 6.0 * s * (1.0 - s) / (high - low)};
}

Escape lvg(double tau) {
    const double t = 0.5 * tau;
    Escape beta = mean_of_decay(2.34 * t);
    beta.slope *= 2.34;
    const Escape thin = step(std::abs(t), 0.0098, 0.0102);
    beta.slope = thin.probability * beta.slope + std::copysign(thin.slope, t) * (beta.probability - 1.0);
    beta.probability = 1.0 + thin.probability * (beta.probability - 1.0);
    if (t > 6.5) {
        const double root = std::sqrt(std::log(t * std::numbers::inv_sqrtpi)), wing = 1.0 / (2.0 * t * root);
        const double wing_slope = -wing / t * (1.0 + 0.5 / (root * root));
        const Escape thick = step(t, 6.5, 7.5);
        beta.slope += thick.probability * (wing_slope - beta.slope) + thick.slope * (wing - beta.probability);
        beta.probability += thick.probability * (wing - beta.probability);
    }
    return {beta.probability, 0.5 * beta.slope};
}

}  // namespace

std::string to_string(Geometry geometry) {
    if (geometry == Geometry::lvg) return "lvg";
    return geometry == Geometry::sphere ? "sphere" : "slab";
}

Geometry geometry_from_string(std::string_view text) {
    for (const Geometry geometry : {Geometry::lvg, Geometry::sphere, Geometry::slab}) {
        if (to_string(geometry) == text) return geometry;
    }
    throw InputError({.where = "geometry '" + std::string(text) + "'",
                      .found = "there is no such geometry",
                      .allowed = "lvg, sphere or slab"});
}

Escape escape_probability(Geometry geometry, double tau) {
    const double x = std::max(tau, deepest_maser);
    Escape result{};
    if (geometry == Geometry::sphere) {
        result = sphere(x);
    } else if (geometry == Geometry::lvg) {
        result = lvg(x);
    } else {
        result = mean_of_decay(3.0 * x);
        result.slope *= 3.0;
    }
    if (!(tau >= deepest_maser)) result.slope = 0.0;
    return result;
}

}  // namespace ism::simulate::lines
