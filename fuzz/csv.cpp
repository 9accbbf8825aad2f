// The reader of CSV tables, and the dataset that is made from one.
#include <ism/base/dataset.hpp>
#include <ism/io/dataset_file.hpp>

#include "check_table.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace ism::io;
    fuzz::refused_or_valid([&] {
        const Table table = table_from_csv(fuzz::text(data, size), "fuzz");
        fuzz::require_valid(table);
        fuzz::require_round_trip(table, to_csv, [](const std::string& text) { return table_from_csv(text, "again"); });
        const auto read = dataset_from_table(table, {table.columns.front().name});
        ism::check_shapes(read.dataset);
        fuzz::require_finite(read.dataset.parameters);
    });
    return 0;
}
