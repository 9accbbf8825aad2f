#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include <ism/base/dataset.hpp>
#include <ism/io/table.hpp>

namespace ism::app {

/// How the spectra of many models stand in a table.
enum class Layout {
    longer,  ///< one row per model and output
    wide,    ///< one row per model, one column per output
};

/// Throws InputError for anything but "long" and "wide".
[[nodiscard]] Layout layout_from_string(const std::string& name);

/// Which points lie outside the ranges of a model.
struct OutsideRows {
    std::vector<std::string> reasons;  ///< (N) "U = 2e+07 (range 0.1 .. 1e+06)", all of them; empty where inside
    std::size_t count = 0;             ///< how many are outside
};

/// `points` (N x P) against the ranges that `info` declares; NaN is outside.
[[nodiscard]] OutsideRows outside_rows(const ModelInfo& info, const std::vector<double>& points);

/// Columns of the user's table that are no parameters: names, identifiers, remarks. Those whose name the output needs
/// itself are left out, with a sentence in `warnings`.
[[nodiscard]] std::vector<io::Column> carried_columns(const io::Table& input, const ModelInfo& info, Layout layout,
                                                      std::vector<std::string>& warnings);

/// What stands in a row before its outputs: the number of the model, what was carried along, the parameters and, where
/// `outside` is given, whether they are outside the range.
struct RowHead {
    std::vector<io::Column> carried{};
    const OutsideRows* outside = nullptr;
};

[[nodiscard]] io::Table prediction_table(const Dataset& dataset, const RowHead& head, Layout layout);

}  // namespace ism::app
