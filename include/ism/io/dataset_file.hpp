#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <ism/base/dataset.hpp>
#include <ism/io/table.hpp>

namespace ism::io {

/// A dataset as it came from a file, and what the user should know about that: a sentence each, for the program to
/// print.
struct ReadDataset {
    Dataset dataset;
    std::vector<std::string> warnings;
};

/// Reads a dataset: our own HDF5 (docs/files.md), a foreign HDF5 file with `parameters` and `outputs` (attribute
/// `names` on each), or a table (.ecsv, .csv, .fits, .h5 by the name's ending) whose columns `parameters` are the
/// parameters and whose other columns of numbers are the outputs.
///
/// Throws InputError naming file, dataset, row and column where something is missing, has another shape than the
/// declaration, or is NaN where it may not be; also where a table is given without `parameters`.
[[nodiscard]] ReadDataset read_dataset(const std::string& path, const std::vector<std::string>& parameters = {});

/// The same from the bytes of an HDF5 file; `source` names it in errors.
[[nodiscard]] ReadDataset dataset_from_hdf5(std::string_view bytes, const std::string& source);

/// Writes our HDF5, whole or not at all; the same dataset gives the same bytes. Replaces an existing file: ask
/// check_output first. Throws InputError where the shapes do not fit, MachineError where the disk fails.
void write_dataset(const std::string& path, const Dataset& dataset);

/// The dataset in a table: `parameters` are the columns that are parameters, all other columns of numbers are outputs.
///
/// NaN in an output is masked. Scale and range of a parameter follow from its values: a scale is log where all
/// values are positive and span more than a factor of 100.
[[nodiscard]] ReadDataset dataset_from_table(const Table& table, const std::vector<std::string>& parameters);

/// Rows of a dataset in index order.
struct DatasetRows {
    std::span<const double> parameters;    ///< (n x P)
    std::span<const double> outputs;       ///< (n x M); NaN where a model failed
    std::span<const std::uint8_t> mask;    ///< (n x M)
    std::span<const std::uint8_t> status;  ///< (n)
    std::span<const std::string> reason;   ///< (n), empty texts where a model did not fail
};

/// Writes a dataset piece by piece, so that it never needs to be in memory as a whole. How it is cut does not change
/// the bytes.
class DatasetWriter {
public:
    /// A new file for `size` models. For an atomic file, call it inside write_atomically.
    DatasetWriter(const std::string& path, const ModelInfo& info, std::size_t size, const std::string& provenance);
    DatasetWriter(const DatasetWriter&) = delete;
    DatasetWriter& operator=(const DatasetWriter&) = delete;
    ~DatasetWriter();

    /// The next rows. Throws MachineError where the disk fails.
    void append(const DatasetRows& rows);
    /// Ends the file; throws Error where fewer or more rows came than announced.
    void close();

private:
    struct Files;
    std::unique_ptr<Files> files_;
};

/// The attribute `provenance` of a dataset (JSON); empty where the file is no dataset of ours.
[[nodiscard]] std::string dataset_provenance(const std::string& path);

}  // namespace ism::io
