#pragma once
#include <memory>
#include <span>

#include <ism/explain/fit_report.hpp>
#include <ism/infer/sed_fit.hpp>

#include "fit_setup.hpp"

namespace ism::app {

/// The whole spectrum behind a fit in bands: that of the best fit, and quantiles over some hundred draws of the
/// posterior, where there is one. In `unit`, a flux unit of the data. The emulator of `seen` has an axis of
/// wavelengths.
[[nodiscard]] explain::FittedSpectrum fitted_spectrum(const infer::SedFit& fit, const Seen& seen,
                                                      const infer::SedFitResult& result, const std::string& unit);

}  // namespace ism::app
