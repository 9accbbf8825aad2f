// Compiled once per instruction set: Highway includes this file again for each (foreach_target.h).
#undef HWY_TARGET_INCLUDE
// NOLINTNEXTLINE(cppcoreguidelines-macro-usage)
#define HWY_TARGET_INCLUDE "simulate/dust/vector_kernels.cpp"
// What differs here is the width of a vector; SSE4 has that of the baseline, and the register tiles are arrays, which
// vectors without a size at compile time (SVE, RISC-V) cannot be in.
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SSE4 | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#include <ism/simulate/dust/vector_kernels.hpp>

#include <algorithm>

// clang-format off: the order matters
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
#include <hwy/contrib/math/math-inl.h>
// clang-format on

// NOLINTBEGIN(misc-use-internal-linkage): a namespace for each instruction set keeps them apart
HWY_BEFORE_NAMESPACE();
namespace ism::simulate::dust::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Doubles = hn::CappedTag<double, panel_columns>;
using V = hn::Vec<Doubles>;
constexpr std::size_t lanes = hn::MaxLanes(Doubles());
constexpr std::size_t vectors = panel_columns / lanes;
constexpr double overshoot = 0.05;  // more than a smooth cubic goes beyond its four values between them

/// tile_rows x one panel: the sums stay in registers while the rows of the table go by.
void multiply_tile(const double* HWY_RESTRICT panel, const WeightTile& tile, double* HWY_RESTRICT out) {
    const Doubles d;
    V sums[tile_rows][vectors];
    for (auto& row : sums) {
        for (auto& sum : row) sum = hn::Zero(d);
    }
    const double* at = panel + tile.first * panel_columns;
    for (std::size_t k = 0; k < tile.count; ++k, at += panel_columns) {
        V values[vectors];
        for (std::size_t v = 0; v < vectors; ++v) values[v] = hn::LoadU(d, at + v * lanes);
        for (std::size_t r = 0; r < tile_rows; ++r) {
            const V weight = hn::Set(d, tile.weights[k * tile_rows + r]);
            for (std::size_t v = 0; v < vectors; ++v) sums[r][v] = hn::MulAdd(weight, values[v], sums[r][v]);
        }
    }
    for (std::size_t r = 0; r < tile_rows; ++r) {
        for (std::size_t v = 0; v < vectors; ++v) hn::StoreU(sums[r][v], d, out + r * panel_columns + v * lanes);
    }
}

/// All tiles times one panel.
void multiply_panel(const PanelTable& table, std::size_t p, const std::vector<WeightTile>& tiles, std::size_t rows,
                    double* out) {
    const std::size_t columns = table.columns(), width = std::min(panel_columns, columns - p * panel_columns);
    double block[tile_rows * panel_columns];
    for (std::size_t t = 0; t < tiles.size(); ++t) {
        multiply_tile(table.panel(p), tiles[t], block);
        for (std::size_t r = 0; r < std::min(tile_rows, rows - t * tile_rows); ++r) {
            std::copy_n(block + r * panel_columns, width, out + (t * tile_rows + r) * columns + p * panel_columns);
        }
    }
}

void log_array(const double* x, std::size_t count, double* out) {
    const hn::ScalableTag<double> d;
    const auto least = hn::Set(d, 1e-300);
    std::size_t i = 0;
    for (; i + hn::Lanes(d) <= count; i += hn::Lanes(d)) {
        hn::StoreU(hn::Log(d, hn::Max(hn::LoadU(d, x + i), least)), d, out + i);
    }
    const hn::CappedTag<double, 1> one;
    for (; i < count; ++i) hn::StoreU(hn::Log(one, hn::Set(one, std::max(x[i], 1e-300))), one, out + i);
}

template <class D>
void exp_step(D d, const double* y, std::size_t stride, const double* w, const double* factor, double* out) {
    auto value = hn::LoadU(d, y), low = value, high = value, sum = hn::Mul(hn::Set(d, w[0]), value);
    for (std::size_t k = 1; k < 4; ++k) {
        value = hn::LoadU(d, y + k * stride);
        low = hn::Min(low, value);
        high = hn::Max(high, value);
        sum = hn::MulAdd(hn::Set(d, w[k]), value, sum);
    }
    const auto slack = hn::Set(d, overshoot);
    sum = hn::Min(hn::Max(sum, hn::Sub(low, slack)), hn::Add(high, slack));
    hn::StoreU(hn::Mul(hn::LoadU(d, factor), hn::Exp(d, sum)), d, out);
}

void exp_array(const double* y, std::size_t stride, const double* w, const double* factor, std::size_t count,
               double* out) {
    const hn::ScalableTag<double> d;
    std::size_t i = 0;
    for (; i + hn::Lanes(d) <= count; i += hn::Lanes(d)) exp_step(d, y + i, stride, w, factor + i, out + i);
    const hn::CappedTag<double, 1> one;
    for (; i < count; ++i) exp_step(one, y + i, stride, w, factor + i, out + i);
}

}  // namespace ism::simulate::dust::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
// NOLINTEND(misc-use-internal-linkage)

#if HWY_ONCE

namespace ism::simulate::dust {
namespace {

HWY_EXPORT(multiply_panel);
HWY_EXPORT(log_array);
HWY_EXPORT(exp_array);

}  // namespace

PanelTable::PanelTable(const std::vector<double>& table, std::size_t columns)
    : rows_(table.size() / columns), columns_(columns), data_(panels() * rows_ * panel_columns, 0.0) {
    for (std::size_t k = 0; k < rows_; ++k) {
        for (std::size_t c = 0; c < columns; ++c) {
            data_[(c / panel_columns * rows_ + k) * panel_columns + c % panel_columns] = table[k * columns + c];
        }
    }
}

void multiply(const PanelTable& table, const std::vector<WeightTile>& tiles, std::size_t rows, double* out) {
    for (std::size_t p = 0; p < table.panels(); ++p) HWY_DYNAMIC_DISPATCH(multiply_panel)(table, p, tiles, rows, out);
}

void multiply_reference(const PanelTable& table, const std::vector<WeightTile>& tiles, std::size_t rows, double* out) {
    for (std::size_t row = 0; row < rows; ++row) {
        const WeightTile& tile = tiles[row / tile_rows];
        for (std::size_t c = 0; c < table.columns(); ++c) {
            double sum = 0.0;
            for (std::size_t k = 0; k < tile.count; ++k) {
                const double* values = table.panel(c / panel_columns) + (tile.first + k) * panel_columns;
                sum += tile.weights[k * tile_rows + row % tile_rows] * values[c % panel_columns];
            }
            out[row * table.columns() + c] = sum;
        }
    }
}

void log_of_positive(const double* x, std::size_t count, double* out) {
    HWY_DYNAMIC_DISPATCH(log_array)(x, count, out);
}

void exp_of_cubic(const double* y, std::size_t stride, const double* w, const double* factor, std::size_t count,
                  double* out) {
    HWY_DYNAMIC_DISPATCH(exp_array)(y, stride, w, factor, count, out);
}

std::vector<std::int64_t> vector_targets() {
    std::vector<std::int64_t> targets;
    for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) targets.push_back(target);
    return targets;
}

}  // namespace ism::simulate::dust
#endif
