#pragma once
#include <string>

#include <ism/simulate/dust/grain_material.hpp>

namespace ism::simulate::dust {

/// A grain mixture from DustEM's own files: `directory` holds data/, oprop/ and hcap/ as DustEM has them, `grains` is
/// the name of a GRAIN_*.DAT in data/ (or a path to one). Column names are TYPE_1, TYPE_2 ... in the order of the file.
///
/// Throws InputError naming file and line where a table is missing, damaged or does not fit the others.
[[nodiscard]] GrainMixture dustem_mixture(const std::string& directory, const std::string& grains);

}  // namespace ism::simulate::dust
