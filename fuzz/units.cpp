// The parser of unit strings, which come from the headers of files.
#include <ism/base/units.hpp>

#include "check.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::refused_or_valid([&] {
        const std::string text = fuzz::text(data, size);
        const ism::Unit unit(text);
        fuzz::require(std::isfinite(unit.cgs_factor()) && unit.cgs_factor() > 0.0);
        fuzz::require(ism::conversion_factor(text, text) == 1.0);
    });
    return 0;
}
