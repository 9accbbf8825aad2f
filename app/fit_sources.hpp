#pragma once
#include <string>
#include <vector>

#include <ism/infer/sed_fit.hpp>
#include <ism/io/image.hpp>
#include <ism/io/table.hpp>

namespace ism::app {

/// What was observed of many sources in the same bands.
struct FitSources {
    std::vector<std::string> bands;                     ///< (B) as the columns or maps call them
    std::vector<std::string> units;                     ///< (B)
    std::vector<std::vector<infer::Measurement>> data;  ///< (N x B) in those units
    std::vector<io::Column> carried;                    ///< columns of the table that are no data: names, positions
    std::vector<std::string> places;                    ///< (N) where each stands: "cloud.ecsv:7", "pixel 3, 5"
    io::Image grid;                                     ///< of maps: size and world coordinates, without values
    [[nodiscard]] bool are_maps() const noexcept { return grid.width > 0; }
};

/// A table with a row for each source: columns NAME with a unit, NAME_err (1 sigma), NAME_flag ("upper", "lower" or
/// empty). NaN or empty = not observed. A limit without an error is taken as one of 3 sigma of the noise. A value of
/// `bands` is what may be a NAME. Throws InputError with the line for negative errors, errors or limits without a
/// value, unknown flags, a band without error, and for NAME_err of no known band (the nearest names are offered).
[[nodiscard]] FitSources sources_of_table(const io::Table& table, const std::vector<std::string>& bands);

/// FITS images on one grid, called NAME and NAME_err by their EXTNAME. Pixels where value or error are NaN or the error
/// is 0 or less count as not observed; negative values are measurements. Throws InputError where grids or units differ,
/// an error map is missing or a name is no band.
[[nodiscard]] FitSources sources_of_maps(const std::vector<io::Image>& images, const std::vector<std::string>& bands);

}  // namespace ism::app
