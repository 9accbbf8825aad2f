#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace ism::observe {

/// A matrix each of whose rows is non-zero in one run of columns: bands on a wavelength axis.
class SparseRows {
public:
    struct Row {
        std::size_t first, begin, end;  ///< first column; weights [begin, end)
    };

    /// Appends a row; the zeros at both ends of it are not kept.
    void add(std::span<const double> row);
    [[nodiscard]] std::size_t size() const noexcept { return rows_.size(); }
    [[nodiscard]] const Row& row(std::size_t r) const { return rows_[r]; }
    [[nodiscard]] std::span<const double> weights(std::size_t r) const {
        return std::span(weights_).subspan(rows_[r].begin, rows_[r].end - rows_[r].begin);
    }

    /// out[v x out_step + r x row_step] = row r times vector v, which begins at vectors + v x stride. A vector gives
    /// the same bits alone and among others. Instruction set chosen at run time.
    void multiply(const double* vectors, std::size_t count, std::size_t stride, double* out, std::size_t out_step,
                  std::size_t row_step) const;

private:
    std::vector<Row> rows_;
    std::vector<double> weights_;
};

/// Writes a table (rows x columns) turned: (columns x rows).
void turn(const double* table, std::size_t rows, std::size_t columns, double* out);

/// The instruction sets that this machine can run (Highway's bits), for tests that force each of them.
[[nodiscard]] std::vector<std::int64_t> sparse_rows_targets();

}  // namespace ism::observe
