#pragma once
#include <numbers>

/// CODATA 2018 (Tiesinga et al. 2021, Rev. Mod. Phys. 93, 025010, doi:10.1103/RevModPhys.93.025010), in cgs.
namespace ism::constants {

// Defined: exact by the 2019 SI.
inline constexpr double speed_of_light = 2.99792458e10;      ///< c    [cm s-1]
inline constexpr double planck = 6.62607015e-27;             ///< h    [erg s]
inline constexpr double boltzmann = 1.380649e-16;            ///< k    [erg K-1]
inline constexpr double electron_volt = 1.602176634e-12;     ///< eV   [erg]
inline constexpr double avogadro = 6.02214076e23;            ///< N_A  [mol-1]
inline constexpr double astronomical_unit = 1.495978707e13;  ///< au   [cm], IAU 2012 B2
inline constexpr double solar_luminosity = 3.828e33;         ///< Lsun [erg s-1], IAU 2015 B3 nominal
inline constexpr double julian_year = 365.25 * 86400.0;      ///< yr   [s]

// Measured.
inline constexpr double atomic_mass = 1.66053906660e-24;    ///< u    [g], relative uncertainty 3.0e-10
inline constexpr double electron_mass = 9.1093837015e-28;   ///< m_e  [g], 3.0e-10
inline constexpr double proton_mass = 1.67262192369e-24;    ///< m_p  [g], 3.1e-10
inline constexpr double gravitation = 6.67430e-8;           ///< G    [cm3 g-1 s-2], 2.2e-5
inline constexpr double solar_mass = 1.988409870698051e33;  ///< Msun [g], IAU nominal GM / G

// Derived.
inline constexpr double hydrogen_mass = 1.00782503223 * atomic_mass;  ///< m_H [g], neutral 1H atom (AME2016)
inline constexpr double parsec = astronomical_unit * 648000.0 / std::numbers::pi;  ///< pc [cm]
inline constexpr double stefan_boltzmann =
    2.0 * std::numbers::pi * std::numbers::pi * std::numbers::pi * std::numbers::pi * std::numbers::pi * boltzmann *
    boltzmann * boltzmann * boltzmann / (15.0 * planck * planck * planck * speed_of_light * speed_of_light);
///< sigma [erg s-1 cm-2 K-4]
inline constexpr double radiation_constant = 4.0 * stefan_boltzmann / speed_of_light;  ///< a [erg cm-3 K-4]

inline constexpr double micron = 1e-4;     ///< [cm]
inline constexpr double nanometre = 1e-7;  ///< [cm]
inline constexpr double angstrom = 1e-8;   ///< [cm]
inline constexpr double jansky = 1e-23;    ///< [erg s-1 cm-2 Hz-1]

}  // namespace ism::constants
