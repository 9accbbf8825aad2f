// Compiled once per instruction set: Highway includes this file again for each (foreach_target.h).
#undef HWY_TARGET_INCLUDE
// NOLINTNEXTLINE(cppcoreguidelines-macro-usage)
#define HWY_TARGET_INCLUDE "observe/sparse_rows.cpp"
// SSE4 has the vectors of the baseline; vectors without a size at compile time (SVE, RISC-V) cannot be in arrays.
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SSE4 | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#include <ism/observe/sparse_rows.hpp>

#include <algorithm>

// clang-format off: the order matters
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

// NOLINTBEGIN(misc-use-internal-linkage): a namespace for each instruction set keeps them apart
HWY_BEFORE_NAMESPACE();
namespace ism::observe::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Doubles = hn::CappedTag<double, 8>;
using V = hn::Vec<Doubles>;
constexpr std::size_t lanes = hn::MaxLanes(Doubles());

#if HWY_TARGET == HWY_SCALAR
void store_sums(V a, V b, double* sum_a, double* sum_b) {
    *sum_a = hn::GetLane(a);
    if (sum_b != nullptr) *sum_b = hn::GetLane(b);
}
#else
/// The sums of the even lanes and of the odd lanes.
template <class D, class W>
auto folded(D d, W v) {
    if constexpr (hn::MaxLanes(d) == 2) {
        return v;
    } else {
        const hn::Half<D> half;
        return folded(half, hn::Add(hn::LowerHalf(half, v), hn::UpperHalf(half, v)));
    }
}

/// The sums of the lanes of two vectors: neighbours first, then halves.
void store_sums(V a, V b, double* sum_a, double* sum_b) {
    const Doubles d;
    const auto pair = folded(d, hn::Add(hn::InterleaveLower(d, a, b), hn::InterleaveUpper(d, a, b)));
    *sum_a = hn::GetLane(pair);
    if (sum_b != nullptr) *sum_b = hn::ExtractLane(pair, 1);
}
#endif

/// `Count` neighbouring vectors times all rows: a weight is read once for all of them.
template <std::size_t Count>
void multiply_some(const SparseRows& rows, const double* HWY_RESTRICT vectors, std::size_t stride,
                   double* HWY_RESTRICT out, std::size_t out_step, std::size_t row_step) {
    const Doubles d;
    for (std::size_t r = 0; r < rows.size(); ++r) {
        const std::size_t size = rows.weights(r).size();
        const double *weights = rows.weights(r).data(), *values = vectors + rows.row(r).first;
        V sums[Count + Count % 2];
        for (V& sum : sums) sum = hn::Zero(d);
        std::size_t i = 0;
        for (; i + lanes <= size; i += lanes) {
            const V weight = hn::LoadU(d, weights + i);
            for (std::size_t v = 0; v < Count; ++v)
                sums[v] = hn::MulAdd(weight, hn::LoadU(d, values + v * stride + i), sums[v]);
        }
        if (i < size) {  // what lies beyond the row is not read: it may be NaN, or not there
            const auto inside = hn::FirstN(d, size - i);
            const V weight = hn::MaskedLoad(inside, d, weights + i);
            for (std::size_t v = 0; v < Count; ++v)
                sums[v] = hn::MulAdd(weight, hn::MaskedLoad(inside, d, values + v * stride + i), sums[v]);
        }
        double* to = out + r * row_step;
        for (std::size_t v = 0; v < Count; v += 2)
            store_sums(sums[v], sums[v + 1], to + v * out_step, v + 1 < Count ? to + (v + 1) * out_step : nullptr);
    }
}

void multiply_all(const SparseRows& rows, const double* vectors, std::size_t count, std::size_t stride, double* out,
                  std::size_t out_step, std::size_t row_step) {
    std::size_t v = 0;
    for (; v + 4 <= count; v += 4)
        multiply_some<4>(rows, vectors + v * stride, stride, out + v * out_step, out_step, row_step);
    const double* rest = vectors + v * stride;
    double* to = out + v * out_step;
    if (count - v == 1) multiply_some<1>(rows, rest, stride, to, out_step, row_step);
    if (count - v == 2) multiply_some<2>(rows, rest, stride, to, out_step, row_step);
    if (count - v == 3) multiply_some<3>(rows, rest, stride, to, out_step, row_step);
}

/// The columns of a table as rows; two to four columns, those of most models, by vectors.
void turn_table(const double* HWY_RESTRICT table, std::size_t rows, std::size_t columns, double* HWY_RESTRICT out) {
    const Doubles d;
    std::size_t i = 0;
    if (columns >= 2 && columns <= 4) {
        V column[4];
        for (; i + lanes <= rows; i += lanes) {
            const double* at = table + columns * i;
            if (columns == 2) hn::LoadInterleaved2(d, at, column[0], column[1]);
            if (columns == 3) hn::LoadInterleaved3(d, at, column[0], column[1], column[2]);
            if (columns == 4) hn::LoadInterleaved4(d, at, column[0], column[1], column[2], column[3]);
            for (std::size_t c = 0; c < columns; ++c) hn::StoreU(column[c], d, out + c * rows + i);
        }
    }
    for (; i < rows; ++i) {
        for (std::size_t c = 0; c < columns; ++c) out[c * rows + i] = table[i * columns + c];
    }
}

}  // namespace ism::observe::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
// NOLINTEND(misc-use-internal-linkage)

#if HWY_ONCE

namespace ism::observe {
namespace {

HWY_EXPORT(multiply_all);
HWY_EXPORT(turn_table);

}  // namespace

void SparseRows::add(std::span<const double> row) {
    const auto seen = [](double weight) { return weight != 0.0; };
    const auto first = std::find_if(row.begin(), row.end(), seen);
    const auto last = std::find_if(row.rbegin(), std::make_reverse_iterator(first), seen).base();
    rows_.push_back({static_cast<std::size_t>(first - row.begin()), weights_.size(),
                     weights_.size() + static_cast<std::size_t>(last - first)});
    weights_.insert(weights_.end(), first, last);
}

void SparseRows::multiply(const double* vectors, std::size_t count, std::size_t stride, double* out,
                          std::size_t out_step, std::size_t row_step) const {
    HWY_DYNAMIC_DISPATCH(multiply_all)(*this, vectors, count, stride, out, out_step, row_step);
}

void turn(const double* table, std::size_t rows, std::size_t columns, double* out) {
    HWY_DYNAMIC_DISPATCH(turn_table)(table, rows, columns, out);
}

std::vector<std::int64_t> sparse_rows_targets() {
    std::vector<std::int64_t> targets;
    for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) targets.push_back(target);
    return targets;
}

}  // namespace ism::observe
#endif
