#pragma once
#include <vector>

#include <ism/simulate/dust/grain_material.hpp>
#include <ism/simulate/dust/pah.hpp>

namespace ism::simulate::dust {

/// Sizes and wavelengths at which a material is tabulated.
struct MaterialGrid {
    std::vector<double> sizes;        ///< grain radius a [cm], increasing
    std::vector<double> wavelengths;  ///< [cm], increasing, 1e-3 um ... 12 cm
};

/// The grid of the built-in dust, 86 sizes and about 870 wavelengths: 0.31 nm ... 2 um, and 0.04 um ... 1e4 um, finest
/// (0.5 %) at 3-20 um, where the PAH bands are as narrow as 1.2 %; 0.0912 um and 8 um, the ends of the interval that
/// defines U, are among the wavelengths.
[[nodiscard]] MaterialGrid draine_grid();

/// Spheres of the astronomical silicate of Draine 2003. Computed on all threads (about 0.1 s on one core).
[[nodiscard]] GrainMaterial draine_silicate(const MaterialGrid& grid);

/// Spheres of the graphite of Draine 2003: two thirds of the cross-section with the field perpendicular to the c axis
/// and one third parallel (Draine & Malhotra 1993, doi:10.1086/173109), free electrons for each size of their own.
[[nodiscard]] GrainMaterial draine_graphite(const MaterialGrid& grid);

/// Carbonaceous grains of Li & Draine 2001, Draine & Li 2007: PAH, the smaller the more (pah_share), the rest graphite.
/// Scattering and <cos> are those of graphite. `graphite`: draine_graphite() on the same grid.
[[nodiscard]] GrainMaterial draine_carbon(const GrainMaterial& graphite, Charge charge);

}  // namespace ism::simulate::dust
