#pragma once
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace ism::io {

/// A variable of a netCDF group.
struct NetcdfVariable {
    std::string name;
    std::vector<std::string> dimensions;  ///< names of dimensions of the group, slowest first
    std::vector<double> values;           ///< row-major
    std::string unit;                     ///< FITS unit string, "" for a pure number
    std::string help;
};

/// A named dimension with its coordinate: numbers or labels.
struct NetcdfDimension {
    std::string name;
    std::size_t length = 0;
    std::vector<std::string> labels{};  ///< empty: 0, 1, 2 ...
};

/// A group of an InferenceData file: posterior, sample_stats, observed_data, prior ...
struct NetcdfGroup {
    std::string name;
    std::vector<NetcdfDimension> dimensions;
    std::vector<NetcdfVariable> variables;
};

/// Writes a netCDF-4 file in the layout of ArviZ InferenceData (its schema 0.7), which `arviz.from_netcdf` opens; whole
/// or not at all. `attributes` become attributes of the file and of each group. Throws Error where a variable does not
/// fit its dimensions, MachineError where the disk fails.
void write_inference_data(const std::string& path, const std::vector<NetcdfGroup>& groups,
                          const std::vector<std::pair<std::string, std::string>>& attributes);

}  // namespace ism::io
