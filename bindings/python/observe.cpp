// Bands and photometry of the compiled half.
#include <cmath>

#include <ism/base/errors.hpp>
#include <ism/base/parallel.hpp>
#include <ism/base/text.hpp>
#include <ism/base/units.hpp>
#include <ism/observe/flux_density.hpp>

#include "core.hpp"

namespace ism::python {
namespace {

/// (name, instrument, wavelength [um], pivot [um], counter, reference, rectangle, origin)
nb::tuple told(const observe::Band& band) {
    return nb::make_tuple(band.name, band.instrument, band.reference_wavelength, band.pivot_wavelength(),
                          band.counter == observe::Counter::photon ? "photon" : "energy", band.reference.str(),
                          band.rectangle, band.origin);
}

nb::list bands(const std::vector<std::string>& names) {
    nb::list all;
    if (names.empty()) {
        for (const observe::Band& band : observe::shipped_bands()) all.append(told(band));
    } else {
        for (const observe::Band& band : observe::find_bands(names)) all.append(told(band));
    }
    return all;
}

void check_finite(std::span<const double> spectra, std::size_t wavelengths) {
    const auto wrong = std::find_if(spectra.begin(), spectra.end(), [](double value) { return !std::isfinite(value); });
    if (wrong == spectra.end()) return;
    const auto i = static_cast<std::size_t>(wrong - spectra.begin());
    throw InputError({.where = "spectrum",
                      .found = "value number " + std::to_string(i % wavelengths) + " of spectrum number " +
                               std::to_string(i / wavelengths) + " is " + to_text(*wrong),
                      .allowed = "a number at every wavelength",
                      .effect = "nothing was computed"});
}

/// Names and wavelengths (B) of the bands, and fluxes (N x B) in `unit` of the spectra (N x M).
nb::tuple photometry(const std::vector<double>& wavelengths, const Points& spectra,
                     const std::vector<std::string>& names, const std::string& convention, const std::string& unit) {
    const observe::Density density = observe::density_of(unit);
    if (density == observe::Density::none) (void)observe::to_nu_f_nu(unit, 1.0);  // says what is allowed
    const std::size_t count = spectra.shape(0), m = spectra.shape(1);
    if (m != wavelengths.size())
        throw InputError(
            {.where = "spectrum",
             .found = std::to_string(m) + " values for " + std::to_string(wavelengths.size()) + " wavelengths",
             .allowed = "one for each wavelength, along the last dimension",
             .effect = "nothing was computed"});
    const observe::Photometer photometer(
        names.empty() ? observe::bands_within(wavelengths) : observe::find_bands(names), wavelengths,
        observe::convention_from_string(convention));
    check_finite({spectra.data(), spectra.size()}, m);
    const std::size_t b = photometer.bands().size();
    Block<double> fluxes(count * b);
    {
        const nb::gil_scoped_release others_may_run;
        std::vector<double> factors;
        for (const double wavelength : wavelengths) factors.push_back(observe::to_nu_f_nu(density, wavelength));
        parallel_for(count, [&](std::size_t i) {
            thread_local std::vector<double> spectrum;
            spectrum.assign(spectra.data() + i * m, spectra.data() + (i + 1) * m);
            for (std::size_t k = 0; k < m; ++k) spectrum[k] *= factors[k];
            const auto out = fluxes.span().subspan(i * b, b);
            photometer.apply(spectrum, out);
            for (std::size_t k = 0; k < b; ++k)
                out[k] /= observe::to_nu_f_nu(density, photometer.bands()[k].reference_wavelength);
        });
    }
    std::vector<std::string> labels;
    std::vector<double> at;
    for (const observe::Band& band : photometer.bands()) {
        labels.push_back(band.name);
        at.push_back(band.reference_wavelength);
    }
    return nb::make_tuple(labels, numbers(at, {b}), fluxes.array({count, b}));
}

}  // namespace

void add_observe(nb::module_& m) {
    m.def("bands", &bands, nb::arg("names"));
    m.def("photometry", &photometry, nb::arg("wavelengths"), nb::arg("spectra").noconvert(), nb::arg("names"),
          nb::arg("convention"), nb::arg("unit"));
    m.def(
        "conversion_factor", [](const std::string& from, const std::string& to) { return conversion_factor(from, to); },
        nb::arg("from"), nb::arg("to"));
}

}  // namespace ism::python
