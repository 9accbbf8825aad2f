#include <ism/base/units.hpp>

#include <cctype>
#include <charconv>
#include <cmath>
#include <numbers>
#include <optional>
#include <vector>

#include <ism/base/constants.hpp>
#include <ism/base/errors.hpp>

namespace ism {
namespace {

using Dimensions = Unit::Dimensions;
enum Base { cm, g, s, K, A, mol, rad, photon, H };

struct NamedUnit {
    std::string_view name;
    double factor;  // in cgs
    Dimensions dimensions;
    bool takes_prefix;
};

const std::vector<NamedUnit>& named_units() {
    namespace c = constants;
    constexpr double pi = std::numbers::pi;
    static const std::vector<NamedUnit> table = {
        {"m", 1e2, {1}, true},
        {"g", 1.0, {0, 1}, true},
        {"s", 1.0, {0, 0, 1}, true},
        {"K", 1.0, {0, 0, 0, 1}, true},
        {"A", 1.0, {0, 0, 0, 0, 1}, true},
        {"mol", 1.0, {0, 0, 0, 0, 0, 1}, true},
        {"rad", 1.0, {0, 0, 0, 0, 0, 0, 1}, true},
        {"sr", 1.0, {0, 0, 0, 0, 0, 0, 2}, false},
        {"photon", 1.0, {0, 0, 0, 0, 0, 0, 0, 1}, false},
        {"ph", 1.0, {0, 0, 0, 0, 0, 0, 0, 1}, false},
        {"count", 1.0, {0, 0, 0, 0, 0, 0, 0, 1}, false},
        {"ct", 1.0, {0, 0, 0, 0, 0, 0, 0, 1}, false},
        {"H", 1.0, {0, 0, 0, 0, 0, 0, 0, 0, 1}, false},
        {"Hz", 1.0, {0, 0, -1}, true},
        {"J", 1e7, {2, 1, -2}, true},
        {"W", 1e7, {2, 1, -3}, true},
        {"N", 1e5, {1, 1, -2}, true},
        {"Pa", 10.0, {-1, 1, -2}, true},
        {"erg", 1.0, {2, 1, -2}, false},
        {"eV", c::electron_volt, {2, 1, -2}, true},
        {"Jy", c::jansky, {0, 1, -2}, true},
        {"pc", c::parsec, {1}, true},
        {"AU", c::astronomical_unit, {1}, false},
        {"au", c::astronomical_unit, {1}, false},
        {"lyr", c::speed_of_light * c::julian_year, {1}, false},
        {"Angstrom", c::angstrom, {1}, false},
        {"angstrom", c::angstrom, {1}, false},
        {"micron", c::micron, {1}, false},
        {"min", 60.0, {0, 0, 1}, false},
        {"h", 3600.0, {0, 0, 1}, false},
        {"d", 86400.0, {0, 0, 1}, false},
        {"yr", c::julian_year, {0, 0, 1}, true},
        {"a", c::julian_year, {0, 0, 1}, true},
        {"solMass", c::solar_mass, {0, 1}, false},
        {"Msun", c::solar_mass, {0, 1}, false},
        {"solLum", c::solar_luminosity, {2, 1, -3}, false},
        {"Lsun", c::solar_luminosity, {2, 1, -3}, false},
        {"u", c::atomic_mass, {0, 1}, false},
        {"deg", pi / 180.0, {0, 0, 0, 0, 0, 0, 1}, false},
        {"arcmin", pi / 10800.0, {0, 0, 0, 0, 0, 0, 1}, false},
        {"arcsec", pi / 648000.0, {0, 0, 0, 0, 0, 0, 1}, false},
        {"mas", pi / 648e6, {0, 0, 0, 0, 0, 0, 1}, false},
    };
    return table;
}

std::optional<double> prefix_factor(std::string_view prefix) {
    static const std::vector<std::pair<std::string_view, double>> prefixes = {
        {"d", 1e-1}, {"c", 1e-2}, {"m", 1e-3}, {"u", 1e-6}, {"n", 1e-9}, {"p", 1e-12}, {"f", 1e-15}, {"a", 1e-18},
        {"h", 1e2},  {"k", 1e3},  {"M", 1e6},  {"G", 1e9},  {"T", 1e12}, {"P", 1e15},  {"E", 1e18},  {"da", 1e1}};
    for (const auto& [name, factor] : prefixes) {
        if (name == prefix) return factor;
    }
    return std::nullopt;
}

std::optional<NamedUnit> find_unit(std::string_view name) {
    for (const auto& unit : named_units()) {
        if (unit.name == name) return unit;
    }
    for (const auto& unit : named_units()) {
        if (!unit.takes_prefix || name.size() <= unit.name.size() || !name.ends_with(unit.name)) continue;
        if (const auto prefix = prefix_factor(name.substr(0, name.size() - unit.name.size()))) {
            return NamedUnit{name, unit.factor * *prefix, unit.dimensions, false};
        }
    }
    return std::nullopt;
}

/// Reads a unit string from left to right: factors joined by blanks, '.', '*' or '/', each with an integer power.
class UnitParser {
public:
    explicit UnitParser(std::string_view text) : text_(text) {}

