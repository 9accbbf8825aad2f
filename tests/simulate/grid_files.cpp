// The inner files of a grid under way: a description that cannot be and a part that does not fit are refused.
#include <doctest/doctest.h>
#include <error_of.hpp>
#include <simulate/grid_manifest.hpp>
#include <simulate/grid_part.hpp>

using namespace ism;
using namespace ism::simulate;

namespace {

GridManifest manifest() {
    GridManifest one;
    one.info.name = "m";
    one.info.parameters.push_back({.name = "U", .unit = "", .low = 1.0, .high = 10.0, .fallback = 2.0, .help = ""});
    one.info.axis.labels = {"a", "b"};
    one.design.kind = DesignKind::random;
    one.design.size = 4;
    one.size = 4;
    one.chunk = 2;
    return one;
}

template <class Change>
std::string refusal(const Change& change) {
    GridManifest changed = manifest();
    change(changed);
    return error_of([&] { (void)manifest_from_json(changed.json(), "grid.json"); });
}

}  // namespace

TEST_CASE("grid files: a description is read back, one that cannot be is refused") {
    CHECK(manifest_from_json(manifest().json(), "grid.json").json() == manifest().json());
    CHECK(has(refusal([](GridManifest& m) { m.size = std::size_t{1} << 62; }), "grid.json: it describes a grid"));
    CHECK(has(refusal([](GridManifest& m) { m.chunk = ~std::size_t{0}; }), "parts of"));
    CHECK(has(refusal([](GridManifest& m) { m.chunk = 0; }), "parts of 0"));
    CHECK(has(refusal([](GridManifest& m) { m.info.parameters.clear(); }), "no parameter"));
    CHECK(has(refusal([](GridManifest& m) { m.info.axis.values = {1.0}; }), "labels"));
    CHECK(has(refusal([](GridManifest& m) { m.info.parameters[0].low = 20.0; }), "from 20 to 10"));
    CHECK(has(refusal([](GridManifest& m) { m.info.parameters[0].scale = Scale::log, m.info.parameters[0].low = 0.0; }),
              "from 0 to 10"));
    for (const char* text : {"", "{", "[]", "null", R"({"format":"ismulate-grid","version":1})"})
        CHECK(has(error_of([&] { (void)manifest_from_json(text, "grid.json"); }), "grid.json"));
}

TEST_CASE("grid files: a part with a byte changed or cut is refused") {
    const GridManifest grid = manifest();
    const GridPart part{
        .parameters = {1.0, 2.0}, .outputs = {1.0, 2.0, 3.0, 4.0}, .status = {0, 1}, .reason = {"", "x"}};
    const std::string bytes = to_bytes(part, grid.fingerprint(), 1);
    GridPart read;
    std::string problem;
    CHECK(part_from_bytes(bytes, grid, grid.fingerprint(), 1, read, problem));
    CHECK(read.reason == part.reason);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        std::string changed = bytes;
        changed[i] = static_cast<char>(changed[i] ^ 4);
        CHECK_FALSE(part_from_bytes(changed, grid, grid.fingerprint(), 1, read, problem));
        CHECK_FALSE(part_from_bytes(bytes.substr(0, i), grid, grid.fingerprint(), 1, read, problem));
    }
}
