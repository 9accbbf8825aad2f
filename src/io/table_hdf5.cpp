#include <cstring>

#include <io/delimited_rows.hpp>
#include <io/hdf5_handle.hpp>
#include <io/table_formats.hpp>

#include <ism/base/errors.hpp>
#include <ism/base/text.hpp>

namespace ism::io {
namespace {

using h5::Handle;

constexpr const char* table_name = "table";
constexpr const char* description_name = "table.__table_column_meta__";

std::size_t width_of(const Column& column) {
    std::size_t width = 1;
    for (const auto& text : column.texts) width = std::max(width, text.size());
    return column.is_text() ? width : sizeof(double);
}

Handle fixed_text(std::size_t width) {
    Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
    H5Tset_size(type.get(), width);
    H5Tset_strpad(type.get(), H5T_STR_NULLPAD);
    return type;
}

Handle row_type(const Table& table, std::size_t& size) {
    size = 0;
    for (const auto& column : table.columns) size += width_of(column);
    Handle type(H5Tcreate(H5T_COMPOUND, size), H5Tclose);
    std::size_t offset = 0;
    for (const auto& column : table.columns) {
        const Handle text = fixed_text(width_of(column));
        H5Tinsert(type.get(), column.name.c_str(), offset, column.is_text() ? text.get() : H5T_IEEE_F64LE);
        offset += width_of(column);
    }
    return type;
}

std::vector<char> packed(const Table& table, std::size_t row_size) {
    std::vector<char> bytes(table.row_count() * row_size, '\0');
    std::size_t offset = 0;
    for (const auto& column : table.columns) {
        for (std::size_t i = 0; i < table.row_count(); ++i) {
            char* place = bytes.data() + i * row_size + offset;
            if (column.is_text())
                std::memcpy(place, column.texts[i].data(), column.texts[i].size());
            else
                std::memcpy(place, &column.values[i], sizeof(double));
        }
        offset += width_of(column);
    }
    return bytes;
}

/// The header of the table in ECSV without comment marks: this is how astropy keeps units beside a compound dataset.
void write_description(const Handle& file, const Table& table, const std::string& path) {
    Table header;
    header.meta = table.meta;
    for (const auto& column : table.columns) {
        header.columns.push_back(
            {.name = column.name, .unit = column.unit, .help = column.help, .values = {}, .texts = {}});
        if (column.is_text())
            header.columns.back().texts = {""};  // one row: only the declaration is used
        else
            header.columns.back().values = {0.0};
    }
    const std::string ecsv = to_ecsv(header);
    std::vector<std::string_view> kept;
    std::size_t width = 1;
    for (std::string_view line : lines(ecsv)) {
        if (!line.starts_with("# ") || line.starts_with("# %ECSV") || line == "# ---") continue;
        kept.push_back(line.substr(2));
        width = std::max(width, kept.back().size());
    }
    std::vector<char> bytes(kept.size() * width, '\0');
    for (std::size_t i = 0; i < kept.size(); ++i) std::memcpy(bytes.data() + i * width, kept[i].data(), kept[i].size());
    const Handle type = fixed_text(width);
    const Handle dataset = h5::create_dataset(file, description_name, type.get(), {kept.size()}, path);
    h5::check_written(H5Dwrite(dataset.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes.data()), path);
}

/// The units, help texts and remarks that stand beside the compound dataset, if any.
Table description_of(const Handle& file, const std::string& name, const std::string& path) {
    const std::string beside = name + ".__table_column_meta__";
    if (!h5::has_dataset(file, beside)) return {};
    std::string ecsv = "# %ECSV 1.0\n# ---\n";
    for (const auto& line : h5::read_texts(h5::open_dataset(file, beside))) ecsv += "# " + line + "\n";
    return ecsv_declaration(ecsv, path + ", " + beside);
}

/// Reads member `index` of the compound into a column; false where it holds neither numbers nor text.
bool read_member(const Handle& dataset, const Handle& type, unsigned index, std::size_t rows, Column& column) {
    const Handle member(H5Tget_member_type(type.get(), index), H5Tclose);
    const H5T_class_t kind = H5Tget_class(member.get());
    const bool fixed = kind == H5T_STRING && H5Tis_variable_str(member.get()) == 0;
    if (kind != H5T_FLOAT && kind != H5T_INTEGER && !fixed) return false;
    const std::size_t width = fixed ? H5Tget_size(member.get()) : sizeof(double);
    const Handle memory(H5Tcreate(H5T_COMPOUND, width), H5Tclose);
    H5Tinsert(memory.get(), column.name.c_str(), 0, fixed ? member.get() : H5T_NATIVE_DOUBLE);
    std::vector<char> bytes(rows * width);
    if (rows > 0 && H5Dread(dataset.get(), memory.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes.data()) < 0) return false;
    for (std::size_t i = 0; i < rows; ++i) {
        const char* place = bytes.data() + i * width;
        if (fixed) {
            const std::string whole(place, width);
            column.texts.push_back(whole.substr(0, whole.find('\0')));
        } else {
            std::memcpy(&column.values.emplace_back(), place, sizeof(double));
        }
    }
    return true;
}

/// Name of the compound dataset: "table", or the only one there is.
std::string find_compound(const Handle& file, const std::string& path) {
    std::vector<std::string> found;
    const auto visit = [](hid_t group, const char* name, const H5L_info_t*, void* data) -> herr_t {
        const Handle dataset(H5Dopen2(group, name, H5P_DEFAULT), H5Dclose);
        if (!dataset.valid()) return 0;
        const Handle type(H5Dget_type(dataset.get()), H5Tclose);
        if (H5Tget_class(type.get()) == H5T_COMPOUND) static_cast<std::vector<std::string>*>(data)->push_back(name);
        return 0;
    };
    H5Literate(file.get(), H5_INDEX_NAME, H5_ITER_INC, nullptr, visit, &found);
    for (const auto& name : found) {
        if (name == table_name) return name;
    }
    if (found.size() == 1) return found.front();
    throw InputError({.where = path,
                      .found = found.empty()
                                   ? "there is no table (compound dataset) in its root group"
                                   : "there are " + std::to_string(found.size()) + " tables and none is called 'table'",
                      .allowed = "a dataset 'table' of a compound type, as astropy and ismulate write it"});
}

}  // namespace

void write_hdf5_table(const std::string& path, const Table& table) {
    const h5::Quiet quiet;
    Handle file = h5::create_file(path);
    {
        std::size_t size = 0;
        const Handle type = row_type(table, size);
        const Handle dataset = h5::create_dataset(file, table_name, type.get(), {table.row_count()}, path);
        const auto bytes = packed(table, size);
        if (!bytes.empty())
            h5::check_written(H5Dwrite(dataset.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes.data()), path);
        write_description(file, table, path);
    }
    h5::check_written(file.reset(), path);
}

namespace {

Table table_in(const Handle& file, const std::string& path) {
    const std::string name = find_compound(file, path);
    const Handle dataset = h5::open_dataset(file, name);
    const auto shape = h5::shape_of(dataset);
    if (shape.size() != 1)
        throw InputError({.where = path,
                          .found = "table '" + name + "' has " + std::to_string(shape.size()) + " dimensions",
                          .allowed = "one: its rows"});
    const Handle type(H5Dget_type(dataset.get()), H5Tclose);
    if (!h5::can_hold(dataset, shape, H5Tget_size(type.get())))
        throw InputError({.where = path, .found = "table '" + name + "' is larger than its file can hold"});
    Table description = description_of(file, name, path), table;
    table.source.name = path;
    table.meta = std::move(description.meta);
    const int members = H5Tget_nmembers(type.get());
    for (unsigned i = 0; i < static_cast<unsigned>(std::max(0, members)); ++i) {
        char* member = H5Tget_member_name(type.get(), i);
        Column column{.name = member, .unit = {}, .help = {}, .values = {}, .texts = {}};
        H5free_memory(member);
        if (description.has(column.name)) {
            column.unit = description.column(column.name).unit;
            column.help = description.column(column.name).help;
        }
        if (read_member(dataset, type, i, shape[0], column))
            table.columns.push_back(std::move(column));
        else
            table.warnings.push_back("column '" + column.name +
                                     "' was left out: it holds neither numbers nor text of fixed length");
    }
    check_read_table(table);
    return table;
}

}  // namespace

Table table_from_hdf5(std::string_view bytes, const std::string& source) {
    const h5::Quiet quiet;
    return table_in(h5::open_bytes(bytes, source), source);
}

Table read_hdf5_table(const std::string& path) {
    const h5::Quiet quiet;
    return table_in(h5::open_file(path), path);
}

}  // namespace ism::io
