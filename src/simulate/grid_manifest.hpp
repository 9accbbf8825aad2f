#pragma once
#include <string>

#include <ism/base/design.hpp>
#include <ism/base/model.hpp>

namespace ism::simulate {

/// What defines a grid: stands as grid.json beside its parts, so that they can be merged and resumed.
struct GridManifest {
    ModelInfo info;
    DesignSettings design;
    std::size_t size = 0;
    std::size_t chunk = 1;
    std::string provenance;

    [[nodiscard]] std::size_t chunk_count() const noexcept { return (size + chunk - 1) / chunk; }
    [[nodiscard]] std::size_t chunk_size(std::size_t c) const noexcept {
        return c + 1 == chunk_count() ? size - c * chunk : chunk;
    }

    /// JSON; doubles read back exactly.
    [[nodiscard]] std::string json() const;
    /// SHA-256 of json(): stands in every part.
    [[nodiscard]] std::string fingerprint() const;
    /// The provenance of the dataset: the one given, with the design and the ranges.
    [[nodiscard]] std::string dataset_provenance() const;
};

/// Throws InputError where the text is no manifest; `where` names it.
[[nodiscard]] GridManifest manifest_from_json(const std::string& text, const std::string& where);

/// "seed: 1 there, 2 here; parameters/U/high: 1e5 there, 1e6 here", empty where both are the same.
[[nodiscard]] std::string difference(const GridManifest& there, const GridManifest& here);

}  // namespace ism::simulate
