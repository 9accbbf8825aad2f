#pragma once
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace ism::io {

/// A map: one image of a FITS file with what places it on the sky.
struct Image {
    std::string name;              ///< EXTNAME, "" where the file gives none
    std::string unit;              ///< BUNIT
    std::size_t width = 0;         ///< NAXIS1
    std::size_t height = 0;        ///< NAXIS2
    std::vector<double> values;    ///< (height x width), the first row is the lowest of the sky image; NaN = missing
    std::vector<std::string> wcs;  ///< header cards of the world coordinates, as they stand in the file
    std::string source;            ///< the file and extension, for messages

    [[nodiscard]] std::size_t size() const noexcept { return width * height; }
};

/// All images of a FITS file (also gzipped): two axes, or more where the others have length 1. Blank pixels of integers
/// are NaN; BSCALE and BZERO are applied. None where the file holds only tables. Throws InputError for cubes and for a
/// truncated file.
[[nodiscard]] std::vector<Image> read_images(const std::string& path);
/// The same from bytes in memory.
[[nodiscard]] std::vector<Image> images_from_fits(std::string bytes, const std::string& source);

/// Throws InputError that names the first difference unless both have the same size and the same world coordinates
/// (numbers to 1e-9 of their size, or a thousandth of a pixel for reference pixels).
void check_same_grid(const Image& one, const Image& other);

/// Writes images as extensions of one file, whole or not at all, after an empty primary HDU whose HISTORY holds `meta`.
/// Throws MachineError where the disk fails.
void write_images(const std::string& path, const std::vector<Image>& images,
                  const std::vector<std::pair<std::string, std::string>>& meta);

}  // namespace ism::io
