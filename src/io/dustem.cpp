#include <ism/io/dustem.hpp>

#include <charconv>
#include <cmath>
#include <optional>

#include <ism/base/atomic_file.hpp>
#include <ism/base/errors.hpp>

namespace ism::io {
namespace {

constexpr std::size_t largest_table = 100'000'000;  // numbers; a count beyond it is a damaged file, not a table

/// Walks over the data lines of a table: blank lines and comments are passed over, words are split at blanks.
class LineReader {
public:
    LineReader(std::string_view text, std::string name, std::string_view separators = " \t\r")
        : text_(text), name_(std::move(name)), separators_(separators) {}

    /// The next line that holds data; false at the end of the text.
    bool next() {
        while (position_ < text_.size()) {
            const std::size_t end = std::min(text_.find('\n', position_), text_.size());
            std::string_view line = text_.substr(position_, end - position_);
            position_ = end + 1;
            ++line_;
            split(line.substr(0, std::min(line.find('#'), line.size())));
            if (!words_.empty()) return true;
        }
        return false;
    }
    /// The next data line; throws where there is none.
    void require(const std::string& what) {
        if (!next()) fail("the file ends before " + what, "a complete table", line_);
    }
    [[nodiscard]] const std::vector<std::string_view>& words() const { return words_; }
    [[nodiscard]] std::size_t line() const { return line_; }

    [[noreturn]] void fail(const std::string& found, const std::string& allowed) const { fail(found, allowed, line_); }

    [[nodiscard]] double number(std::size_t column) const {
        const std::string_view word = words_[column];
        const std::optional<double> value = to_number(word);
        if (!value) {
            fail("column " + std::to_string(column + 1) + " is '" + std::string(word.substr(0, 40)) + "'",
                 "a finite number");
        }
        return *value;
    }
    [[nodiscard]] double not_negative(std::size_t column) const {
        const double value = number(column);
        if (!(value >= 0.0)) {
            fail("column " + std::to_string(column + 1) + " is " + std::string(words_[column]), "a number >= 0");
        }
        return value;
    }
    [[nodiscard]] double positive(std::size_t column) const {
        const double value = number(column);
        if (!(value > 0.0)) {
            fail("column " + std::to_string(column + 1) + " is " + std::string(words_[column]), "a number > 0");
        }
        return value;
    }
    /// A line that holds nothing but a count.
    [[nodiscard]] std::size_t count(const std::string& what) {
        require(what);
        if (words_.size() != 1) fail(std::to_string(words_.size()) + " columns", what + " alone on its line");
        return count_at(0, what);
    }
    [[nodiscard]] std::size_t count_at(std::size_t column, const std::string& what) const {
        const double value = number(column);
        if (!(value >= 1.0 && value <= 1e6 && value == std::floor(value))) {
            fail(what + " is " + std::string(words_[column]), "a whole number from 1 to 1e6");
        }
        return static_cast<std::size_t>(value);
    }
    void require_columns(std::size_t expected) const {
        if (words_.size() != expected) {
            fail(std::to_string(words_.size()) + " columns", std::to_string(expected) + " columns");
        }
    }
    void require_end() {
        if (next()) fail("more data after the end of the table", "nothing");
    }

private:
    [[noreturn]] void fail(const std::string& found, const std::string& allowed, std::size_t line) const {
        throw InputError(ErrorText{name_ + ":" + std::to_string(line), found, allowed, "nothing was computed",
                                   "check the file against its source; its layout is described in docs/dust.md"});
    }
    void split(std::string_view line) {
        words_.clear();
        for (std::size_t start = line.find_first_not_of(separators_); start != std::string_view::npos;) {
            const std::size_t end = std::min(line.find_first_of(separators_, start), line.size());
            words_.push_back(line.substr(start, end - start));
            start = line.find_first_not_of(separators_, end);
        }
    }
    /// Fortran writes 1.0D-3 and drops the E of three-digit exponents (1.0-103); both are read.
    static std::optional<double> to_number(std::string_view word) {
        std::string text(word.substr(word.starts_with('+') ? 1 : 0));
        for (char& c : text) {
            if (c == 'D' || c == 'd') c = 'e';
        }
        const std::size_t sign = text.find_first_of("+-", 1);
        if (sign != std::string::npos && text.find_first_of("eE") == std::string::npos) text.insert(sign, "e");
        double value = 0.0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        const bool whole = end == text.data() + text.size();
        if (whole && error == std::errc::result_out_of_range) return underflow(text);
        if (!whole || error != std::errc{} || !std::isfinite(value)) return std::nullopt;
        return value;
    }
    /// 1e-400 is zero, 1e400 is not a number.
    static std::optional<double> underflow(const std::string& text) {
        const std::size_t exponent = text.find_first_of("eE");
        if (exponent != std::string::npos && text[exponent + 1] == '-') return 0.0;
        return std::nullopt;
    }

