#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ism::io {

/// One column of a table: numbers, or text where `texts` is filled.
struct Column {
    std::string name;
    std::string unit;                ///< FITS unit string, "" for a pure number
    std::string help;                ///< one sentence
    std::vector<double> values;      ///< NaN = missing
    std::vector<std::string> texts;  ///< empty for a column of numbers; an empty text = missing

    [[nodiscard]] bool is_text() const noexcept { return !texts.empty(); }
    [[nodiscard]] std::size_t size() const noexcept { return is_text() ? texts.size() : values.size(); }
};

/// Where a table was read from, so that messages about a row can show it.
struct TableSource {
    std::string name;                         ///< the file
    std::shared_ptr<const std::string> text;  ///< its bytes; null for FITS and HDF5
    std::vector<std::size_t> row_begin;       ///< (N) where in `text` a row begins
    std::vector<std::string> names;           ///< columns of the file, in its order
    char delimiter = ' ';                     ///< between the entries of a row
};

/// Columns of equal length with what is to be known of the whole.
struct Table {
    std::vector<Column> columns;
    std::vector<std::pair<std::string, std::string>> meta;  ///< provenance and remarks, in order
    std::vector<std::string> warnings{};                    ///< what the reader left out, a sentence each
    TableSource source{};                                   ///< empty for a table that was not read

    [[nodiscard]] std::size_t row_count() const noexcept { return columns.empty() ? 0 : columns.front().size(); }
    [[nodiscard]] bool has(std::string_view name) const noexcept;
    /// Throws InputError listing the columns where there is none called `name`.
    [[nodiscard]] const Column& column(std::string_view name) const;
    /// The numbers of a column; throws InputError showing the first entry that is none, and counting them.
    [[nodiscard]] const std::vector<double>& numbers(std::string_view name) const;

    /// "cloud.csv:42", or "cloud.fits: row 42" (rows from 1) where the file has no lines.
    [[nodiscard]] std::string place(std::size_t row) const;
    /// The lines around a row with carets under the entry of `column`, to follow ErrorText::found; "" where there are
    /// no lines.
    [[nodiscard]] std::string shown(std::size_t row, std::string_view column) const;
};

/// The column `wavelength` in um (a column without a unit is taken as um). Throws InputError showing the row where it
/// is not positive and increasing.
[[nodiscard]] std::vector<double> wavelengths_of(const Table& table);

/// Writes a table whole or not at all; the format follows from the name: .ecsv, .csv, .fits, .h5.
/// Throws InputError for another ending, columns that do not fit or names that come twice, MachineError where the disk
/// fails.
void write_table(const std::string& path, const Table& table);

/// Reads .ecsv, .csv, .fits (.fit, .fits.gz) or .h5 (.hdf5). Throws InputError with file, line and column.
[[nodiscard]] Table read_table(const std::string& path);

/// The bytes of an ECSV file (astropy APE 6, https://doi.org/10.5281/zenodo.4792325).
[[nodiscard]] std::string to_ecsv(const Table& table);
/// The bytes of a CSV file: comments `# key: value`, a line of `name [unit]`, rows; a missing number is `nan`.
[[nodiscard]] std::string to_csv(const Table& table);

/// `where` names the source in error messages.
///
/// ECSV 0.9 and 1.x: columns of numbers, text and truth values (0, 1); columns of arrays or objects are left out with a
/// warning. Integers of more than 15 digits are kept as text, because a double would change them.
[[nodiscard]] Table table_from_ecsv(std::string_view bytes, const std::string& where);
/// CSV: comments (#), one line of names, `name [unit]` gives a unit; separated by , or ; or tabs. A column in which
/// each entry is a number or empty holds numbers, any other holds text.
[[nodiscard]] Table table_from_csv(std::string_view bytes, const std::string& where);

}  // namespace ism::io
