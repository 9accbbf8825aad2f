#pragma once
#include <memory>

#include <ism/simulate/dust/draine_materials.hpp>
#include <ism/simulate/dust/grain_material.hpp>

namespace ism::simulate::dust {

/// The materials of the built-in dust, shared by its mixtures.
struct DraineMaterials {
    std::shared_ptr<const GrainMaterial> silicate;
    std::shared_ptr<const GrainMaterial> graphite;
    std::shared_ptr<const GrainMaterial> carbon_neutral;  ///< PAH when small, graphite when large
    std::shared_ptr<const GrainMaterial> carbon_ionised;
};

/// Computes them on a grid (half a second of processor time on the default one, on all threads).
[[nodiscard]] DraineMaterials draine_materials(const MaterialGrid& grid = draine_grid());

/// The built-in dust: Draine & Li 2007 (doi:10.1086/511055) for the Milky Way, R_V = 3.1, q_PAH = 4.6 %.
///
/// Populations, smallest radius 0.355 nm (20 carbon atoms), masses as in DustEM's model of that name (Compiegne et al.
/// 2011, doi:10.1051/0004-6361/201015292):
///   PAH0, PAH1  neutral and ionised grains of two log-normals: M/M_H = 4.97e-4 around 0.40 nm (sigma 0.40) and 1.66e-4
///               around 2.0 nm (sigma 0.55), to 40 nm; the ionised share is pah_ionised_fraction(a);
///   graphite    M/M_H = 2.21e-3, the curved power law of Weingartner & Draine 2001 (doi:10.1086/318651), to 2 um;
///   silicate    M/M_H = 7.64e-3, likewise.
/// All carbonaceous grains blend PAH and graphite by size, as Draine & Li do; those of the power law count as ionised.
/// The emission for the Mathis field agrees with the published model within a few per cent: docs/draine.md.
[[nodiscard]] GrainMixture draine_li_2007(const DraineMaterials& materials);

/// The mixture of Weingartner & Draine 2001 (doi:10.1086/318651) for R_V = 3.1, b_C = 6e-5, all abundances times 0.93
/// as in Draine 2003 (doi:10.1146/annurev.astro.41.011802.094840): the one whose extinction curve is published. Half of
/// the grains in the log-normals are ionised, all of the carbon of the power law. Populations as in draine_li_2007.
[[nodiscard]] GrainMixture weingartner_draine_2001(const DraineMaterials& materials);

}  // namespace ism::simulate::dust
