// The reader of molecular data: what it gives is a molecule that the solver of levels can take, or a refusal.
#include <ism/io/lamda.hpp>

#include "check.hpp"

namespace {

using fuzz::require;

void check_transition(const ism::io::LamdaMolecule& molecule, std::size_t upper, std::size_t lower) {
    require(upper < molecule.levels.size() && lower < molecule.levels.size() && upper != lower);
}

void check(const ism::io::LamdaMolecule& molecule) {
    require(molecule.levels.size() >= 2 && !molecule.lines.empty() && !molecule.collisions.empty());
    for (const auto& level : molecule.levels)
        require(level.energy >= 0.0 && level.weight > 0.0 && std::isfinite(level.energy + level.weight));
    for (const auto& line : molecule.lines) {
        check_transition(molecule, line.upper, line.lower);
        require(line.einstein_a > 0.0 && line.frequency > 0.0 && !line.label.empty());
        require(molecule.levels[line.upper].energy > molecule.levels[line.lower].energy);
    }
    for (const auto& table : molecule.collisions) {
        fuzz::require_finite(table.rates);
        fuzz::require_increasing(table.temperatures);
        require(!table.from.empty() && table.to.size() == table.from.size());
        require(table.rates.size() == table.from.size() * table.temperatures.size());
        for (std::size_t c = 0; c < table.from.size(); ++c) check_transition(molecule, table.from[c], table.to[c]);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::refused_or_valid([&] { check(ism::io::parse_lamda(fuzz::text(data, size), "fuzz")); });
    return 0;
}
