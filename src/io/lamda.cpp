#include <ism/io/lamda.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <set>
#include <utility>

#include <ism/base/atomic_file.hpp>
#include <ism/base/errors.hpp>
#include <ism/base/text.hpp>

namespace ism::io {
namespace {

constexpr std::size_t most_levels = 5000, most_rows = 1'000'000;  // a count beyond is a damaged file
constexpr std::array<const char*, collider_count> collider_names{"H2", "p-H2", "o-H2", "e", "H", "He", "H+"};

/// Walks over the lines of a file whose every heading has its place: what a heading says is not read.
class LamdaReader {
public:
    LamdaReader(std::string_view text, std::string name) : lines_(lines(text)), name_(std::move(name)) {}

    [[noreturn]] void fail(const std::string& found, const std::string& allowed) const {
        throw InputError(
            {.where = name_ + ":" + std::to_string(at_),
             .found = found,
             .allowed = allowed,
             .effect = "nothing was computed",
             .next = "check the file against its source; docs/lines.md says where the format is described"});
    }

    /// The next line as it stands.
    std::string_view line(const std::string& what) {
        ++at_;
        if (at_ > lines_.size()) fail("the file ends before " + what, "a complete file");
        return lines_[at_ - 1];
    }
    /// The words of the line after the next one, which is a heading.
    void headed(const std::string& what) {
        (void)line("the heading of " + what);
        row(what);
    }
    void row(const std::string& what) {
        words_ = words(line(what));
        if (words_.empty()) fail("an empty line", what);
    }
    [[nodiscard]] const std::vector<std::string_view>& row_words() const { return words_; }

