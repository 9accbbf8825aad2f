// Decompression: whole files come out, damaged ones are refused.
#include <ism/io/gzip.hpp>

#include "check.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::refused_or_valid([&] {
        const std::string text = ism::io::gunzip(fuzz::text(data, size), "fuzz");
        fuzz::require(text.size() <= 1200 * size);  // deflate packs at most 1032 to 1
    });
    return 0;
}
