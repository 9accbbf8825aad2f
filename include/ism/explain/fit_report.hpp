#pragma once
#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <ism/explain/report.hpp>

/// Pictures and page of a fit: what was found of one source, of many, or of each pixel of a map. Numbers that are not
/// known are NaN.
namespace ism::explain {

inline constexpr double not_known = std::numeric_limits<double>::quiet_NaN();

/// One band of a source, everything in the unit of FittedSed.
struct FittedBand {
    enum class Kind { missing, detection, upper_limit, lower_limit };
    std::string name{};
    double wavelength = not_known;  ///< [um]; NaN of lines whose wavelength nobody said
    Kind kind = Kind::missing;
    double value = not_known;
    double error = not_known;  ///< of the measurement, 1 sigma
    double whole_error =
        not_known;            ///< with calibration and floor at the best fit, 1 sigma: the measure of the residual
    double best = not_known;  ///< flux of the best fit
    double low95 = not_known, low = not_known, high = not_known, high95 = not_known;  ///< of the model, posterior
    double p = not_known;  ///< chance that a replica of the measurement lies below it
};

/// The spectrum of the model: best fit and quantiles of the posterior, in the unit of FittedSed.
struct FittedSpectrum {
    std::vector<double> wavelength{};                      ///< (W) [um]
    std::vector<double> best{};                            ///< (W)
    std::vector<double> low95{}, low{}, high{}, high95{};  ///< (W) 2.5, 16, 84 and 97.5 %; empty without a posterior
};

/// Spectral energy distribution of a source.
struct FittedSed {
    std::string unit{};  ///< FITS unit string
    std::vector<FittedBand> bands{};
    std::optional<FittedSpectrum> spectrum{};  ///< where the emulator has an axis of wavelengths
    bool numbered = false;                     ///< the places of bands are 1, 2, ... in place of wavelengths
    [[nodiscard]] bool are_lines() const noexcept {
        return !bands.empty() && !(bands.front().wavelength > 0.0);  // NaN
    }
};

/// One free number of a fit.
struct FittedParameter {
    std::string name{}, unit{};
    bool log = false;                                              ///< its prior is logarithmic: so are its axes
    double median = not_known, low = not_known, high = not_known;  ///< 50, 16 and 84 %
    double low95 = not_known, high95 = not_known;                  ///< 2.5 and 97.5 %
    double best = not_known;
    double truth = not_known;  ///< of a synthetic source
    double r_hat = not_known, bulk_ess = not_known, tail_ess = not_known;
    std::vector<double> draws{};  ///< of the posterior
};

/// One source.
struct FittedSource {
    std::vector<FittedParameter> parameters{};
    FittedSed sed;
    bool sampled = false, converged = false;
    std::string remark{};  ///< why not
    double p = not_known;  ///< posterior predictive, of chi-square of all detections
};

/// One quantity of many sources.
struct FittedQuantity {
    std::string name{}, unit{};
    bool log = false;
    std::vector<double> values{};  ///< (N) NaN where there is none
    std::vector<double> ranks{};   ///< (N) fraction of the posterior below the truth; empty where truths are not known
};

/// Many sources; pixels where the size of a map is given.
struct FittedMany {
    std::vector<FittedQuantity> quantities{};
    std::vector<std::size_t> status{};  ///< (N) 0 converged, 1 not converged, 2 no data, 3 failed
    std::size_t width = 0, height = 0;  ///< of a map, whose first row is the lowest
    std::size_t poorly_described = 0;   ///< sources whose predictive p of all bands is below 0.001
};

/// What the page of a fit is made from.
struct FitReport {
    std::string source{};   ///< "cloud.ecsv:2", "galaxies.ecsv", "maps.fits"
    std::string model{};    ///< name of the emulator
    std::string summary{};  ///< what it is, one sentence; may be empty
    std::optional<FittedSource> one{};
    std::optional<FittedMany> many{};
    std::vector<std::pair<std::string, std::string>> settings{};  ///< name and value: priors, distance, calibration
    std::vector<ReportSource> sources{};                          ///< files: fluxes, network, priors
    std::string command{};
};

/// Fluxes with errors, limits as arrows, the model with its 68 and 95 % bands over wavelength; residuals below.
[[nodiscard]] Figure sed_figure(const FittedSed& sed);
/// Histograms of the draws of each parameter, and regions that hold 39 and 86 % of each pair (1 and 2 sigma of a normal
/// of two dimensions). At most six parameters.
[[nodiscard]] Figure corner_figure(const std::vector<FittedParameter>& parameters);
/// How the values of each quantity are distributed over sources.
[[nodiscard]] Figure distributions_figure(const FittedMany& many);
/// How many sources ended how.
[[nodiscard]] Figure status_figure(const FittedMany& many);
/// Ranks of the truths with the band in which 95 % of the bars of a true method lie; for quantities that have them.
[[nodiscard]] Figure ranks_figure(const FittedMany& many);
/// Each quantity on the sky with its scale, and how each pixel ended.
[[nodiscard]] Figure maps_figure(const FittedMany& many);

/// The pictures that the data allow, in the order of the page.
[[nodiscard]] std::vector<Figure> fit_figures(const FitReport& report);

/// A page as report_page makes it.
[[nodiscard]] std::string fit_page(const FitReport& report);

}  // namespace ism::explain
