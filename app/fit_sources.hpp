#pragma once
#include <span>
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
    std::vector<double> truths;                         ///< (N x D) of synthetic sources, see set_truths; else empty
    std::vector<std::string> notes;                     ///< what was left out, for the user to know
    io::Image grid;                                     ///< of maps: size and world coordinates, without values
    [[nodiscard]] std::span<const double> truth_of(std::size_t i) const {
        const std::size_t count = data.empty() ? 0 : truths.size() / data.size();
        return std::span(truths).subspan(i * count, count);
    }
    [[nodiscard]] bool are_maps() const noexcept { return grid.width > 0; }
};

/// What a table or maps may hold.
struct Observables {
    std::vector<std::string> names;  ///< of bands or lines
    std::string unit{};              ///< of lines whose column has none: the model's
    std::string model{};             ///< for messages
    bool are_lines = false;          ///< which no model has all of
};

/// Puts columns NAME of a second table beside those of the first, as NAME_err. Columns that are the same in both (X, Y,
/// names) must be the same row by row. Throws InputError with the row where they are not, and where the tables have not
/// as many rows, an error comes twice or belongs to no column.
[[nodiscard]] io::Table with_errors(io::Table values, const io::Table& errors, const Observables& observables);

/// Detections below `sigmas` errors become upper limits there: how a censored line is written down. Counted in a note.
void censor(FitSources& sources, double sigmas);

/// Takes the rows of a table as pixels at its columns X and Y, whole numbers; pixels without a row are empty. Throws
/// InputError where a column is missing, a place is none or comes twice.
void set_pixels(FitSources& sources);

/// A table with a row for each source: columns NAME with a unit, NAME_err (1 sigma), NAME_flag ("upper", "lower" or
/// empty). NaN or empty = not observed. A limit without an error is taken as one of 3 sigma of the noise. A value of
/// `observables` are what may be a NAME; what looks like a flux and is none of them is noted. Throws InputError with
/// the line for what infer::measurement_of refuses and for unknown flags, and for NAME_err of no known band (the
/// nearest names are offered); a line that the model does not know is noted: no model has all.
[[nodiscard]] FitSources sources_of_table(io::Table table, const Observables& observables);

/// Takes columns true_NAME, in units of one kind with the coordinates or without a unit, as the true coordinates of
/// synthetic sources, for the calibration of the method: only where there is one for every coordinate.
void set_truths(FitSources& sources, const std::vector<infer::Coordinate>& coordinates);

/// FITS images on one grid, called NAME, NAME_err and, where there are limits, NAME_flag (1 upper, -1 lower, 0 neither)
/// by their EXTNAME (in any case). Pixels where value or error are
/// NaN or infinite or the error is 0 count as not observed, and are counted in a note where there is a value; negative
/// values are measurements. Throws InputError where grids or units differ, an error is negative, an error map is
/// missing or a name is no band.
[[nodiscard]] FitSources sources_of_maps(std::vector<io::Image> images, const Observables& observables);

}  // namespace ism::app
