#include <ism/simulate/lines/lines_simulator.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include <ism/base/constants.hpp>
#include <ism/base/errors.hpp>
#include <ism/base/text.hpp>
#include <ism/simulate/lines/line_model.hpp>

namespace ism::simulate::lines {
namespace {

using io::Collider;

[[noreturn]] void refuse(const std::string& option, const std::string& word, const std::string& allowed) {
    throw InputError({.where = "--" + option + " " + word,
                      .found = "'" + word + "' is not understood",
                      .allowed = allowed,
                      .effect = "nothing was computed",
                      .next = "ismulate simulate lines --help lists the settings"});
}

bool has_table(const io::LamdaMolecule& molecule, Collider collider) {
    return std::any_of(molecule.collisions.begin(), molecule.collisions.end(),
                       [&](const auto& table) { return table.collider == collider; });
}

/// H2 may be asked for as a whole where its forms have tables of their own.
bool may_split(const io::LamdaMolecule& molecule) {
    return has_table(molecule, Collider::para_h2) && has_table(molecule, Collider::ortho_h2) &&
           !has_table(molecule, Collider::h2);
}

/// The partners whose densities a user can give: those of the file, and H2 as a whole.
std::vector<Collider> offered(const io::LamdaMolecule& molecule) {
    std::vector<Collider> all;
    for (std::size_t k = 1; k <= io::collider_count; ++k) {
        const auto collider = static_cast<Collider>(k);
        if (has_table(molecule, collider) || (collider == Collider::h2 && may_split(molecule))) all.push_back(collider);
    }
    return all;
}

/// The partner of a parameter's name n_X; throws where the file has none.
Collider partner_named(const std::string& parameter, const std::vector<Collider>& all, const std::string& molecule) {
    std::vector<std::string> names;
    for (const Collider collider : all) {
        names.push_back("n_" + to_string(collider));
        if (names.back() == parameter) return collider;
    }
    refuse_name(parameter, names,
                {.where = "-p " + parameter,
                 .found = molecule + " has no collisions with this partner",
                 .effect = "nothing was computed"});
}

/// The partners named by the user, in the order of the file format; the first that the file has where none is.
std::vector<Collider> asked_for(std::span<const std::string> requested, const io::LamdaMolecule& molecule,
                                const std::string& file) {
    const std::vector<Collider> all = offered(molecule);
    std::set<Collider> asked;
    for (const auto& name : requested) {
        if (name.starts_with("n_")) asked.insert(partner_named(name, all, file));
    }
    if (asked.empty()) return {all.front()};
    const bool forms = asked.contains(Collider::para_h2) || asked.contains(Collider::ortho_h2);
    if (asked.contains(Collider::h2) && forms && may_split(molecule))
        throw InputError({.where = "-p n_H2",
                          .found = "the density of H2 is given as a whole and by its forms",
                          .allowed = "n_H2 alone, or n_p-H2 and n_o-H2",
                          .effect = "nothing was computed"});
    return {asked.begin(), asked.end()};
}

/// A word of a list, as its place in it.
std::size_t choice(const Settings& settings, const std::string& option, const std::vector<std::string>& words,
                   const std::string& allowed) {
    const auto found = std::find(words.begin(), words.end(), settings.at(option));
    if (found == words.end()) refuse(option, settings.at(option), allowed);
    return static_cast<std::size_t>(found - words.begin());
}

std::unique_ptr<Model> create(const Settings& settings, std::span<const std::string> requested) {
    const std::string& file = settings.at("molecule");
    if (file.empty())
        throw InputError({.where = "--molecule",
                          .found = "the file of the molecule is missing",
                          .allowed = "--molecule FILE in the format of the LAMDA database",
                          .effect = "nothing was computed",
                          .next = "files of many molecules: https://home.strw.leidenuniv.nl/~moldata/"});
    LineSetup setup;
    setup.molecule = io::read_lamda(file);
    setup.colliders = asked_for(requested, setup.molecule, file);
    setup.split_h2 = setup.colliders.front() == Collider::h2 && may_split(setup.molecule);
    setup.geometry =
        std::vector{Geometry::lvg, Geometry::sphere,
                    Geometry::slab}[choice(settings, "geometry", {"lvg", "sphere", "slab"}, "lvg, sphere or slab")];
    setup.unit = choice(settings, "unit", {"erg", "K"}, "erg or K") == 0 ? LineUnit::erg : LineUnit::kelvin;
    setup.clamp_rates = choice(settings, "temperatures", {"table", "clamp"}, "table or clamp") == 1;
    setup.lines = settings.at("lines");
    return std::make_unique<LineModel>(std::move(setup));
}

/// Lines whose frequency in the file is more than 1 % off the difference of their levels.
std::string frequencies_off(const LineModel& model) {
    constexpr double giga = 1e9, most = 0.01;
    std::string text;
    const auto& molecule = model.setup().molecule;
    for (const std::size_t k : model.chosen()) {
        const auto& line = molecule.lines[k];
        const double wavenumber = molecule.levels[line.upper].energy - molecule.levels[line.lower].energy;
        if (std::abs(wavenumber * constants::speed_of_light / (line.frequency * giga) - 1.0) <= most) continue;
        text += (text.empty() ? "" : ", ") + line.label;
    }
    return text;
}

io::Table tabulate(const Model& model, std::span<const double> point) {
    const auto* lines = dynamic_cast<const LineModel*>(&model);
    if (lines == nullptr) throw Error("the simulator of lines was asked to tabulate another model");
    const auto& molecule = lines->setup().molecule;
    io::Table table;
    table.columns = {{"line", "", "upper and lower level", {}, {}},
                     {"frequency", "GHz", "as the file has it", {}, {}},
                     {"E_up", "K", "energy of the upper level over k", {}, {}},
                     {"T_ex", "K", "excitation temperature", {}, {}},
                     {"tau", "", "optical depth at line centre", {}, {}},
                     {"T_R", "K", "radiation temperature, background subtracted", {}, {}},
                     {"W", "K km s-1", "T_R integrated over velocity", {}, {}},
                     {"intensity", "erg s-1 cm-2 sr-1", "the same, over frequency", {}, {}},
                     {"x_up", "", "population of the upper level", {}, {}},
                     {"x_low", "", "population of the lower level", {}, {}},
                     {"flag", "", "maser (tau < -1), inverted (tau < 0), thick (tau > 100), absorption, ok", {}, {}}};
    const auto excitation = lines->excitation(point);
    const double kelvin = constants::planck * constants::speed_of_light / constants::boltzmann;
    for (std::size_t j = 0; j < excitation.size(); ++j) {
        const LineExcitation& one = excitation[j];
        const auto& line = molecule.lines[lines->chosen()[j]];
        const std::array<double, 9> values{line.frequency,
                                           molecule.levels[line.upper].energy * kelvin,
                                           one.excitation_temperature,
                                           one.optical_depth,
                                           one.radiation_temperature,
                                           one.kelvin,
                                           one.erg,
                                           one.upper,
                                           one.lower};
        table.columns.front().texts.push_back(line.label);
        for (std::size_t k = 0; k < values.size(); ++k) table.columns[1 + k].values.push_back(values[k]);
        table.columns.back().texts.push_back(one.flag.empty() ? "ok" : one.flag);
    }
    for (const auto& partner : molecule.collisions)
        table.meta.emplace_back("collisions_" + to_string(partner.collider), partner.source);
    const std::string off = frequencies_off(*lines);
    if (!off.empty())
        table.meta.emplace_back("frequency_off", "by more than 1 % from the levels, which are used: " + off);
    return table;
}

}  // namespace

Simulator lines_simulator() {
    return {.name = "lines",
            .summary = "molecular and atomic lines: non-LTE excitation with escape probabilities (RADEX's method)",
            .settings = {{"molecule", "FILE", "", "levels, lines and collisions, in the format of the LAMDA database"},
                         {"geometry", "lvg|sphere|slab", "lvg", "shape of the cloud, for the escape of photons"},
                         {"lines", "GLOBS", "*", "lines to give, by label: '1-0,2-1', '!4*'"},
                         {"unit", "erg|K", "erg", "intensities in erg s-1 cm-2 sr-1 or in K km s-1"},
                         {"temperatures", "table|clamp", "table",
                          "T within the tables of collisions, or anywhere with rates held at their ends"}},
            .example = "lines --molecule co.dat -p T=50 -p n_H2=1e4 -p N=1e16 -p dv=1",
            .grid_example =
                "lines --molecule co.dat --lines '1-0,2-1,3-2' -p T=10:100 -p n_H2=1e3:1e6 -p N=1e14:1e18 --size 4096 "
                "-o co.h5",
            .create = create,
            .tabulate = tabulate};
}

}  // namespace ism::simulate::lines
