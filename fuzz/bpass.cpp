// The reader of BPASS spectra: every field that it gives is finite and not dark.
#include <ism/simulate/dust/bpass.hpp>

#include "check.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::refused_or_valid([&] {
        const ism::simulate::dust::BpassLibrary library(fuzz::text(data, size), "fuzz");
        fuzz::require(library.youngest() > 0.0 && std::isfinite(library.oldest()));
        for (const double age : {library.youngest(), library.oldest()}) {
            const auto field = library.field(age);
            fuzz::require_finite(field.intensities());
            fuzz::require_increasing(field.wavelengths());
            fuzz::require(std::abs(field.strength() - 1.0) < 1e-6);
        }
    });
    return 0;
}
