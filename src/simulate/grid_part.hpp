#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <simulate/grid_manifest.hpp>

namespace ism::simulate {

/// The finished models of one chunk.
struct GridPart {
    std::vector<double> parameters;    ///< (n x P)
    std::vector<double> outputs;       ///< (n x M), NaN where a model failed or left a gap
    std::vector<std::uint8_t> status;  ///< (n), 1 = failed
    std::vector<std::string> reason;   ///< (n)
};

/// The bytes of a part: magic, SHA-256 of the rest, fingerprint of the grid, chunk, sizes, values (little endian).
[[nodiscard]] std::string to_bytes(const GridPart& part, const std::string& fingerprint, std::size_t chunk);

/// Reads a part of chunk `chunk`; false where the bytes are damaged, or belong to another grid or chunk: `problem` says
/// what is wrong.
[[nodiscard]] bool part_from_bytes(std::string_view bytes, const GridManifest& manifest, const std::string& fingerprint,
                                   std::size_t chunk, GridPart& part, std::string& problem);

/// "chunk-000017.part"
[[nodiscard]] std::string part_name(std::size_t chunk);

}  // namespace ism::simulate
