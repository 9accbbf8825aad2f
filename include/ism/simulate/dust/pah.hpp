#pragma once

namespace ism::simulate::dust {

/// Charge of a carbonaceous grain, as far as its bands know it.
enum class Charge { neutral, ionised };

/// Carbon atoms in a grain of radius a [cm] and density 2.24 g cm-3: N_C = 470 (a / nm)^3.
[[nodiscard]] double carbon_atoms(double radius);

/// H/C of a PAH (Draine & Li 2007, doi:10.1086/511055): 0.5 up to 25 C atoms, 0.5 (25/N_C)^(1/2) up to 100, then
/// 0.25.
[[nodiscard]] double hydrogen_per_carbon(double carbon_atoms);

/// Larger grains are partly graphite [cm].
inline constexpr double pure_pah_limit = 5e-7;
/// Share xi of the PAH in the absorption of a carbonaceous grain of radius a [cm]; the rest is graphite (Li & Draine
/// 2001, doi:10.1086/323147; Draine & Li 2007): 0.99 min[1, (5 nm / a)^3].
[[nodiscard]] double pah_share(double radius);

/// Shortest wavelength with a PAH cross-section of its own [cm]: 1/17.25 um. Below it PAHs are taken as graphite.
inline constexpr double shortest_pah_wavelength = 1e-4 / 17.25;

/// Absorption cross-section of a PAH per carbon atom [cm2] at a wavelength [cm] (Li & Draine 2001, with the
/// bands of Draine & Li 2007, table 1): Drude profiles on a continuum with an electronic cut-off that depends on size.
/// The band of ions at 1.905 um is negative; where the sum is (1.85-2.0 um) 0 is returned.
/// Throws InputError where wavelength < shortest_pah_wavelength or carbon_atoms is not > 0.
[[nodiscard]] double pah_cross_section_per_carbon(double wavelength, double carbon_atoms, Charge charge);

/// Share of ionised grains of radius a [cm] in the diffuse interstellar medium: 1 - 1/(1 + a/1 nm), the "standard"
/// choice of Draine et al. 2021 (doi:10.3847/1538-4357/abff51), a stand-in for Fig. 8 of Draine & Li 2007.
[[nodiscard]] double pah_ionised_fraction(double radius);

}  // namespace ism::simulate::dust
