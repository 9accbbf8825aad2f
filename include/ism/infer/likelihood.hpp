#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include <ism/base/model.hpp>
#include <ism/infer/line_noise.hpp>

namespace ism::infer {

/// What was seen in one band or line.
struct Measurement {
    enum class Kind {
        missing,      ///< nothing: takes no part
        detection,    ///< value +- error
        upper_limit,  ///< the measured flux, whose noise is `error`, came out below `value`
        lower_limit,  ///< the same, above `value` (a saturated band)
    };
    Kind kind = Kind::missing;
    double value = 0;  ///< in the unit of the model's output, times that of the scale
    double error = 0;  ///< standard deviation of the noise, > 0. A published n-sigma limit has value / n
    static constexpr std::size_t no_group = static_cast<std::size_t>(-1);
    std::size_t group = no_group;  ///< index of its calibration group
};

/// Bands of one instrument, which share one unknown calibration factor 1 + fraction x c, c normal (0, 1).
struct CalibrationGroup {
    std::string name;     ///< "SPIRE"
    double fraction = 0;  ///< 1 sigma, relative, 0 < fraction < 1
};

/// Measurements on the axis of a Model.
struct Observation {
    std::vector<Measurement> bands;          ///< (M), in the order of the model's outputs
    std::vector<CalibrationGroup> groups{};  ///< may be empty
    std::vector<double> floor{};             ///< (M) relative error of the model itself, >= 0; empty: none
    std::vector<double> multiplicative{};    ///< (M) of lines, see line_noise.hpp; 0: normal noise; empty: all normal
};

/// The noise of band b where it has a multiplicative part: its floor, which is relative too, widens that.
[[nodiscard]] LineNoise line_noise_of(const Observation& observation, std::size_t b);

/// Throws InputError naming the band where a value is not finite, an error not positive, a group unknown, a floor
/// negative, a multiplicative error out of range or beside a calibration group, nothing was seen at all, or a number of
/// bands is not that of the model.
void check(const Observation& observation, const ModelInfo& info);

/// ln of the probability of an Observation, given fluxes m (M) of a model, and its derivatives.
///
/// The measured flux of band j in calibration group g is
///
///     d_j = m_j (1 + f_g c_g) + error_j e_j + floor_j m_j e'_j,    c, e, e' independent, normal (0, 1)
///
/// Calibration is relative to the flux of the *model*: relative to the measured one, a band that noise made faint
/// would count more than one that noise made bright, and the fit would be biased low (Peelle's puzzle; D'Agostini 1994,
/// doi:10.1016/0168-9002(94)90719-6). A detection contributes its normal density with its normalisation, which depends
/// on m through floor and calibration; a limit contributes ln Phi of its distance, in sigma, from the model.
///
/// c_g is integrated out. The detections of a group leave it normal (covariance = diag + v v^T, v = f_g m: Sherman &
/// Morrison 1950, doi:10.1214/aoms/1177729893); a single limit beside them is a normal integral too, and two or more
/// are averaged over that normal by Gauss-Hermite quadrature about the largest integrand (Liu & Pierce 1994,
/// doi:10.1093/biomet/81.3.624): to 1e-8 in ln p where f m is below the noise of the limits; to 0.01 where it is 3
/// times as large, to 0.1 at 10 times and to 0.2 at 30 times.
///
/// A band with a multiplicative error is a line: it is independent of the others, and its factor is log-normal and
/// integrated out (line_noise.hpp); a limit is then a censored line.
class Likelihood {
public:
    /// Throws what check() throws, apart from the number of bands.
    explicit Likelihood(Observation observation);

    [[nodiscard]] const Observation& observation() const noexcept { return observation_; }

    /// ln p(observation | fluxes). fluxes (M); `slopes` (M) takes the derivatives along them, 0 for bands without data,
    /// and may be empty where none are wanted. Not finite where a flux is not.
    [[nodiscard]] double evaluate(std::span<const double> fluxes, std::span<double> slopes) const noexcept;

private:
    /// A band in the form in which it is used.
    struct Term {
        std::size_t band;
        double value;
        double inverse;  // 1 / error^2
        double floor2;   // (floor / error)^2: the variance is error^2 (1 + floor2 m^2)
        double sign;     // +1 upper, -1 lower limit, 0 detection
    };
    /// A line with multiplicative noise.
    struct Line {
        std::size_t band;
        Measurement seen;
        LineNoise noise;
    };
    /// Terms that share a calibration factor.
    struct Group {
        std::vector<Term> detections, limits;
        double fraction = 0;  // 0: independent bands
        double log_norm = 0;  // -1/2 sum over detections of ln(2 pi error^2)
    };
    static double independent(const Group& group, std::span<const double> fluxes, std::span<double> slopes) noexcept;
    /// ln of the mean chance of the limits of a group whose c is normal, with derivatives along the parameters of that
    /// normal; adds to `slopes`.
    static double of_limits(const Group& group, double mean, double deviation, std::span<const double> fluxes,
                            std::span<double> slopes, double& along_mean, double& along_deviation) noexcept;
    static double calibrated(const Group& group, std::span<const double> fluxes, std::span<double> slopes) noexcept;

    Observation observation_;
    std::vector<Group> groups_;
    std::vector<Line> lines_;
};

}  // namespace ism::infer
