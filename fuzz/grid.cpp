// The files of a grid under way: its description, and a part with and without a right checksum.
#include <simulate/grid_manifest.hpp>
#include <simulate/grid_part.hpp>

#include <ism/base/sha256.hpp>

#include "check.hpp"

namespace {

using namespace ism::simulate;
using fuzz::require;

void check_manifest(const std::string& text) {
    const GridManifest manifest = manifest_from_json(text, "fuzz");
    require(manifest.size > 0 && manifest.chunk > 0 && manifest.chunk_count() > 0);
    require(manifest.chunk_size(manifest.chunk_count() - 1) <= manifest.chunk);
    require(manifest.info.parameter_count() > 0 && manifest.info.output_count() > 0);
    const std::string json = manifest.json();
    require(manifest_from_json(json, "again").json() == json);
    require(difference(manifest, manifest).empty() && !manifest.dataset_provenance().empty());
}

GridManifest two_by_two() {
    GridManifest manifest;
    manifest.info.parameters.push_back(
        {.name = "U", .unit = "", .low = 1.0, .high = 10.0, .fallback = 2.0, .help = ""});
    manifest.info.axis.labels = {"a", "b"};
    manifest.size = 4;
    manifest.chunk = 2;
    return manifest;
}

void check_part(const std::string& bytes) {
    static const GridManifest manifest = two_by_two();
    static const std::string fingerprint = manifest.fingerprint();
    GridPart part;
    std::string problem;
    if (!part_from_bytes(bytes, manifest, fingerprint, 1, part, problem)) return require(!problem.empty());
    require(part.parameters.size() == 2 && part.outputs.size() == 4);
    require(part.status.size() == 2 && part.reason.size() == 2);
    require(to_bytes(part, fingerprint, 1) == bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string bytes = fuzz::text(data, size);
    fuzz::refused_or_valid([&] { check_manifest(bytes); });
    check_part(bytes);
    static const std::string fingerprint = two_by_two().fingerprint();
    const std::string payload = fingerprint + bytes;
    check_part("ISMPART1" + ism::sha256(payload) + payload);
    return 0;
}
