#pragma once
#include <string>
#include <string_view>

#include <ism/explain/chart.hpp>

namespace ism::explain {

/// The bytes of a PNG file (W3C, Portable Network Graphics, 3rd edition): a palette, the last row of the Raster first.
/// Throws InputError where the numbers of pixels or colours do not fit, MachineError where zlib fails.
[[nodiscard]] std::string png_of(const Raster& raster);

/// RFC 4648, section 4.
[[nodiscard]] std::string base64(std::string_view bytes);

/// The picture itself as an address, "data:image/png;base64,...": nothing has to be loaded.
[[nodiscard]] std::string data_address(const Raster& raster);

}  // namespace ism::explain
