#pragma once
#include <limits>
#include <string>

#include <ism/base/parameter.hpp>
#include <ism/base/random.hpp>

namespace ism::infer {

/// What is believed of one parameter x before the data.
///
/// Everything happens on a scale s: s = x, or s = ln x where the prior is logarithmic. On it the density is flat or
/// normal, within bounds that may be infinite for the normal one:
///
///     uniform      s = x     flat                log_uniform  s = ln x  flat
///     normal       s = x     normal, cut         log_normal   s = ln x  normal, cut
///     fixed        the parameter is not free
///
/// The unconstrained coordinate z, in which samplers walk, is the normal quantile of the place of s between two bounds
/// (so that a flat prior is a normal distribution of z), the
/// logarithm of its distance to the only bound, or (s - mean) / width where there is none.
class Prior {
public:
    enum class Shape { fixed, flat, normal };
    static constexpr double infinity = std::numeric_limits<double>::infinity();

    /// All throw InputError where a number is not finite (bounds of the normal ones may be infinite), bounds are not in
    /// order, a width is not positive, or a logarithmic prior has a bound that is not positive.
    [[nodiscard]] static Prior fixed(double value);
    [[nodiscard]] static Prior uniform(double low, double high);
    [[nodiscard]] static Prior log_uniform(double low, double high);
    [[nodiscard]] static Prior normal(double mean, double width, double low = -infinity, double high = infinity);
    /// ln x is normal around ln(median); `width` is the standard deviation of ln x.
    [[nodiscard]] static Prior log_normal(double median, double width, double low = 0, double high = infinity);
    /// Flat over the range of the parameter, on its own scale.
    [[nodiscard]] static Prior over(const Parameter& parameter);

    /// The same density, cut to low .. high as well. Throws InputError where nothing is left of it.
    [[nodiscard]] Prior within(double low, double high) const;

    [[nodiscard]] bool is_fixed() const noexcept { return shape_ == Shape::fixed; }
    [[nodiscard]] Shape shape() const noexcept { return shape_; }
    [[nodiscard]] Scale scale() const noexcept { return scale_; }
    /// Smallest and largest x.
    [[nodiscard]] double low() const noexcept { return low_; }
    [[nodiscard]] double high() const noexcept { return high_; }
    /// "log-uniform in 0.1 .. 1e+06", for people.
    [[nodiscard]] std::string str() const;

    /// ln of the density per unit of x, and its derivative along x; -infinity outside. Not for a fixed one.
    [[nodiscard]] double log_density(double x) const noexcept;
    [[nodiscard]] double log_density_slope(double x) const noexcept;
    /// x below which a fraction p of the prior lies, 0 <= p <= 1.
    [[nodiscard]] double quantile(double p) const noexcept;
    /// Fraction of the prior below x.
    [[nodiscard]] double cumulative(double x) const noexcept;
    /// One draw by inversion: takes one uniform number.
    [[nodiscard]] double sample(Random& random) const noexcept { return quantile(random.uniform()); }

    /// A point of unconstrained space, seen from here.
    struct Mapped {
        double x;                  ///< always within low .. high
        double slope;              ///< dx / dz
        double log_density;        ///< ln of the prior density per unit of z: ln p(x) + ln |dx / dz|
        double log_density_slope;  ///< its derivative along z
    };
    [[nodiscard]] Mapped from_unconstrained(double z) const noexcept;
    /// Inverse of from_unconstrained; infinite at a bound.
    [[nodiscard]] double to_unconstrained(double x) const noexcept;

    /// A draw of the prior in unconstrained space; may be infinite.
    [[nodiscard]] double draw_unconstrained(Random& random) const noexcept;

    /// The same for optimisers, along s: ln of the density per unit of s, without the Jacobian of any map, so that the
    /// best fit is that of the parameter on its own scale.
    struct OnScale {
        double x;                  ///< within low .. high
        double slope;              ///< dx / ds
        double log_density;        ///< ln of the prior density per unit of s
        double log_density_slope;  ///< its derivative along s
    };
    [[nodiscard]] OnScale from_scale(double s) const noexcept;
    [[nodiscard]] double to_scale(double x) const noexcept;
    /// Bounds of s; may be infinite.
    [[nodiscard]] double scale_low() const noexcept { return s_low_; }
    [[nodiscard]] double scale_high() const noexcept { return s_high_; }

private:
    Prior(Shape shape, Scale scale, double low, double high, double mean, double width);

    [[nodiscard]] double from_scale_value(double s) const noexcept;
    /// ln q(s) per unit of s, inside the bounds.
    [[nodiscard]] double log_density_on_scale(double s) const noexcept;
    [[nodiscard]] double log_density_slope_on_scale(double s) const noexcept;

    Shape shape_;
    Scale scale_;
    double low_, high_;      // of x
    double s_low_, s_high_;  // of s
    double mean_, width_;    // of the normal on s; unused by the others
    double log_norm_ = 0;    // ln of what normalises the density: width and mass of the normal, range of the flat
    enum class Map { probit, above_low, below_high, affine } map_ = Map::affine;
    double unit_ = 1, log_unit_ = 0;  // of the map: the range between the bounds, or the width
};

}  // namespace ism::infer
