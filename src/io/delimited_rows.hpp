#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <ism/io/table.hpp>

namespace ism::io {

/// One entry of a row of text.
struct Field {
    std::string text;        ///< without quotes
    std::size_t begin = 0;   ///< where it stands in the file [bytes]
    std::size_t length = 0;  ///< including quotes
};

/// Splits text into rows of fields: quotes as in CSV ("" is a quote inside quotes, newlines may stand there), blank
/// lines and lines that begin with # are passed over. With the delimiter ' ' runs of blanks count as one.
class RowReader {
public:
    RowReader(std::string_view text, std::size_t begin, char delimiter, std::string source)
        : text_(text), at_(begin), delimiter_(delimiter), source_(std::move(source)) {}

    /// The next row; false at the end. Throws InputError for a quote that is never closed.
    bool next(std::vector<Field>& fields);
    /// Where the next row, blank line or comment begins.
    [[nodiscard]] std::size_t position() const noexcept { return at_; }

private:
    void skip_empty_lines();
    Field field();
    void quoted(Field& field);
    [[nodiscard]] bool at_line_end() const;
    void skip_blanks();

    std::string_view text_;
    std::size_t at_;
    char delimiter_;
    std::string source_;
};

/// Reads rows of as many fields as `table` has columns and appends them as texts; sets row_begin and names. Throws
/// InputError showing the row that is longer or shorter, and how many are.
void read_rows(RowReader& rows, Table& table);

/// Makes numbers of a column of texts; an empty text, "nan" and "--" are missing. False where an entry is no number
/// or an integer of so many digits that a double would change it; then the column stays text.
bool to_numbers(Column& column);

/// InputError with file, line, the lines around and carets under the place.
[[noreturn]] void fail_at(std::string_view text, const std::string& source, std::size_t begin, std::size_t length,
                          const std::string& found, const std::string& allowed, const std::string& effect = {});

/// The text of an entry as it stands in a file with this delimiter: quoted where it must be.
[[nodiscard]] std::string quoted_field(const std::string& text, char delimiter);

/// Throws InputError unless all columns have one length and names that differ and are not empty.
void check_table(const Table& table, const std::string& where);
/// The same for a table that was read; where all its columns were left out the error says why.
void check_read_table(const Table& table);

}  // namespace ism::io
