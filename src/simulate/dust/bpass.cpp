#include <ism/simulate/dust/bpass.hpp>

#include <algorithm>
#include <array>
#include <cmath>

#include <ism/base/atomic_file.hpp>
#include <ism/base/constants.hpp>
#include <ism/base/errors.hpp>
#include <ism/base/text.hpp>
#include <ism/io/gzip.hpp>
#include <ism/simulate/dust/embedded_table.hpp>

namespace ism::simulate::dust {
namespace {

constexpr double darkest = 1e-30;  // of a field with U = 1 [erg s-1 cm-2 cm-1]: stands in for zero in a logarithm

/// Catmull-Rom: a cubic with a continuous slope through the values at -1, 0, 1, 2.
std::array<double, 4> smooth_weights(double t) {
    const double t2 = t * t, t3 = t2 * t;
    return {0.5 * (-t + 2.0 * t2 - t3), 0.5 * (2.0 - 5.0 * t2 + 3.0 * t3), 0.5 * (t + 4.0 * t2 - 3.0 * t3),
            0.5 * (t3 - t2)};
}

struct Row {
    std::size_t line;
    std::vector<double> values;
};

[[noreturn]] void fail(const std::string& where, std::size_t line, const std::string& found,
                       const std::string& allowed) {
    throw InputError(ErrorText{where + ":" + std::to_string(line), found, allowed, "nothing was computed",
                               "BPASS files are called spectra-bin-*.dat; docs/dust.md describes both layouts"});
}

std::vector<Row> rows_of(std::string_view text, const std::string& name) {
    std::vector<Row> rows;
    std::size_t number = 0;
    for (const std::string_view line : lines(text)) {
        ++number;
        const auto columns = words(line.substr(0, std::min(line.find('#'), line.size())));
        if (columns.empty()) continue;
        Row row{number, {}};
        for (const std::string_view word : columns) {
            const auto value = number_from(word);
            if (!value || !std::isfinite(*value) || !(*value >= 0.0)) {
                fail(name, number, "'" + std::string(word.substr(0, 40)) + "'", "a number >= 0");
            }
            row.values.push_back(*value);
        }
        if (!rows.empty() && row.values.size() != rows[0].values.size()) {
            fail(name, number, std::to_string(row.values.size()) + " columns",
                 std::to_string(rows[0].values.size()) + " as in the first row");
        }
        rows.push_back(std::move(row));
    }
    if (rows.size() < 10 || rows[0].values.size() < 3) fail(name, number, "no table of spectra", "rows of spectra");
    return rows;
}

/// log10(age/yr) of the columns; takes the header row of our own layout off `rows`.
std::vector<double> ages_of(std::vector<Row>& rows, const std::string& name) {
    std::vector<double> ages;
    const bool own = rows[0].values[0] == 0.0;
    const std::size_t header = rows[0].line;
    if (own) {
        ages.assign(rows[0].values.begin() + 1, rows[0].values.end());
        rows.erase(rows.begin());
    } else {
        for (std::size_t i = 1; i < rows[0].values.size(); ++i) ages.push_back(6.0 + 0.1 * static_cast<double>(i - 1));
    }
    constexpr double oldest = 15.0;  // far beyond the age of the universe; at 308 it is no number any more
    if (ages.back() > oldest) fail(name, header, "log10(age) = " + to_text(ages.back()), "0 .. 15");
    for (std::size_t i = 1; i < ages.size(); ++i) {
        if (!(ages[i] > ages[i - 1])) fail(name, header, "ages that do not increase", "increasing log10(age)");
    }
    if (!own && ages.size() != 51) {
        fail(name, rows[0].line, std::to_string(ages.size() + 1) + " columns", "52: wavelength and 51 ages");
    }
    return ages;
}

}  // namespace

BpassLibrary::BpassLibrary(std::string_view text, const std::string& name) : name_(name) {
    std::vector<Row> rows = rows_of(text, name);
    const double unit = rows[0].values[0] == 0.0 ? constants::micron : constants::angstrom;
    log_ages_ = ages_of(rows, name);
    std::vector<const Row*> used;
    for (const Row& row : rows) {
        const double wavelength = row.values[0] * unit;
        if (wavelength < lyman_edge * (1.0 - 1e-9)) continue;
        if (!wavelengths_.empty() && !(wavelength > wavelengths_.back())) {
            fail(name, row.line, "a wavelength that does not increase", "increasing wavelengths");
        }
        wavelengths_.push_back(wavelength);
        used.push_back(&row);
    }
    if (wavelengths_.size() < 8) fail(name, rows.back().line, "no spectra beyond 0.0912 um", "spectra to ~10 um");
    for (std::size_t a = 0; a < log_ages_.size(); ++a) {
        std::vector<double> spectrum;
        for (const Row* row : used) spectrum.push_back(row->values[a + 1]);
        const RadiationField shape(name + " at log age " + to_text(log_ages_[a], 3), wavelengths_, spectrum);
        const double scale = 1.0 / shape.strength();
        if (!(scale > 0.0 && std::isfinite(scale))) {
            fail(name, rows.back().line,
                 "no light between 0.0912 and 8 um, or more than a number can hold, " +
                     std::string("at log10(age) = ") + to_text(log_ages_[a]),
                 "spectra of stars");
        }
        for (const double value : spectrum) intensities_.push_back(value * scale);
    }
}

BpassLibrary BpassLibrary::read(const std::string& path) { return BpassLibrary(io::read_maybe_gzip(path), path); }

const BpassLibrary& BpassLibrary::embedded() {
    static const BpassLibrary library(embedded_table("bpass_z008_binary.dat"), "bpass_z008_binary.dat");
    return library;
}

double BpassLibrary::youngest() const { return std::pow(10.0, log_ages_.front()); }
double BpassLibrary::oldest() const { return std::pow(10.0, log_ages_.back()); }

RadiationField BpassLibrary::field(double age) const {
    const double log_age = std::log10(age);
    constexpr double slack = 1e-9;
    if (!(log_age >= log_ages_.front() - slack && log_age <= log_ages_.back() + slack)) {
        throw InputError(ErrorText{"-p age", "age = " + to_text(age, 4) + " yr",
                                   to_text(youngest(), 4) + " .. " + to_text(oldest(), 4) + " yr",
                                   "nothing was computed", ""});
    }
    const std::size_t ages = log_ages_.size();
    const auto right =
        static_cast<std::size_t>(std::upper_bound(log_ages_.begin(), log_ages_.end(), log_age) - log_ages_.begin());
    const std::size_t a = std::clamp<std::size_t>(right, 1, ages - 1);
    const double t = std::clamp((log_age - log_ages_[a - 1]) / (log_ages_[a] - log_ages_[a - 1]), 0.0, 1.0);
    const std::array<std::size_t, 4> around{a < 2 ? 0 : a - 2, a - 1, a, std::min(a + 1, ages - 1)};
    const std::array<double, 4> weights = smooth_weights(t);
    std::vector<double> shape(wavelengths_.size());
    for (std::size_t l = 0; l < shape.size(); ++l) {
        double log_shape = 0.0;
        for (std::size_t k = 0; k < 4; ++k) {
            log_shape += weights[k] * std::log(std::max(intensities_[around[k] * shape.size() + l], darkest));
        }
        shape[l] = std::exp(log_shape);
    }
    const RadiationField field("bpass", wavelengths_, std::move(shape));
    return field.scaled(1.0 / field.strength());
}

}  // namespace ism::simulate::dust
