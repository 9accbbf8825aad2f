#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

/// Molecular data in the format of the Leiden Atomic and Molecular Database (Schoeier et al. 2005, A&A 432, 369,
/// doi:10.1051/0004-6361:20041729), as they stand in the file: nothing is interpolated.
namespace ism::io {

/// What a molecule collides with, by the number that LAMDA gives it.
enum class Collider { h2 = 1, para_h2, ortho_h2, electron, hydrogen, helium, proton };

inline constexpr std::size_t collider_count = 7;
/// "H2", "p-H2", "o-H2", "e", "H", "He", "H+".
[[nodiscard]] std::string to_string(Collider collider);

struct LamdaLevel {
    double energy = 0.0;  ///< above the ground state [cm-1], >= 0
    double weight = 0.0;  ///< statistical weight, > 0
    std::string label;    ///< quantum numbers, joined by '_'
};

struct LamdaLine {
    std::size_t upper = 0, lower = 0;  ///< indices of levels, from 0; the upper has the higher energy
    double einstein_a = 0.0;           ///< [s-1], > 0
    double frequency = 0.0;            ///< [GHz], > 0
    std::string label;                 ///< "upper-lower" by the labels of the levels; no two lines share one
};

/// Rate coefficients of collisions with one partner.
struct LamdaCollisions {
    Collider collider = Collider::h2;
    std::string source;                ///< what the file says of them
    std::vector<double> temperatures;  ///< [K], increasing (T)
    std::vector<std::size_t> from;     ///< the level called upper in the file (C)
    std::vector<std::size_t> to;       ///< (C)
    std::vector<double> rates;         ///< from -> to [cm3 s-1], >= 0 (C x T)
};

struct LamdaMolecule {
    std::string name;
    double mass = 0.0;  ///< [u]
    std::vector<LamdaLevel> levels;
    std::vector<LamdaLine> lines;
    std::vector<LamdaCollisions> collisions;  ///< at most one of each collider
};

/// Throws InputError with file and line for a missing or truncated file, a number that cannot be read, is not finite or
/// is out of range, levels that are not numbered 1, 2, ..., a line whose upper level is not above its lower one, a
/// transition given twice, temperatures that do not increase, and an unknown or repeated collision partner.
[[nodiscard]] LamdaMolecule read_lamda(const std::string& path);
/// The same from text; `name` is shown in errors.
[[nodiscard]] LamdaMolecule parse_lamda(std::string_view text, const std::string& name);

}  // namespace ism::io
