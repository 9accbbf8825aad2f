#include <ism/simulate/lines/level_system.hpp>

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>
#include <set>
#include <utility>

#include <ism/base/constants.hpp>
#include <ism/base/errors.hpp>

namespace ism::simulate::lines {
namespace {

using namespace constants;
constexpr double kelvin_per_wavenumber = planck * speed_of_light / boltzmann;  // h c / k [cm K]

RadiativeLine radiative(const io::LamdaLine& line, const io::LamdaMolecule& molecule) {
    constexpr double km = 1e5;
    const io::LamdaLevel &up = molecule.levels[line.upper], &low = molecule.levels[line.lower];
    const double wavenumber = up.energy - low.energy;
    return {.upper = line.upper,
            .lower = line.lower,
            .einstein_a = line.einstein_a,
            .weight_ratio = up.weight / low.weight,
            .temperature = wavenumber * kelvin_per_wavenumber,
            .frequency = wavenumber * speed_of_light,
            .depth = line.einstein_a / (8.0 * std::numbers::pi * std::pow(wavenumber, 3) * gaussian_area * km)};
}

/// A table holds a transition in both directions: the one up in energy is left out, detailed balance gives it.
std::vector<bool> redundant(const io::LamdaMolecule& molecule, const io::LamdaCollisions& table) {
    std::set<std::pair<std::size_t, std::size_t>> given;
    for (std::size_t c = 0; c < table.from.size(); ++c) given.emplace(table.from[c], table.to[c]);
    std::vector<bool> result(table.from.size());
    for (std::size_t c = 0; c < result.size(); ++c) {
        const double rise = molecule.levels[table.to[c]].energy - molecule.levels[table.from[c]].energy;
        const bool upwards = rise > 0.0 || (rise == 0.0 && table.to[c] > table.from[c]);
        result[c] = upwards && given.contains({table.to[c], table.from[c]});
    }
    return result;
}

const io::LamdaCollisions& table_of(const io::LamdaMolecule& molecule, io::Collider collider) {
    std::string names;
    for (const auto& table : molecule.collisions) {
        if (table.collider == collider) return table;
        names += (names.empty() ? "" : ", ") + to_string(table.collider);
    }
    throw InputError({.where = "molecule '" + molecule.name + "'",
                      .found = "there are no collisions with " + to_string(collider) + " in its file",
                      .allowed = names,
                      .effect = "nothing was computed"});
}

/// Throws for a level that neither lines nor collisions lead to from the first: its population would be undetermined.
void check_connected(const LevelSystem& system, const io::LamdaMolecule& molecule) {
    std::vector<bool> reached(system.size(), false);
    reached[0] = true;
    const auto spread = [&reached](std::size_t a, std::size_t b) {
        const bool news = reached[a] != reached[b];
        if (news) reached[a] = reached[b] = true;
        return news;
    };
    for (bool news = true; news;) {
        news = false;
        for (const auto& line : system.lines) news = spread(line.upper, line.lower) || news;
        for (const auto& pair : system.pairs) news = spread(pair.from, pair.to) || news;
    }
    const auto lost = std::find(reached.begin(), reached.end(), false);
    if (lost == reached.end()) return;
    const auto i = static_cast<std::size_t>(lost - reached.begin());
    throw InputError({.where = "molecule '" + molecule.name + "'",
                      .found = "neither lines nor collisions connect level " + std::to_string(i + 1) + " (" +
                               molecule.levels[i].label + ") with the first level",
                      .effect = "nothing was computed",
                      .next = "ask for another collision partner, or split the file"});
}

}  // namespace

LevelSystem::LevelSystem(const io::LamdaMolecule& molecule, const std::vector<io::Collider>& colliders) {
    for (const auto& level : molecule.levels) {
        energies.push_back(level.energy * kelvin_per_wavenumber);
        weights.push_back(level.weight);
    }
    for (const auto& line : molecule.lines) lines.push_back(radiative(line, molecule));
    std::map<std::pair<std::size_t, std::size_t>, std::size_t> places;
    for (const io::Collider collider : colliders) {
        const auto& table = table_of(molecule, collider);
        const std::vector<bool> left_out = redundant(molecule, table);
        for (std::size_t c = 0; c < table.from.size(); ++c) {
            if (left_out[c]) continue;
            const std::size_t from = table.from[c], to = table.to[c];
            if (!places.emplace(std::pair{from, to}, pairs.size()).second) continue;
            pairs.push_back({from, to, weights[from] / weights[to], energies[from] - energies[to]});
        }
    }
    for (const io::Collider collider : colliders) {
        const auto& table = table_of(molecule, collider);
        const std::size_t count = table.temperatures.size();
        const std::vector<bool> left_out = redundant(molecule, table);
        PartnerRates rates{collider, table.temperatures, std::vector<double>(pairs.size() * count, 0.0)};
        for (std::size_t c = 0; c < table.from.size(); ++c) {
            if (left_out[c]) continue;
            const std::size_t place = places.at({table.from[c], table.to[c]});
            std::copy_n(table.rates.begin() + static_cast<std::ptrdiff_t>(c * count), count,
                        rates.rates.begin() + static_cast<std::ptrdiff_t>(place * count));
        }
        partners.push_back(std::move(rates));
    }
    check_connected(*this, molecule);
}

double occupation(double line_temperature, double temperature) {
    return temperature > 0.0 ? 1.0 / std::expm1(line_temperature / temperature) : 0.0;
}

TablePosition table_position(const std::vector<double>& temperatures, double temperature) {
    if (temperatures.size() == 1 || temperature <= temperatures.front()) return {0, 0.0};
    if (temperature >= temperatures.back()) return {temperatures.size() - 2, 1.0};
    const auto above = std::upper_bound(temperatures.begin(), temperatures.end(), temperature);
    const auto first = static_cast<std::size_t>(above - temperatures.begin()) - 1;
    return {first, (temperature - temperatures[first]) / (temperatures[first + 1] - temperatures[first])};
}

}  // namespace ism::simulate::lines
