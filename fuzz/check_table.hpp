#pragma once
#include <ism/io/table.hpp>

#include "check.hpp"

namespace fuzz {

/// Columns of one length under different names, and places in the source that can be shown.
inline void require_valid(const ism::io::Table& table) {
    std::size_t bytes = 0;
    for (const auto& column : table.columns) {
        require(column.size() == table.row_count() && !column.name.empty());
        require(&table.column(column.name) == &column);
        for (const auto& text : column.texts) bytes += text.size();
    }
    for (std::size_t row = 0; row < table.row_count(); row += 1 + table.row_count() / 8) {
        for (const auto& column : table.columns) bytes += table.shown(row, column.name).size();
        bytes += table.place(row).size();
    }
    require(bytes < std::size_t{1} << 40);  // the sizes above are read, not optimised away
}

/// What is read can be written and is read again as the same columns.
template <class Write, class Read>
void require_round_trip(const ism::io::Table& table, Write write, Read read) {
    const ism::io::Table again = read(write(table));
    require(again.columns.size() == table.columns.size() && again.row_count() == table.row_count());
    for (std::size_t j = 0; j < table.columns.size(); ++j) require(again.columns[j].name == table.columns[j].name);
}

}  // namespace fuzz
