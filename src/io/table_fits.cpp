#include <cmath>
#include <cstring>
#include <filesystem>
#include <limits>
#include <memory>

#include <io/delimited_rows.hpp>
#include <io/fits_handle.hpp>
#include <io/table_formats.hpp>

#include <ism/base/errors.hpp>
#include <ism/base/text.hpp>
#include <ism/io/gzip.hpp>

namespace ism::io {
namespace {

constexpr double largest_exact_integer = 9007199254740992.0;  // 2^53

std::size_t widest(const Column& column) {
    std::size_t width = 1;
    for (const auto& text : column.texts) width = std::max(width, text.size());
    return width;
}

void write_header(FitsFile& file, const Table& table) {
    std::vector<std::string> names, forms, units;
    for (const auto& column : table.columns) {
        names.push_back(ascii(column.name));
        forms.push_back(column.is_text() ? std::to_string(widest(column)) + "A" : "1D");
        units.push_back(ascii(column.unit));
    }
    const auto pointers = [](std::vector<std::string>& texts) {
        std::vector<char*> all;
        for (auto& text : texts) all.push_back(text.data());
        return all;
    };
    int status = 0;
    fits_create_tbl(file.get(), BINARY_TBL, 0, static_cast<int>(names.size()), pointers(names).data(),
                    pointers(forms).data(), pointers(units).data(), nullptr, &status);
    fits_write_key_longwarn(file.get(), &status);
    for (std::size_t j = 0; j < table.columns.size(); ++j) {
        if (table.columns[j].help.empty()) continue;
        fits_write_key_longstr(file.get(), ("TCOMM" + std::to_string(j + 1)).c_str(),
                               ascii(table.columns[j].help).c_str(), nullptr, &status);
    }
    for (const auto& [key, value] : table.meta)
        fits_write_history(file.get(), ascii(key + ": " + value).c_str(), &status);
    file.check_written(status);
}

void write_column(FitsFile& file, int number, const Column& column) {
    int status = 0;
    if (column.size() == 0) return;
    const auto rows = static_cast<LONGLONG>(column.size());
    if (column.is_text()) {
        std::vector<char*> texts;
        for (const auto& text : column.texts)
            texts.push_back(const_cast<char*>(text.c_str()));  // cfitsio does not write to it
        fits_write_col(file.get(), TSTRING, number, 1, 1, rows, texts.data(), &status);
    } else {
        fits_write_col(file.get(), TDOUBLE, number, 1, 1, rows, const_cast<double*>(column.values.data()), &status);
    }
    file.check_written(status);
}

std::string string_key(FitsFile& file, const std::string& key) {
    int status = 0;
    char* value = nullptr;
    fits_read_key_longstr(file.get(), key.c_str(), &value, nullptr, &status);
    std::string text = value != nullptr && status == 0 ? value : "";
    int ignored = 0;
    if (value != nullptr) fits_free_memory(value, &ignored);
    fits_clear_errmsg();
    return std::string(trimmed(text));
}

void read_texts(FitsFile& file, int number, LONGLONG rows, long width, Column& column) {
    column.texts.reserve(static_cast<std::size_t>(rows));
    std::vector<char> buffer(static_cast<std::size_t>(width) + 1);
    char null_text[] = "";
    for (LONGLONG row = 1; row <= rows; ++row) {
        int status = 0, any_null = 0;
        char* pointer = buffer.data();
        fits_read_col_str(file.get(), number, row, 1, 1, null_text, &pointer, &any_null, &status);
        file.check_read(status, "column '" + column.name + "'");
        column.texts.emplace_back(trimmed(buffer.data()));
    }
}

/// Integers that a double would change are kept as text, as in the other formats.
bool long_integers(FitsFile& file, int number, LONGLONG rows, Column& column) {
    bool large = false;
    for (const double value : column.values) large = large || std::abs(value) >= largest_exact_integer;
    if (!large) return false;
    std::vector<LONGLONG> integers(static_cast<std::size_t>(rows));
    int status = 0, any_null = 0;
    fits_read_col(file.get(), TLONGLONG, number, 1, 1, rows, nullptr, integers.data(), &any_null, &status);
    file.check_read(status, "column '" + column.name + "'");
    for (const LONGLONG value : integers) column.texts.push_back(std::to_string(value));
    column.values.clear();
    return true;
}

void read_numbers(FitsFile& file, int number, int type, LONGLONG rows, Column& column) {
    if (rows == 0) return;
    column.values.resize(static_cast<std::size_t>(rows));
    double null_value = std::numeric_limits<double>::quiet_NaN();
    int status = 0, any_null = 0;
    if (type == TLOGICAL) {
        std::vector<char> flags(column.values.size());
        char null_flag = 0;
        fits_read_col(file.get(), TLOGICAL, number, 1, 1, rows, &null_flag, flags.data(), &any_null, &status);
        for (std::size_t i = 0; i < flags.size(); ++i) column.values[i] = flags[i];
    } else {
        fits_read_col(file.get(), TDOUBLE, number, 1, 1, rows, &null_value, column.values.data(), &any_null, &status);
    }
    file.check_read(status, "column '" + column.name + "'");
    if (type == TLONGLONG) long_integers(file, number, rows, column);
}

/// False where the column is of a kind that a Table does not hold.
bool read_column(FitsFile& file, int number, LONGLONG rows, Column& column) {
    int status = 0, type = 0;
    long repeat = 0, width = 0;
    fits_get_coltype(file.get(), number, &type, &repeat, &width, &status);
    file.check_read(status, "column " + std::to_string(number));
    const std::string key = std::to_string(number);
    column.name = string_key(file, "TTYPE" + key);
    if (column.name.empty()) column.name = "col" + key;
    column.unit = string_key(file, "TUNIT" + key);
    column.help = string_key(file, "TCOMM" + key);
    if (type == TSTRING && (repeat == width || repeat <= 1)) {
        read_texts(file, number, rows, std::max(repeat, width), column);
        return true;
    }
    const bool numeric = type == TBYTE || type == TSHORT || type == TUSHORT || type == TINT || type == TLONG ||
                         type == TULONG || type == TLONGLONG || type == TFLOAT || type == TDOUBLE || type == TLOGICAL ||
                         type == TSBYTE || type == TUINT;
    if (repeat != 1 || !numeric) return false;
    read_numbers(file, number, type, rows, column);
    return true;
}

/// HISTORY "key: value"; cards of 72 characters that were split by the writer are joined again.
void read_history(FitsFile& file, Table& table) {
    int status = 0, cards = 0;
    fits_get_hdrspace(file.get(), &cards, nullptr, &status);
    std::string pending;
    const auto keep = [&table](const std::string& line) {
        const auto colon = line.find(": ");
        if (colon != std::string::npos) table.meta.emplace_back(line.substr(0, colon), line.substr(colon + 2));
    };
    for (int i = 1; i <= cards && status == 0; ++i) {
        char card[FLEN_CARD] = "";
        fits_read_record(file.get(), i, card, &status);
        if (std::strncmp(card, "HISTORY ", 8) != 0) continue;
        pending += card + 8;
        if (std::strlen(card) < 80) {  // the last card of an entry is not full
            keep(pending);
            pending.clear();
        }
    }
    if (!pending.empty()) keep(pending);
    fits_clear_errmsg();
}

void to_first_table(FitsFile& file, const std::string& path) {
    int status = 0, count = 0, type = 0;
    fits_get_num_hdus(file.get(), &count, &status);
    file.check_read(status, "the list of extensions");
    for (int hdu = 1; hdu <= count; ++hdu) {
        fits_movabs_hdu(file.get(), hdu, &type, &status);
        file.check_read(status, "extension " + std::to_string(hdu));
        int columns = 0, ignored = 0;
        if (type == BINARY_TBL || type == ASCII_TBL) {
            fits_get_num_cols(file.get(), &columns, &ignored);
            if (columns > 0) return;
        }
    }
    throw InputError({.where = path, .found = "there is no table among its " + std::to_string(count) + " extensions"});
}

/// A truncated file must not make us ask for more memory than it could fill, nor give zeros for the rows that are gone.
void check_rows(FitsFile& file, LONGLONG rows, double bytes, const std::string& path) {
    int status = 0;
    LONGLONG row_length = 0, header = 0, data = 0, end = 0;
    fits_read_key(file.get(), TLONGLONG, "NAXIS1", &row_length, nullptr, &status);
    fits_get_hduaddrll(file.get(), &header, &data, &end, &status);
    file.check_read(status, "NAXIS1");
    const double needed = static_cast<double>(data) + static_cast<double>(rows) * static_cast<double>(row_length);
    if (rows < 0 || row_length <= 0 || needed > bytes) {
        throw InputError({.where = path,
                          .found = "it is shorter than its header says: " + std::to_string(rows) + " rows of " +
                                   std::to_string(row_length) + " bytes",
                          .next = "fetch or write the file again"});
    }
}

}  // namespace

void write_fits_table(const std::string& path, const Table& table) {
    FitsFile file(path, true);
    write_header(file, table);
    for (std::size_t j = 0; j < table.columns.size(); ++j)
        write_column(file, static_cast<int>(j + 1), table.columns[j]);
    file.close_written();
}

namespace {

Table table_in(FitsFile& file, double bytes, const std::string& path) {
    to_first_table(file, path);
    int status = 0, count = 0;
    LONGLONG rows = 0;
    fits_get_num_rowsll(file.get(), &rows, &status);
    fits_get_num_cols(file.get(), &count, &status);
    file.check_read(status, "the table");
    check_rows(file, rows, bytes, path);
    Table table;
    table.source.name = path;
    for (int number = 1; number <= count; ++number) {
        Column column;
        if (read_column(file, number, rows, column))
            table.columns.push_back(std::move(column));
        else
            table.warnings.push_back("column '" + column.name + "' was left out: it holds arrays or complex numbers");
    }
    read_history(file, table);
    check_read_table(table);
    return table;
}

}  // namespace

Table table_from_fits(std::string bytes, const std::string& source) {
    const auto size = static_cast<double>(bytes.size());
    check_cards(bytes, source);
    FitsFile file(std::move(bytes), source);
    return table_in(file, size, source);
}

Table read_fits_table(const std::string& path) {
    constexpr std::uintmax_t largest_in_memory = std::uintmax_t{1} << 28;  // cubes beside a table may be huge
    std::error_code error;
    const auto size = std::filesystem::file_size(path, error);
    if (error || size <= largest_in_memory) return table_from_fits(read_maybe_gzip(path), path);
    FitsFile file(path, false);
    return table_in(file, static_cast<double>(size), path);
}

}  // namespace ism::io
