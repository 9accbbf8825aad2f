#pragma once
#include <optional>

#include <simulate/grid_manifest.hpp>
#include <simulate/grid_part.hpp>

namespace ism::simulate {

/// Computes the models of one chunk; nothing where the user asked to stop meanwhile.
///
/// Models are given to evaluate() in blocks of 16, and one by one where a block throws. The blocks do not depend on
/// threads or shards, so neither does the last bit of a result.
[[nodiscard]] std::optional<GridPart> compute_chunk(const Model& model, const GridManifest& manifest,
                                                    const Design& design, std::size_t chunk);

}  // namespace ism::simulate
