// The reader of ECSV tables, with the YAML of their headers.
#include "check_table.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace ism::io;
    fuzz::refused_or_valid([&] {
        const Table table = table_from_ecsv(fuzz::text(data, size), "fuzz");
        fuzz::require_valid(table);
        if (table.columns.empty()) return;  // all of them were left out
        fuzz::require_round_trip(table, to_ecsv,
                                 [](const std::string& text) { return table_from_ecsv(text, "again"); });
    });
    return 0;
}
