// The reader of FITS tables.
#include <io/table_formats.hpp>

#include "check_table.hpp"

/// cfitsio asks for as much memory as a damaged header claims, and takes a refusal well: none gets it here.
extern "C" const char* __asan_default_options();
extern "C" const char* __asan_default_options() { return "allocator_may_return_null=1"; }

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::refused_or_valid([&] { fuzz::require_valid(ism::io::table_from_fits(fuzz::text(data, size), "fuzz")); });
    return 0;
}
