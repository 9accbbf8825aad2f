#pragma once
#include <string>
#include <string_view>

#include <ism/io/table.hpp>

/// The binary formats of write_table and read_table.
namespace ism::io {

/// One binary table extension: TTYPE, TUNIT, TCOMM (help), HISTORY "key: value" for the meta entries. Numbers are
/// doubles.
void write_fits_table(const std::string& path, const Table& table);
/// The first table extension. Columns of arrays are left out with a warning; null integers and NaN are missing.
[[nodiscard]] Table read_fits_table(const std::string& path);
/// The same from the bytes of a file; `source` names it in errors.
[[nodiscard]] Table table_from_fits(std::string bytes, const std::string& source);

/// As astropy stores tables in HDF5: a compound dataset `/table`, its description in `/table.__table_column_meta__`.
void write_hdf5_table(const std::string& path, const Table& table);
/// The only one-dimensional compound dataset of the root group.
[[nodiscard]] Table read_hdf5_table(const std::string& path);
/// The same from the bytes of a file.
[[nodiscard]] Table table_from_hdf5(std::string_view bytes, const std::string& source);

/// Columns without rows and the meta entries that the header of an ECSV text declares.
[[nodiscard]] Table ecsv_declaration(std::string_view header, const std::string& source);

}  // namespace ism::io