    std::string_view text_;
    std::string name_;
    std::string_view separators_;
    std::size_t position_ = 0;
    std::size_t line_ = 0;
    std::vector<std::string_view> words_;
};

/// `count` increasing positive numbers, on one line or over several.
std::vector<double> increasing_numbers(LineReader& reader, std::size_t count, const std::string& what) {
    std::vector<double> values;
    while (values.size() < count) {
        reader.require("all " + std::to_string(count) + " " + what + " were read");
        for (std::size_t column = 0; column < reader.words().size(); ++column) {
            const double value = reader.positive(column);
            if (!values.empty() && !(value > values.back())) {
                reader.fail(what + " do not increase at " + std::string(reader.words()[column]), "increasing values");
            }
            values.push_back(value);
        }
    }
    if (values.size() != count) {
        reader.fail(std::to_string(values.size()) + " " + what, std::to_string(count) + ", the number given above");
    }
    return values;
}

/// `rows` x `columns` numbers; `read` gives the number at a column of the current line.
template <class Read>
std::vector<double> block(LineReader& reader, std::size_t rows, std::size_t columns, const std::string& what,
                          Read read) {
    if (rows * columns > largest_table) reader.fail("a table of " + std::to_string(rows * columns), "at most 1e8");
    std::vector<double> values;
    for (std::size_t row = 0; row < rows; ++row) {
        reader.require("row " + std::to_string(row + 1) + " of " + std::to_string(rows) + " of " + what);
        reader.require_columns(columns);
        for (std::size_t column = 0; column < columns; ++column) values.push_back(read(reader, column));
    }
    return values;
}

double not_negative(const LineReader& reader, std::size_t column) { return reader.not_negative(column); }
double any_number(const LineReader& reader, std::size_t column) { return reader.number(column); }
double cosine(const LineReader& reader, std::size_t column) {
    const double value = reader.number(column);
    if (!(std::abs(value) <= 1.0 + 1e-3)) reader.fail("g = " + std::string(reader.words()[column]), "-1 .. 1");
    return value;
}

bool known_law(const std::string& law) {
    return law == "logn" || law == "plaw" || law == "plaw-ed" || law == "plaw-cv" || law == "plaw-ed-cv" ||
           law == "size";
}

/// How many numbers follow a_min and a_max.
std::size_t law_numbers(const std::string& law) {
    if (law == "logn") return 2;
    if (law == "plaw") return 1;
    if (law == "plaw-ed-cv") return 7;
    return 4;
}

/// "mix-logn", "plaw-ed-chrg" ... : takes the words that change the size distribution, passes over those that do not.
void read_type_keywords(const LineReader& reader, DustemPopulation& population) {
    std::string keywords(reader.words()[2]);
    for (std::size_t start = 0; start <= keywords.size();) {
        const std::size_t end = std::min(keywords.find('-', start), keywords.size());
        const std::string word = keywords.substr(start, end - start);
        start = end + 1;
        if (word == "mix") {
            population.mixed = true;
        } else if (word == "logn" || word == "plaw" || word == "size" || word == "ed" || word == "cv") {
            population.law += (population.law.empty() ? "" : "-") + word;
        } else if (word != "chrg" && word != "zm" && word != "spin" && word != "beta" && word != "dtls") {
            reader.fail("unknown size law or keyword '" + word + "' in '" + keywords + "'",
                        "logn, plaw, plaw-ed, plaw-cv, plaw-ed-cv or size, with mix where it applies");
        } else {
            reader.fail("keyword '" + word + "' in '" + keywords + "' (charge, spin or temperature-dependent beta)",
                        "size laws and mix; take the keyword out to compute without that effect");
        }
    }
    if (!known_law(population.law)) {
        reader.fail("size law '" + population.law + "'", "logn, plaw, plaw-ed, plaw-cv, plaw-ed-cv or size");
    }
}

/// Density, limits and numbers of a law that is a formula.
void read_formula(const LineReader& reader, DustemPopulation& population) {
    const std::size_t expected = 7 + law_numbers(population.law);
    if (reader.words().size() != expected) {
        reader.fail(std::to_string(reader.words().size()) + " columns",
                    std::to_string(expected) + " columns for the size law " + population.law);
    }
    population.density = reader.positive(4);
    population.a_min = reader.positive(5);
    population.a_max = reader.positive(6);
    if (!(population.a_max > population.a_min)) reader.fail("amax is not larger than amin", "amin < amax");
    for (std::size_t column = 7; column < expected; ++column) population.numbers.push_back(reader.number(column));
}

DustemPopulation parse_population(const LineReader& reader) {
    if (reader.words().size() < 4) {
        reader.fail(std::to_string(reader.words().size()) + " columns",
                    "type, nsize, keywords, M/M_H, rho, amin, amax and the numbers of the size law");
    }
    DustemPopulation population{.type = std::string(reader.words()[0]),
                                .size_count = reader.count_at(1, "nsize"),
                                .law = "",
                                .mass_per_hydrogen = reader.positive(3),
                                .numbers = {},
                                .line = reader.line()};
    if (population.type.find('/') != std::string::npos)  // the name becomes part of a file's: Q_<type>.DAT
        reader.fail("type '" + population.type + "'", "a name without '/'");
    read_type_keywords(reader, population);
    if (population.size_count < 2) reader.fail("one size", "at least two sizes");
    if (population.law != "size") read_formula(reader, population);
    return population;
}

TwoColumns pairs(LineReader& reader, std::optional<std::size_t> count) {
    TwoColumns table;
    while (reader.next()) {
        if (reader.words().size() < 2) reader.fail("one column", "two columns");
        table.x.push_back(reader.positive(0));
        table.y.push_back(reader.not_negative(1));
        const std::size_t n = table.x.size();
        if (n > 1 && !(table.x[n - 1] > table.x[n - 2]))
            reader.fail("the first column does not increase", "increasing");
        if (count && n > *count) reader.fail("more rows than the count given above", std::to_string(*count) + " rows");
    }
    if (table.x.size() < 2 || (count && table.x.size() != *count)) {
        reader.fail("the file ends after " + std::to_string(table.x.size()) + " rows",
                    count ? std::to_string(*count) + " rows" : "at least two rows");
    }
    return table;
}

template <class Parse, class... Arguments>
auto read_with(Parse parse, const std::string& path, Arguments... arguments) {
    const std::string text = read_whole(path);
    return parse(text, path, arguments...);
}

}  // namespace

std::vector<double> parse_dustem_wavelengths(std::string_view text, const std::string& name) {
    LineReader reader(text, name);
    const std::size_t count = reader.count("the number of wavelengths");
    std::vector<double> wavelengths = increasing_numbers(reader, count, "wavelengths");
    reader.require_end();
    return wavelengths;
}

DustemEfficiencies parse_dustem_efficiencies(std::string_view text, const std::string& name, std::size_t wavelengths) {
    LineReader reader(text, name);
    DustemEfficiencies table;
    table.sizes = increasing_numbers(reader, reader.count("the number of sizes"), "sizes");
    table.q_abs = block(reader, wavelengths, table.sizes.size(), "QABS", not_negative);
    table.q_sca = block(reader, wavelengths, table.sizes.size(), "QSCA", not_negative);
    reader.require_end();
    return table;
}

DustemAsymmetry parse_dustem_asymmetry(std::string_view text, const std::string& name, std::size_t wavelengths) {
    LineReader reader(text, name);
    DustemAsymmetry table;
    table.sizes = increasing_numbers(reader, reader.count("the number of sizes"), "sizes");
    table.g = block(reader, wavelengths, table.sizes.size(), "g", cosine);
    reader.require_end();
    return table;
}

DustemHeatCapacity parse_dustem_heat_capacity(std::string_view text, const std::string& name) {
    LineReader reader(text, name);
    DustemHeatCapacity table;
    table.sizes = increasing_numbers(reader, reader.count("the number of sizes"), "sizes");
    const std::size_t temperatures = reader.count("the number of temperatures");
    const std::size_t columns = table.sizes.size() + 1;
    const std::vector<double> values = block(reader, temperatures, columns, "C", any_number);
    if (temperatures < 2) reader.fail("one temperature", "at least two");
    for (std::size_t row = 0; row < temperatures; ++row) {
        const auto* first = values.data() + row * columns;
        table.log_temperature.push_back(first[0]);
        table.log_heat_capacity.insert(table.log_heat_capacity.end(), first + 1, first + columns);
        if (row > 0 && !(table.log_temperature[row] > table.log_temperature[row - 1])) {
            reader.fail("temperatures do not increase in row " + std::to_string(row + 1), "increasing values");
        }
    }
    reader.require_end();
    return table;
}

DustemGrains parse_dustem_grains(std::string_view text, const std::string& name) {
    LineReader reader(text, name);
    DustemGrains grains;
    reader.require("the run keywords");
    reader.require("the scaling of the field");
    reader.require_columns(1);
    grains.field_scale = reader.positive(0);
    while (reader.next()) grains.populations.push_back(parse_population(reader));
    if (grains.populations.empty()) reader.fail("no grain population", "one line per population");
    return grains;
}

std::vector<double> parse_dustem_mix(std::string_view text, const std::string& name) {
    LineReader reader(text, name);
    std::vector<double> fractions;
    while (reader.next()) {
        reader.require_columns(1);
        fractions.push_back(reader.not_negative(0));
        if (!(fractions.back() <= 1.0)) reader.fail("fraction " + std::string(reader.words()[0]), "0 .. 1");
    }
    if (fractions.empty()) reader.fail("no fraction", "one fraction per size");
    return fractions;
}

DustemSizes parse_dustem_sizes(std::string_view text, const std::string& name) {
    LineReader reader(text, name);
    DustemSizes table;
    const std::size_t bulks = reader.count("the number of bulk materials");
    reader.require("the names of the bulk materials");
    reader.require_columns(bulks);
    for (const std::string_view bulk : reader.words()) table.bulks.emplace_back(bulk);
    reader.require("the densities of the bulk materials");
    reader.require("the masses of the bulk materials");
    const std::size_t count = reader.count("the number of sizes");
    while (table.sizes.size() < count) {
        reader.require("a, dlna, a^3 dn/dlna and density of a size");
        if (reader.words().size() < 4) {
            reader.fail(std::to_string(reader.words().size()) + " columns",
                        "a [cm], dlna, a^3 dn/dlna [cm3 H-1] and density [g cm-3]");
        }
        table.sizes.push_back(reader.positive(0));
        table.volumes.push_back(reader.not_negative(2));
        table.densities.push_back(reader.positive(3));
        const std::size_t n = table.sizes.size();
        if (n > 1 && !(table.sizes[n - 1] > table.sizes[n - 2])) reader.fail("sizes do not increase", "increasing");
    }
    if (count < 2) reader.fail("one size", "at least two sizes");
    reader.require_end();
    return table;
}

TwoColumns parse_dustem_field(std::string_view text, const std::string& name) {
    LineReader reader(text, name);
    const std::size_t count = reader.count("the number of points");
    return pairs(reader, count);
}

TwoColumns parse_two_columns(std::string_view text, const std::string& name) {
    LineReader reader(text, name, " \t\r,;");
    return pairs(reader, std::nullopt);
}

std::vector<double> read_dustem_wavelengths(const std::string& path) {
    return read_with(parse_dustem_wavelengths, path);
}
DustemEfficiencies read_dustem_efficiencies(const std::string& path, std::size_t wavelengths) {
    return read_with(parse_dustem_efficiencies, path, wavelengths);
}
DustemAsymmetry read_dustem_asymmetry(const std::string& path, std::size_t wavelengths) {
    return read_with(parse_dustem_asymmetry, path, wavelengths);
}
DustemHeatCapacity read_dustem_heat_capacity(const std::string& path) {
    return read_with(parse_dustem_heat_capacity, path);
}
DustemGrains read_dustem_grains(const std::string& path) { return read_with(parse_dustem_grains, path); }
std::vector<double> read_dustem_mix(const std::string& path) { return read_with(parse_dustem_mix, path); }
DustemSizes read_dustem_sizes(const std::string& path) { return read_with(parse_dustem_sizes, path); }

std::vector<double> parse_first_column(std::string_view text, const std::string& name) {
    LineReader reader(text, name, " \t\r,;");
    std::vector<double> values;
    while (reader.next()) {
        values.push_back(reader.positive(0));
        const std::size_t n = values.size();
        if (n > 1 && !(values[n - 1] > values[n - 2])) reader.fail("the first column does not increase", "increasing");
    }
    if (values.size() < 2) reader.fail("fewer than two values", "at least two");
    return values;
}

TwoColumns parse_field(std::string_view text, const std::string& name) {
    LineReader reader(text, name);
    if (reader.next() && reader.words().size() == 1) return parse_dustem_field(text, name);
    return parse_two_columns(text, name);
}

std::vector<double> read_first_column(const std::string& path) { return read_with(parse_first_column, path); }
TwoColumns read_field(const std::string& path) { return read_with(parse_field, path); }

}  // namespace ism::io