    [[nodiscard]] std::size_t count(const std::string& what, std::size_t most) {
        headed(what);
        return index(0, 1, most, what);
    }
    [[nodiscard]] std::string_view word(std::size_t column, const std::string& what) const {
        if (column >= words_.size()) fail("the line has no " + what, what + " in column " + std::to_string(column + 1));
        return words_[column];
    }
    [[nodiscard]] double number(std::size_t column, const std::string& what) const {
        const std::string_view text = word(column, what);
        const auto value = number_from(text);
        if (!value || !std::isfinite(*value))
            fail(what + " is '" + std::string(text.substr(0, 40)) + "'", "a finite number");
        return *value;
    }
    [[nodiscard]] double positive(std::size_t column, const std::string& what) const {
        const double value = number(column, what);
        if (!(value > 0.0)) fail(what + " is " + std::string(words_[column]), "a number > 0");
        return value;
    }
    [[nodiscard]] double not_negative(std::size_t column, const std::string& what) const {
        const double value = number(column, what);
        if (!(value >= 0.0)) fail(what + " is " + std::string(words_[column]), "a number >= 0");
        return value;
    }
    [[nodiscard]] std::size_t index(std::size_t column, std::size_t least, std::size_t most,
                                    const std::string& what) const {
        const double value = number(column, what);
        if (!(value >= static_cast<double>(least) && value <= static_cast<double>(most) && value == std::floor(value)))
            fail(what + " is " + std::string(words_[column]),
                 "a whole number from " + std::to_string(least) + " to " + std::to_string(most));
        return static_cast<std::size_t>(value);
    }

private:
    std::vector<std::string_view> lines_;
    std::string name_;
    std::size_t at_ = 0;
    std::vector<std::string_view> words_;
};

/// Quantum numbers as one word that a glob and a column can hold: quotes and comments go, blanks become '_'.
std::string label_of(const LamdaReader& reader) {
    std::string label;
    for (std::size_t column = 3; column < reader.row_words().size(); ++column) {
        std::string word(reader.row_words()[column]);
        if (word.starts_with('!')) break;
        std::erase_if(word, [](char c) { return c == '"' || c == '\'' || c == '!'; });
        std::replace(word.begin(), word.end(), ',', ';');
        if (word.empty()) continue;
        label += (label.empty() ? "" : "_") + word;
    }
    return valid_utf8(label);
}

void read_levels(LamdaReader& reader, LamdaMolecule& molecule) {
    const std::size_t count = reader.count("the number of levels", most_levels);
    (void)reader.line("the heading of the levels");
    std::set<std::string> labels;
    while (molecule.levels.size() < count) {
        const std::string number = std::to_string(molecule.levels.size() + 1);
        reader.row("level " + number + " of " + std::to_string(count));
        if (reader.index(0, 1, count, "the number of the level") != molecule.levels.size() + 1)
            reader.fail("level " + std::string(reader.row_words()[0]), "level " + number);
        LamdaLevel level{.energy = reader.not_negative(1, "the energy"),
                         .weight = reader.positive(2, "the weight"),
                         .label = label_of(reader)};
        if (level.label.empty()) level.label = number;
        if (!labels.insert(level.label).second) labels.insert(level.label += "#" + number);
        molecule.levels.push_back(std::move(level));
    }
    if (count < 2) reader.fail("one level", "at least two levels");
}

/// Two levels of a row, which differ.
std::pair<std::size_t, std::size_t> levels_of(const LamdaReader& reader, const LamdaMolecule& molecule) {
    const std::size_t upper = reader.index(1, 1, molecule.levels.size(), "the upper level") - 1,
                      lower = reader.index(2, 1, molecule.levels.size(), "the lower level") - 1;
    if (upper == lower) reader.fail("a transition from a level to itself", "two levels");
    return {upper, lower};
}

void read_lines(LamdaReader& reader, LamdaMolecule& molecule) {
    const std::size_t count = reader.count("the number of radiative transitions", most_rows);
    (void)reader.line("the heading of the radiative transitions");
    std::set<std::pair<std::size_t, std::size_t>> seen;
    while (molecule.lines.size() < count) {
        reader.row("radiative transition " + std::to_string(molecule.lines.size() + 1) + " of " +
                   std::to_string(count));
        const auto [upper, lower] = levels_of(reader, molecule);
        const LamdaLevel &up = molecule.levels[upper], &low = molecule.levels[lower];
        if (!(up.energy > low.energy)) reader.fail("the upper level is not above the lower one", "E(up) > E(low)");
        if (!seen.insert({upper, lower}).second) reader.fail("this transition is given twice", "each once");
        molecule.lines.push_back({.upper = upper,
                                  .lower = lower,
                                  .einstein_a = reader.positive(3, "the Einstein coefficient"),
                                  .frequency = reader.positive(4, "the frequency"),
                                  .label = up.label + "-" + low.label});
    }
}

void read_temperatures(LamdaReader& reader, LamdaCollisions& table, std::size_t count) {
    (void)reader.line("the heading of the temperatures");
    while (table.temperatures.size() < count) {
        reader.row("the temperatures of the collision rates");
        for (std::size_t column = 0; column < reader.row_words().size(); ++column) {
            if (reader.row_words()[column].starts_with('!')) break;
            const double value = reader.positive(column, "a temperature");
            if (!table.temperatures.empty() && !(value > table.temperatures.back()))
                reader.fail("temperatures do not increase at " + std::string(reader.row_words()[column]), "increasing");
            table.temperatures.push_back(value);
        }
    }
    if (table.temperatures.size() != count)
        reader.fail(std::to_string(table.temperatures.size()) + " temperatures",
                    std::to_string(count) + ", the number given above");
}

LamdaCollisions read_collisions(LamdaReader& reader, const LamdaMolecule& molecule) {
    LamdaCollisions table;
    reader.headed("the collision partner");
    table.collider = static_cast<Collider>(reader.index(0, 1, collider_count, "the number of the collision partner"));
    for (std::size_t k = 1; k < reader.row_words().size(); ++k)
        table.source += (k > 1 ? " " : "") + std::string(reader.row_words()[k]);
    table.source = valid_utf8(table.source);
    for (const auto& other : molecule.collisions) {
        if (other.collider == table.collider) reader.fail("a second table for " + to_string(table.collider), "one");
    }
    const std::size_t count = reader.count("the number of collisional transitions", most_rows),
                      temperatures = reader.count("the number of temperatures", 1000);
    read_temperatures(reader, table, temperatures);
    (void)reader.line("the heading of the collision rates");
    std::set<std::pair<std::size_t, std::size_t>> seen;
    while (table.from.size() < count) {
        reader.row("collisional transition " + std::to_string(table.from.size() + 1) + " of " + std::to_string(count));
        const auto [upper, lower] = levels_of(reader, molecule);
        if (!seen.insert({upper, lower}).second) reader.fail("this transition is given twice", "each once");
        table.from.push_back(upper);
        table.to.push_back(lower);
        for (std::size_t k = 0; k < temperatures; ++k)
            table.rates.push_back(reader.not_negative(3 + k, "rate " + std::to_string(k + 1)));
    }
    return table;
}

}  // namespace

std::string to_string(Collider collider) { return collider_names.at(static_cast<std::size_t>(collider) - 1); }

LamdaMolecule parse_lamda(std::string_view text, const std::string& name) {
    LamdaReader reader(text, name);
    LamdaMolecule molecule;
    (void)reader.line("the heading of the name");
    molecule.name = valid_utf8(trimmed(reader.line("the name")));
    reader.headed("the mass");
    molecule.mass = reader.positive(0, "the mass");
    read_levels(reader, molecule);
    read_lines(reader, molecule);
    const std::size_t partners = reader.count("the number of collision partners", collider_count);
    while (molecule.collisions.size() < partners) molecule.collisions.push_back(read_collisions(reader, molecule));
    return molecule;
}

LamdaMolecule read_lamda(const std::string& path) { return parse_lamda(read_whole(path), path); }

}  // namespace ism::io
