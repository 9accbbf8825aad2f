#pragma once
#include <span>
#include <vector>

#include <ism/base/dataset.hpp>
#include <ism/emulate/emulator_file.hpp>
#include <ism/train/train.hpp>

namespace ism::train {

/// Emission fainter than this share of the model's peak is left out of the error table (wavelength axes).
inline constexpr double table_faint = 1e-4;

struct TestErrors {
    std::vector<emulate::ErrorRow> table;
    std::vector<OutputError> per_output;  ///< (M)
};

/// |prediction / truth - 1| for log outputs, |prediction - truth| / spread for linear ones, on the models `rows`.
/// predictions (rows x M), in the declared unit; spread (M), used for linear outputs.
[[nodiscard]] TestErrors test_errors(const Dataset& dataset, const std::vector<std::size_t>& rows,
                                     std::span<const double> predictions, std::span<const double> spread);

}  // namespace ism::train
