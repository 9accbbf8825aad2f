#include <ism/observe/photometry.hpp>

#include <algorithm>
#include <array>
#include <cmath>

#include <ism/base/errors.hpp>
#include <ism/base/parallel.hpp>
#include <ism/base/text.hpp>
#include <ism/base/units.hpp>

namespace ism::observe {
namespace {

constexpr double least_covered = 0.999;
// spectra that are held at a time: they stay in the nearest caches, and networks work on as many
constexpr std::size_t chunk = 48;

// Gauss-Legendre, 5 points on [0, 1]
constexpr std::array<double, 5> gauss_points{0.046910077030668, 0.2307653449471585, 0.5, 0.7692346550528415,
                                             0.953089922969332};
constexpr std::array<double, 5> gauss_weights{0.1184634425280945, 0.2393143352496832, 0.2844444444444444,
                                              0.2393143352496832, 0.1184634425280945};

Band in_convention(Band band, Convention convention) {
    if (convention == Convention::instrument) return band;
    band.counter = Counter::photon;
    band.reference = ReferenceSpectrum{ReferenceSpectrum::Kind::power_law, 0.0, 0.0};
    return band;
}

/// Weight of nu F_nu in the signal, per wavelength: R_energy / lambda.
double signal_weight(const Band& band, std::size_t piece, double wavelength) {
    const double left = band.wavelength[piece], right = band.wavelength[piece + 1];
    const double t = (wavelength - left) / (right - left);
    const double response = band.response[piece] + t * (band.response[piece + 1] - band.response[piece]);
    return band.counter == Counter::photon ? response : response / wavelength;
}

/// Calls f(wavelength, weight) at the Gauss points of each piece of the response between low and high that the nodes
/// do not cut further; weight includes the response.
template <class F>
void integrate(const Band& band, std::span<const double> nodes, double low, double high, F f) {
    std::vector<double> cuts(band.wavelength);
    cuts.insert(cuts.end(), nodes.begin(), nodes.end());
    std::sort(cuts.begin(), cuts.end());
    const double begin = std::max(low, band.wavelength.front()), end = std::min(high, band.wavelength.back());
    std::size_t piece = 0;
    for (std::size_t i = 0; i + 1 < cuts.size(); ++i) {
        const double left = std::max(cuts[i], begin), right = std::min(cuts[i + 1], end);
        if (!(right > left)) continue;
        while (band.wavelength[piece + 1] <= left) ++piece;
        for (std::size_t q = 0; q < gauss_points.size(); ++q) {
            const double wavelength = left + gauss_points[q] * (right - left);
            f(wavelength, gauss_weights[q] * (right - left) * signal_weight(band, piece, wavelength));
        }
    }
}

double covered(const Band& band, std::span<const double> axis) {
    double inside = 0.0, all = 0.0;
    for (auto [low, high, sum] : {std::tuple{axis.front(), axis.back(), &inside}, std::tuple{0.0, 1e30, &all}})
        integrate(band, {}, low, high, [&, out = sum](double, double weight) { *out += weight; });
    return inside / all;
}

void refuse_uncovered(const std::vector<std::string>& names, std::span<const double> axis) {
    std::string list;
    for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
    throw InputError({.where = "bands " + list,
                      .found = "less than 99.9 % of the response lies on the wavelengths " + to_text(axis.front(), 5) +
                               " .. " + to_text(axis.back(), 5) + " um",
                      .allowed = "bands inside that range",
                      .next = "compute the spectrum on a wider range (--wavelengths), or leave these bands out"});
}

}  // namespace

std::string to_string(Convention convention) { return convention == Convention::ab ? "ab" : "instrument"; }

Convention convention_from_string(std::string_view word) {
    for (const Convention convention : {Convention::instrument, Convention::ab}) {
        if (word == to_string(convention)) return convention;
    }
    throw InputError(
        {.where = "convention", .found = "'" + std::string(word) + "' is not known", .allowed = "instrument, ab"});
}

Photometer::Photometer(std::vector<Band> bands, std::span<const double> wavelengths, Convention convention)
    : bands_(std::move(bands)), wavelengths_(wavelengths.size()) {
    if (wavelengths.size() < 2) throw InputError("photometry: a spectrum of fewer than two wavelengths");
    for (std::size_t i = 0; i < wavelengths.size(); ++i) {
        if (!(wavelengths[i] > (i == 0 ? 0.0 : wavelengths[i - 1])))
            throw InputError("photometry: wavelength number " + std::to_string(i + 1) +
                             " of the spectrum does not increase");
    }
    std::vector<std::string> uncovered;
    for (Band& given : bands_) {
        check(given);
        given = in_convention(std::move(given), convention);
        if (!(covered(given, wavelengths) >= least_covered)) uncovered.push_back(given.name);
    }
    if (!uncovered.empty()) refuse_uncovered(uncovered, wavelengths);
    for (const Band& band : bands_) {
        std::vector<double> weights(wavelengths.size(), 0.0);
        double reference = 0.0;
        std::size_t i = 0;
        integrate(band, wavelengths, wavelengths.front(), wavelengths.back(), [&](double wavelength, double weight) {
            while (i + 2 < wavelengths.size() && wavelengths[i + 1] < wavelength) ++i;
            const double t = std::log(wavelength / wavelengths[i]) / std::log(wavelengths[i + 1] / wavelengths[i]);
            weights[i] += (1.0 - t) * weight;
            weights[i + 1] += t * weight;
            reference += weight * band.reference.nu_f_nu(wavelength);
        });
        const double scale = band.reference.nu_f_nu(band.reference_wavelength) / reference;
        for (double& weight : weights) weight *= scale;
        rows_.add(weights);
    }
}

void Photometer::apply(std::span<const double> spectra, std::span<double> fluxes) const {
    const std::size_t count = spectra.size() / wavelengths_;
    if (spectra.size() != count * wavelengths_ || fluxes.size() != count * bands_.size())
        throw InputError("photometry: spectra or lists of fluxes of the wrong length");
    rows_.multiply(spectra.data(), count, wavelengths_, fluxes.data(), bands_.size(), 1);
}

void Photometer::apply(std::span<const double> table, std::size_t columns, std::span<double> result) const {
    if (table.size() != wavelengths_ * columns || result.size() != bands_.size() * columns)
        throw InputError("photometry: a table of the wrong shape");
    thread_local std::vector<double> turned;
    turned.resize(table.size());
    turn(table.data(), wavelengths_, columns, turned.data());
    rows_.multiply(turned.data(), columns, wavelengths_, result.data(), 1, columns);
}

std::vector<double> colour_corrections(const Photometer& photometer, std::span<const double> wavelengths,
                                       std::span<const double> spectrum) {
    std::vector<double> fluxes(photometer.bands().size());
    photometer.apply(spectrum, fluxes);
    for (std::size_t b = 0; b < fluxes.size(); ++b) {
        const double at = photometer.bands()[b].reference_wavelength;
        const auto right = std::upper_bound(wavelengths.begin(), wavelengths.end(), at) - wavelengths.begin();
        const auto i = std::clamp<std::size_t>(static_cast<std::size_t>(right), 1, wavelengths.size() - 1);
        const double t = std::log(at / wavelengths[i - 1]) / std::log(wavelengths[i] / wavelengths[i - 1]);
        fluxes[b] /= spectrum[i - 1] + t * (spectrum[i] - spectrum[i - 1]);
    }
    return fluxes;
}

std::vector<double> wavelengths_of(const ModelInfo& info) {
    if (info.axis.values.empty() || info.axis.kind != "wavelength")
        throw InputError({.where = "photometry of '" + info.name + "'",
                          .found = "its outputs are on an axis of kind '" + info.axis.kind + "'",
                          .allowed = "an axis of wavelengths"});
    const double factor = conversion_factor(info.axis.unit, "um");
    std::vector<double> wavelengths;
    for (const double value : info.axis.values) wavelengths.push_back(value * factor);
    return wavelengths;
}

ModelInfo through_bands(const ModelInfo& info, const Photometer& photometer) {
    ModelInfo result = info;
    result.axis = {"wavelength", "band", "um", {}, {}};
    for (const Band& band : photometer.bands()) {
        result.axis.values.push_back(band.reference_wavelength);
        result.axis.labels.push_back(band.name);
    }
    result.output_help = info.output_help + ", quoted in bands at their reference wavelengths";
    return result;
}

Dataset through_bands(const Dataset& dataset, const Photometer& photometer) {
    const std::size_t count = dataset.info.output_count(), bands = photometer.bands().size();
    Dataset result = dataset;
    result.info = through_bands(dataset.info, photometer);
    result.outputs.assign(dataset.size() * bands, std::nan(""));
    if (!dataset.mask.empty()) result.mask.assign(dataset.size() * bands, 0);
    for (std::size_t i = 0; i < dataset.size(); ++i) {
        if (!dataset.done(i)) continue;
        photometer.apply(std::span(dataset.outputs).subspan(i * count, count),
                         std::span(result.outputs).subspan(i * bands, bands));
        for (std::size_t b = 0; b < bands && !dataset.mask.empty(); ++b) {
            result.mask[i * bands + b] = 1;
            for (std::size_t k = 0; k < photometer.weights(b).size(); ++k) {
                if (!dataset.used(i, photometer.first(b) + k)) result.mask[i * bands + b] = 0;
            }
            if (result.mask[i * bands + b] == 0) result.outputs[i * bands + b] = std::nan("");
        }
    }
    return result;
}

BandModel::BandModel(std::shared_ptr<const Model> model, std::vector<Band> bands, Convention convention)
    : model_(std::move(model)),
      photometer_(std::move(bands), wavelengths_of(model_->info()), convention),
      info_(through_bands(model_->info(), photometer_)) {}

void BandModel::evaluate(std::span<const double> parameters, std::span<double> outputs) const {
    const std::size_t points = check_shapes(info_, parameters.size(), outputs.size());
    const std::size_t p = info_.parameter_count(), bands = info_.output_count(), count = photometer_.wavelength_count();
    const auto some = [&](std::size_t part) {
        thread_local std::vector<double> spectra;
        const std::size_t begin = part * chunk, size = std::min(chunk, points - begin);
        spectra.resize(size * count);
        model_->evaluate(parameters.subspan(begin * p, size * p), spectra);
        photometer_.apply(spectra, outputs.subspan(begin * bands, size * bands));
    };
    const std::size_t parts = (points + chunk - 1) / chunk;
    if (parts <= 1) return points == 0 ? void() : some(0);
    parallel_for(parts, some);
}

void BandModel::evaluate_with_jacobian(std::span<const double> parameters, std::span<double> outputs,
                                       std::span<double> jacobian) const {
    const std::size_t points = check_shapes(info_, parameters.size(), outputs.size());
    const std::size_t p = info_.parameter_count(), bands = info_.output_count(), count = photometer_.wavelength_count();
    if (jacobian.size() != points * bands * p) throw InputError("photometry: a Jacobian of the wrong size");
    thread_local std::vector<double> spectrum, slopes;
    spectrum.resize(count);
    slopes.resize(count * p);
    for (std::size_t i = 0; i < points; ++i) {
        model_->evaluate_with_jacobian(parameters.subspan(i * p, p), spectrum, slopes);
        photometer_.apply(spectrum, outputs.subspan(i * bands, bands));
        photometer_.apply(slopes, p, jacobian.subspan(i * bands * p, bands * p));
    }
}

}  // namespace ism::observe
