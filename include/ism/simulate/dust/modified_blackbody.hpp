#pragma once
#include <ism/simulate/registry.hpp>

namespace ism::simulate {

/// Emission of dust at a single temperature, per mass of dust, optically thin:
///
///     4 pi nu kappa_nu B_nu(T),   kappa_nu = kappa_0 (lambda_0 / lambda)^beta,   lambda_0 = 160 um      [erg s-1 g-1]
///
/// (Hildebrand 1983, QJRAS 24, 267.) Parameters: `temperature` T [K], `beta` [1], `kappa` kappa_0 [cm2 g-1]. Small
/// grains are heated by single photons and have no one temperature: below about 60 um use the model `dust`.
[[nodiscard]] Simulator modified_blackbody_simulator();

/// nu B_nu(T) [erg s-1 cm-2 sr-1] at a wavelength [cm]; exact in both limits of h c / (lambda k T).
[[nodiscard]] double nu_planck(double wavelength, double temperature);

}  // namespace ism::simulate
