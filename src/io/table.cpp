#include <ism/io/table.hpp>

#include <algorithm>

#include <io/delimited_rows.hpp>
#include <io/table_formats.hpp>

#include <ism/base/atomic_file.hpp>
#include <ism/base/errors.hpp>
#include <ism/base/text.hpp>
#include <ism/base/units.hpp>
#include <ism/io/excerpt.hpp>

namespace ism::io {
namespace {

enum class Format { ecsv, csv, fits, hdf5, unknown };

Format format_of(std::string_view path) {
    std::string lower(path);
    for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    const auto ends = [&lower](const char* ending) { return lower.ends_with(ending); };
    if (ends(".ecsv")) return Format::ecsv;
    if (ends(".csv")) return Format::csv;
    if (ends(".fits") || ends(".fit") || ends(".fits.gz")) return Format::fits;
    return ends(".h5") || ends(".hdf5") ? Format::hdf5 : Format::unknown;
}

[[noreturn]] void throw_unknown_ending(const std::string& path) {
    throw InputError(
        {.where = path, .found = "the ending does not name a table format", .allowed = ".ecsv, .csv, .fits, .h5"});
}

bool is_number(const std::string& text) { return text.empty() || text == "--" || number_from(text).has_value(); }

}  // namespace

bool Table::has(std::string_view name) const noexcept {
    return std::any_of(columns.begin(), columns.end(), [name](const Column& column) { return column.name == name; });
}

const Column& Table::column(std::string_view name) const {
    std::string list;
    std::vector<std::string> names;
    for (const auto& column : columns) {
        if (column.name == name) return column;
        names.push_back(column.name);
        list += (list.empty() ? "" : ", ") + column.name;
    }
    throw InputError({.where = source.name,
                      .found = "there is no column '" + std::string(name) + "'",
                      .allowed = list,
                      .next = did_you_mean(std::string(name), names)});
}

const std::vector<double>& Table::numbers(std::string_view name) const {
    const Column& found = column(name);
    if (!found.is_text()) return found.values;
    const auto bad = std::find_if_not(found.texts.begin(), found.texts.end(), is_number);
    const auto row = bad == found.texts.end() ? 0 : static_cast<std::size_t>(bad - found.texts.begin());
    const auto count =
        std::count_if(found.texts.begin(), found.texts.end(), [](const auto& text) { return !is_number(text); });
    throw InputError(
        {.where = place(row),
         .found = "'" + found.texts[row] + "' in column '" + found.name + "' is no number" + shown(row, name),
         .allowed = "a number of at most 15 digits; nan or nothing where it is missing",
         .effect = count > 0 ? std::to_string(count) + " of " + std::to_string(found.size()) + " rows are affected"
                             : std::string()});
}

std::string Table::place(std::size_t row) const {
    if (!source.text || row >= source.row_begin.size()) return source.name + ": row " + std::to_string(row + 1);
    return source.name + ":" + std::to_string(line_number(*source.text, source.row_begin[row]));
}

std::string Table::shown(std::size_t row, std::string_view name) const {
    if (!source.text || row >= source.row_begin.size()) return {};
    std::vector<Field> fields;
    RowReader reader(*source.text, source.row_begin[row], source.delimiter, source.name);
    reader.next(fields);
    const auto found =
        static_cast<std::size_t>(std::find(source.names.begin(), source.names.end(), name) - source.names.begin());
    if (found >= fields.size()) return excerpt(*source.text, source.row_begin[row], 1);
    return excerpt(*source.text, fields[found].begin, std::max<std::size_t>(fields[found].length, 1));
}

std::vector<double> wavelengths_of(const Table& table) {
    std::vector<double> wavelengths = table.numbers("wavelength");
    const std::string& unit = table.column("wavelength").unit;
    const double factor = unit.empty() ? 1.0 : conversion_factor(unit, "um");
    for (std::size_t i = 0; i < wavelengths.size(); ++i) {
        wavelengths[i] *= factor;
        if (!(wavelengths[i] > (i == 0 ? 0.0 : wavelengths[i - 1])))
            throw InputError({.where = table.place(i),
                              .found = "wavelength " + to_text(wavelengths[i]) + " um" + table.shown(i, "wavelength"),
                              .allowed = "positive and increasing",
                              .effect = "nothing was computed"});
    }
    return wavelengths;
}

void write_table(const std::string& path, const Table& table) {
    check_table(table, path);
    if (path.ends_with(".gz")) throw_unknown_ending(path);
    switch (format_of(path)) {
        case Format::ecsv:
            return write_atomically(path, to_ecsv(table));
        case Format::csv:
            return write_atomically(path, to_csv(table));
        case Format::fits:
            return write_atomically(path, [&](const std::string& temporary) { write_fits_table(temporary, table); });
        case Format::hdf5:
            return write_atomically(path, [&](const std::string& temporary) { write_hdf5_table(temporary, table); });
        case Format::unknown:
            break;
    }
    throw_unknown_ending(path);
}

Table read_table(const std::string& path) {
    check_input(path);
    switch (format_of(path)) {
        case Format::ecsv:
            return table_from_ecsv(read_whole(path), path);
        case Format::csv:
            return table_from_csv(read_whole(path), path);
        case Format::fits:
            return read_fits_table(path);
        case Format::hdf5:
            return read_hdf5_table(path);
        case Format::unknown:
            break;
    }
    throw_unknown_ending(path);
}

}  // namespace ism::io