    void parse() {
        product(false, 0);
        if (!(factor > 0.0 && std::isfinite(factor))) fail("its size is beyond what a number can hold");
        if (position_ < text_.size()) fail("'" + std::string(text_.substr(position_)) + "' is not understood");
    }

    double factor = 1.0;
    Dimensions dimensions{};

private:
    static constexpr int deepest = 8;

    [[noreturn]] void fail(const std::string& what) const {
        throw InputError({.where = "unit '" + std::string(text_) + "'",
                          .found = what,
                          .allowed = "FITS unit strings such as 'erg s-1 cm-2', 'MJy/sr', 'um'"});
    }

    [[nodiscard]] bool at(char c) const { return position_ < text_.size() && text_[position_] == c; }
    void skip_blanks() {
        while (at(' ') || at('\t')) ++position_;
    }

    /// factor { separator factor }; a '/' divides by the one factor after it.
    void product(bool inverse, int depth) {
        skip_blanks();
        bool divide = false;
        bool separator_seen = false;
        if (at('/')) {  // "/cm3"
            divide = true;
            ++position_;
            skip_blanks();
        }
        while (position_ < text_.size() && !at(')')) {
            one_factor(inverse != divide, depth);
            separator_seen = divide = false;
            skip_blanks();
            if (at('/') || at('.') || (at('*') && !text_.substr(position_).starts_with("**"))) {
                divide = at('/');
                separator_seen = true;
                ++position_;
                skip_blanks();
            }
        }
        if (separator_seen) fail("it ends with a separator");
    }

    void one_factor(bool inverse, int depth) {
        if (at('(')) return group(inverse, depth);
        const std::size_t start = position_;
        if (at('1') && !text_.substr(position_).starts_with("10")) {  // "1/s"
            ++position_;
            return;
        }
        if (text_.substr(position_).starts_with("10")) {  // "10**-3", "10+3"
            position_ += 2;
            factor *= std::pow(10.0, (inverse ? -1 : 1) * power());
            return;
        }
        while (position_ < text_.size() && std::isalpha(static_cast<unsigned char>(text_[position_])) != 0) ++position_;
        const std::string_view name = text_.substr(start, position_ - start);
        const auto unit = find_unit(name);
        if (!unit)
            fail(name.empty() ? "'" + std::string(text_.substr(start)) + "' is not understood"
                              : "'" + std::string(name) + "' is not a unit known here");
        apply(*unit, (inverse ? -1 : 1) * power());
    }

    void group(bool inverse, int depth) {
        if (depth >= deepest) fail("too many brackets");
        ++position_;
        UnitParser inner(text_);
        inner.position_ = position_;
        inner.product(false, depth + 1);
        position_ = inner.position_;
        if (!at(')')) fail("a bracket is not closed");
        ++position_;
        apply({"", inner.factor, inner.dimensions, false}, (inverse ? -1 : 1) * power());
    }

    /// "-2", "2", "**-2", "^2", "**(-2)"; 1 where there is none.
    int power() {
        const std::size_t marker = position_;
        if (at('^'))
            ++position_;
        else if (text_.substr(position_).starts_with("**"))
            position_ += 2;
        const bool marked = position_ != marker;
        const bool bracket = at('(');
        if (bracket) ++position_;
        const std::size_t start = position_;
        if (at('+')) ++position_;
        int value = 1;
        const char* begin = text_.data() + position_;
        const auto result = std::from_chars(begin, text_.data() + text_.size(), value);
        const bool found = result.ec == std::errc{};
        if (found)
            position_ += static_cast<std::size_t>(result.ptr - begin);
        else if (position_ != start || bracket || marked)
            fail("a power is not a whole number");
        if (bracket) {
            if (!at(')')) fail("a bracket is not closed");
            ++position_;
        }
        if (value < -30 || value > 30) fail("a power is beyond +-30");
        return value;
    }

    void apply(const NamedUnit& unit, int exponent) {
        factor *= std::pow(unit.factor, exponent);
        for (std::size_t i = 0; i < dimensions.size(); ++i) {
            dimensions[i] += unit.dimensions[i] * exponent;
            if (dimensions[i] > 1000 || dimensions[i] < -1000) fail("its powers are too large");
        }
    }

    std::string_view text_;
    std::size_t position_ = 0;
};

}  // namespace

Unit::Unit(std::string_view text) : text_(text) {
    UnitParser parser(text_);
    parser.parse();
    factor_ = parser.factor;
    dimensions_ = parser.dimensions;
}

double conversion_factor(const Unit& from, const Unit& to) {
    if (!from.same_dimension(to)) {
        throw InputError({.where = "unit '" + from.text() + "'",
                          .found = "it cannot be converted to '" + to.text() + "': the dimensions differ",
                          .allowed = "any unit of the same kind as '" + to.text() + "'"});
    }
    return from.cgs_factor() / to.cgs_factor();
}

double conversion_factor(std::string_view from, std::string_view to) { return conversion_factor(Unit(from), Unit(to)); }

}  // namespace ism
