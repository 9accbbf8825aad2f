#pragma once
#include <string>
#include <vector>

#include <ism/base/dataset.hpp>
#include <ism/io/dataset_file.hpp>

/// What is assumed of datasets that do not declare their parameters and outputs.
namespace ism::io {

/// Range, default and scale of column `index` of the (N x P) values: log where all are positive and span more than a
/// factor of 100.
void guess_parameter(Parameter& parameter, const std::vector<double>& values, std::size_t index, std::size_t count);

/// log where every output that is used is positive.
[[nodiscard]] Scale guess_scale(const Dataset& dataset);

/// The warning that units are missing and what was assumed.
void warn_of_foreign(ReadDataset& result);

}  // namespace ism::io
