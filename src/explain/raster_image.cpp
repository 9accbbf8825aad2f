#include "raster_image.hpp"

#include <algorithm>

#include <zlib.h>

#include <ism/base/errors.hpp>

namespace ism::explain {
namespace {

std::string big_endian(std::size_t number) {
    std::string bytes;
    for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>(number >> shift & 0xff);
    return bytes;
}

/// Length, kind, data, checksum of kind and data.
std::string chunk(const std::string& kind, const std::string& data) {
    const std::string body = kind + data;
    const auto sum = crc32(0, reinterpret_cast<const Bytef*>(body.data()), static_cast<uInt>(body.size()));
    return big_endian(data.size()) + body + big_endian(sum);
}

std::string deflated(const std::string& bytes) {
    uLongf size = compressBound(static_cast<uLong>(bytes.size()));
    std::string packed(size, '\0');
    const int status = compress(reinterpret_cast<Bytef*>(packed.data()), &size,
                                reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uLong>(bytes.size()));
    if (status != Z_OK) throw MachineError({.where = "a picture", .found = "zlib failed to pack it"});
    packed.resize(size);
    return packed;
}

void check(const Raster& raster) {
    if (raster.width == 0 || raster.pixels.size() != raster.width * raster.height || raster.colours.size() > 255)
        throw InputError("a raster with another number of pixels than its size, or more than 255 colours");
}

/// Rows of indices, each after a byte that says "no filter"; the index after the last colour is transparent.
std::string rows_of(const Raster& raster) {
    std::string rows;
    rows.reserve(raster.height * (raster.width + 1));
    for (std::size_t j = raster.height; j-- > 0;) {
        rows += '\0';
        for (std::size_t i = 0; i < raster.width; ++i) {
            const std::size_t index = raster.pixels[j * raster.width + i];
            rows += static_cast<char>(std::min(index, raster.colours.size()));
        }
    }
    return rows;
}

}  // namespace

std::string png_of(const Raster& raster) {
    check(raster);
    std::string palette, opacity(raster.colours.size(), '\xff');
    for (const Colour& colour : raster.colours) palette.append(colour.begin(), colour.end());
    palette.append(3, '\0');
    opacity += '\0';
    const std::string header = big_endian(raster.width) + big_endian(raster.height) +
                               std::string("\x08\x03\x00\x00\x00", 5);  // 8 bits, palette
    return "\x89PNG\r\n\x1a\n" + chunk("IHDR", header) + chunk("PLTE", palette) + chunk("tRNS", opacity) +
           chunk("IDAT", deflated(rows_of(raster))) + chunk("IEND", "");
}

std::string base64(std::string_view bytes) {
    constexpr char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const std::size_t some = std::min<std::size_t>(3, bytes.size() - i);
        unsigned triple = 0;
        for (std::size_t k = 0; k < 3; ++k)
            triple = triple << 8 | (k < some ? static_cast<unsigned char>(bytes[i + k]) : 0U);
        for (std::size_t k = 0; k < 4; ++k) text += k <= some ? digits[triple >> (18 - 6 * k) & 63] : '=';
    }
    return text;
}

std::string data_address(const Raster& raster) { return "data:image/png;base64," + base64(png_of(raster)); }

}  // namespace ism::explain
