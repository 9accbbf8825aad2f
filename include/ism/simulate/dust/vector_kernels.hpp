#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace ism::simulate::dust {

/// Columns that are worked on together: a panel of a table lies in one piece of memory.
inline constexpr std::size_t panel_columns = 8;
/// Rows of a product that are worked on together.
inline constexpr std::size_t tile_rows = 6;

/// A table (rows x columns) cut into panels of `panel_columns`, the last filled up with zeros.
class PanelTable {
public:
    PanelTable() = default;
    PanelTable(const std::vector<double>& table, std::size_t columns);
    [[nodiscard]] std::size_t columns() const noexcept { return columns_; }
    [[nodiscard]] std::size_t panels() const noexcept { return (columns_ + panel_columns - 1) / panel_columns; }
    [[nodiscard]] const double* panel(std::size_t p) const { return data_.data() + p * rows_ * panel_columns; }

private:
    std::size_t rows_ = 0, columns_ = 0;
    std::vector<double> data_;
};

/// `tile_rows` rows of weights that are zero outside the table rows first .. first + count - 1.
struct WeightTile {
    std::size_t first, count;
    const double* weights;  ///< (count x tile_rows)
};

/// out (rows x columns) = weights times the table; `tiles` hold the rows in order, the last one may be filled up.
/// Instruction set chosen at run time (AVX-512, AVX2 or the baseline of the build).
void multiply(const PanelTable& table, const std::vector<WeightTile>& tiles, std::size_t rows, double* out);
/// The same, as one would write it.
void multiply_reference(const PanelTable& table, const std::vector<WeightTile>& tiles, std::size_t rows, double* out);

/// out[i] = ln max(x[i], 1e-300).
void log_of_positive(const double* x, std::size_t count, double* out);
/// out[i] = factor[i] exp(w0 y0[i] + w1 y1[i] + w2 y2[i] + w3 y3[i]), y_k = y + k x stride; the exponent is kept within
/// 0.05 of the range of the four, so that a cubic through the cut at 1e-300 cannot overshoot by hundreds.
void exp_of_cubic(const double* y, std::size_t stride, const double* w, const double* factor, std::size_t count,
                  double* out);

/// The instruction sets that this machine can run (Highway's bits), for tests that force each of them.
[[nodiscard]] std::vector<std::int64_t> vector_targets();

}  // namespace ism::simulate::dust
