#include "fit_spectrum.hpp"

#include <algorithm>
#include <memory>

#include <ism/emulate/emulator.hpp>
#include <ism/infer/diagnostics.hpp>
#include <ism/infer/predictive.hpp>
#include <ism/infer/radiation_mixture.hpp>
#include <ism/observe/photometry.hpp>

namespace ism::app {
namespace {

constexpr std::size_t drawn_spectra = 400;  // a 2.5 % quantile has ten below it

/// A number of the model by its name at coordinates x (D): free, fixed by its prior, or else `otherwise`.
double number_at(const infer::SedFit& fit, const std::string& name, std::span<const double> x, double otherwise) {
    for (std::size_t d = 0; d < fit.coordinates().size(); ++d) {
        if (fit.coordinates()[d].name == name) return x[d];
    }
    const auto prior = fit.setup().priors.find(name);
    return prior == fit.setup().priors.end() ? otherwise : prior->second.low();
}

/// The emulator's spectra, over the distribution of radiation fields that the fit has.
std::shared_ptr<const Model> model_like(const infer::SedFit& fit, const Seen& seen) {
    const emulate::EmulatorOptions options{.outside = emulate::Outside::nearest};  // priors end at the edges
    auto emulator = std::make_shared<emulate::Emulator>(seen.record(), options);
    const auto* mixture = dynamic_cast<const infer::RadiationMixture*>(fit.setup().model.get());
    if (mixture == nullptr) return emulator;
    return std::make_shared<infer::RadiationMixture>(std::move(emulator), mixture->distribution());
}

/// Spectra (W) of the emulator at coordinates of the fit.
class SpectrumOf {
public:
    SpectrumOf(const infer::SedFit& fit, const Seen& seen, const std::string& unit)
        : fit_(fit), model_(model_like(fit, seen)), wavelengths_(observe::wavelengths_of(model_->info())) {
        std::vector<infer::FluxBand> places;
        for (const double wavelength : wavelengths_) places.push_back({"", "", wavelength, unit});
        const infer::SedFitSetup& setup = fit.setup();
        units_ =
            infer::flux_units(model_->info().output_unit, places, setup.amount, setup.distance, setup.dust_to_hydrogen);
    }
    [[nodiscard]] const std::vector<double>& wavelengths() const noexcept { return wavelengths_; }

    [[nodiscard]] std::vector<double> at(std::span<const double> x) const {
        std::vector<double> point;
        for (const Parameter& parameter : model_->info().parameters)
            point.push_back(number_at(fit_, parameter.name, x, parameter.low));
        const infer::Amount amount = fit_.setup().amount;
        const double scale = amount == infer::Amount::none ? 1.0 : number_at(fit_, infer::to_string(amount), x, 1.0);
        std::vector<double> spectrum(wavelengths_.size());
        model_->evaluate(point, spectrum);
        for (std::size_t w = 0; w < spectrum.size(); ++w) spectrum[w] *= scale * units_[w];
        return spectrum;
    }

private:
    const infer::SedFit& fit_;
    std::shared_ptr<const Model> model_;
    std::vector<double> wavelengths_, units_;
};

}  // namespace

explain::FittedSpectrum fitted_spectrum(const infer::SedFit& fit, const Seen& seen, const infer::SedFitResult& result,
                                        const std::string& unit) {
    const SpectrumOf spectrum_of(fit, seen, unit);
    explain::FittedSpectrum spectrum{.wavelength = spectrum_of.wavelengths(), .best = spectrum_of.at(result.best)};
    const std::size_t dimension = result.posterior.dimension();
    const std::vector<double> draws = infer::thinned(result.posterior, drawn_spectra);
    std::vector<std::vector<double>> spectra;
    for (std::size_t i = 0; i < draws.size(); i += dimension)
        spectra.push_back(spectrum_of.at(std::span(draws).subspan(i, dimension)));
    if (spectra.empty()) return spectrum;
    std::vector<double> here(spectra.size());
    for (std::size_t w = 0; w < spectrum.wavelength.size(); ++w) {
        for (std::size_t i = 0; i < spectra.size(); ++i) here[i] = spectra[i][w];
        std::sort(here.begin(), here.end());
        spectrum.low95.push_back(infer::sorted_quantile(here, 0.025));
        spectrum.low.push_back(infer::sorted_quantile(here, 0.16));
        spectrum.high.push_back(infer::sorted_quantile(here, 0.84));
        spectrum.high95.push_back(infer::sorted_quantile(here, 0.975));
    }
    return spectrum;
}

}  // namespace ism::app
