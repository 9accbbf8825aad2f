#pragma once
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
    std::vector<std::string> texts;  ///< empty for a column of numbers

    [[nodiscard]] bool is_text() const noexcept { return !texts.empty(); }
    [[nodiscard]] std::size_t size() const noexcept { return is_text() ? texts.size() : values.size(); }
};

/// Columns of equal length with what is to be known of the whole.
struct Table {
    std::vector<Column> columns;
    std::vector<std::pair<std::string, std::string>> meta;  ///< provenance and remarks, in order

    [[nodiscard]] std::size_t row_count() const noexcept { return columns.empty() ? 0 : columns.front().size(); }
    /// Throws InputError listing the columns where there is none called `name`.
    [[nodiscard]] const Column& column(std::string_view name) const;
};

/// Writes a table whole or not at all; the format follows from the name: .ecsv, .csv, .fits, .h5.
/// Throws InputError for another ending, MachineError where the disk fails.
void write_table(const std::string& path, const Table& table);

/// Reads .ecsv, .csv, .fits or .h5. Throws InputError with file, line and column.
[[nodiscard]] Table read_table(const std::string& path);

/// The bytes of an ECSV file (astropy APE 6, https://doi.org/10.5281/zenodo.4792325).
[[nodiscard]] std::string to_ecsv(const Table& table);
/// `where` names the source in error messages.
[[nodiscard]] Table table_from_ecsv(std::string_view bytes, const std::string& where);
[[nodiscard]] Table table_from_csv(std::string_view bytes, const std::string& where);

}  // namespace ism::io
