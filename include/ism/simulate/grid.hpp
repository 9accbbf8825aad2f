#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include <ism/base/design.hpp>
#include <ism/base/model.hpp>
#include <ism/base/progress.hpp>

namespace ism::simulate {

/// One of several processes that share a grid.
struct Shard {
    std::size_t index = 0;  ///< 0 .. count-1
    std::size_t count = 1;
};

/// "2/8" is the second of eight. Throws InputError unless 1 <= i <= N.
[[nodiscard]] Shard shard_from_string(const std::string& text);

/// How a grid is computed. The dataset depends on the model, `design` and `provenance` only.
struct GridSettings {
    DesignSettings design;
    std::string output;      ///< NAME.h5; the parts stand in NAME.h5.parts/, the log in NAME.h5.log.json
    std::string provenance;  ///< JSON object for the dataset: nothing that differs between identical runs
    std::size_t chunk = 0;   ///< models per part; 0 = chosen from the size, or as the parts have it
    Shard shard;             ///< with count > 1 only its parts are computed: merge_grid puts them together
    bool resume = false;     ///< parts that are there are used
    bool force = false;      ///< parts and a dataset that are there are replaced
};

/// What happened.
struct GridReport {
    std::size_t size = 0;              ///< models of the whole grid
    std::size_t computed = 0;          ///< in this call
    std::size_t reused = 0;            ///< found in parts of an earlier call
    std::size_t failed = 0;            ///< of those computed and reused; of the whole grid where it was written
    std::string first_failure;         ///< "U = 3.2, amin = 0.4: the reason", empty where none failed
    bool written = false;              ///< the dataset is there
    std::vector<std::string> notices;  ///< what the user should know, a sentence each: a part was damaged, ...
};

/// Computes a grid of models on all threads and writes it as a dataset (io/dataset_file.hpp).
///
/// The design is cut into chunks. Each chunk is written to a file of its own when it is finished (written, synced,
/// renamed, with a SHA-256), so a process that dies loses only the chunks in work; with `resume` a later call takes up
/// the rest. At the end the parts are merged in index order. The bytes of the dataset do not depend on the number of
/// threads, on shards or on interruptions. A model that throws NumericalError or InputError, or gives a value that is
/// not finite, is recorded as failed with its reason.
///
/// Throws InputError where the folder of parts belongs to another grid (naming what differs), Interrupted when
/// the user stops it, MachineError when the disk fails, NumericalError when no model succeeds. Finished parts are kept
/// in each case.
GridReport run_grid(const Model& model, const GridSettings& settings, Progress& progress);

/// Puts the parts of `output` together. Needs no model. Throws InputError where parts are missing, naming them and
/// their shards.
GridReport merge_grid(const std::string& output, bool force, Progress& progress);

}  // namespace ism::simulate
