#include <algorithm>
#include <cmath>
#include <filesystem>

#include <simulate/grid_folder.hpp>

#include <ism/base/atomic_file.hpp>
#include <ism/base/errors.hpp>
#include <ism/base/parallel.hpp>
#include <ism/io/dataset_file.hpp>
#include <ism/simulate/grid.hpp>

namespace ism::simulate {
namespace {

/// Bytes that the dataset will need on the disk: parameters, outputs, mask, status.
double dataset_bytes(const GridManifest& manifest) {
    const auto p = static_cast<double>(manifest.info.parameter_count()),
               m = static_cast<double>(manifest.info.output_count());
    return static_cast<double>(manifest.size) * (8.0 * p + 9.0 * m + 17.0);
}

void check_room(const GridManifest& manifest, const std::string& output) {
    constexpr double mebibyte = 1048576.0;
    std::error_code error;
    const std::filesystem::path folder = std::filesystem::absolute(output).parent_path();
    const auto room = std::filesystem::space(folder, error);
    if (error || dataset_bytes(manifest) <= static_cast<double>(room.available)) return;
    throw MachineError(
        {.where = output,
         .found =
             "the dataset needs " + std::to_string(static_cast<long long>(dataset_bytes(manifest) / mebibyte) + 1) +
             " MiB, the disk has " +
             std::to_string(static_cast<long long>(static_cast<double>(room.available) / mebibyte)) + " MiB left"});
}

/// Parts that are missing: "3 of 90 parts are not there: 4 (shard 2 of 3), ...". Shards take parts in turn, so a
/// missing one names its shard.
void check_complete(const GridFolder& folder, const GridManifest& manifest) {
    constexpr std::size_t most = 5;
    std::vector<std::size_t> missing;
    for (std::size_t c = 0; c < manifest.chunk_count(); ++c) {
        if (!folder.has_part(c)) missing.push_back(c);
    }
    if (missing.empty()) return;
    std::string list;
    for (std::size_t i = 0; i < std::min(most, missing.size()); ++i)
        list += (list.empty() ? "" : ", ") + part_name(missing[i]);
    throw InputError({.where = folder.path(),
                      .found = std::to_string(missing.size()) + " of " + std::to_string(manifest.chunk_count()) +
                               " parts are not there: " + list + (missing.size() > most ? ", ..." : ""),
                      .effect = "nothing was written, and the parts are as they were",
                      .next = "run the shards that did not finish again, with --resume; of N shards, shard i computes "
                              "the parts c with c mod N = i - 1"});
}

/// Reads part after part and hands it to the writer; counts failures.
class Merger {
public:
    Merger(const GridFolder& folder, const GridManifest& manifest, Progress& progress)
        : folder_(folder), manifest_(manifest), progress_(progress) {
        report_.size = manifest.size;
    }

    GridReport merge() {
        progress_.begin("merging", manifest_.size);
        write_atomically(folder_.output(), [this](const std::string& temporary) {
            io::DatasetWriter writer(temporary, manifest_.info, manifest_.size, manifest_.dataset_provenance());
            for (std::size_t c = 0; c < manifest_.chunk_count(); ++c) append(c, writer);
            refuse_nothing();
            writer.close();
        });
        progress_.end();
        report_.written = true;
        return report_;
    }

private:
    void append(std::size_t chunk, io::DatasetWriter& writer) {
        throw_if_stopped();
        std::string problem;
        if (!folder_.read_part(manifest_, fingerprint_, chunk, part_, problem)) {
            throw InputError({.where = folder_.path() + "/" + part_name(chunk),
                              .found = problem,
                              .effect = "nothing was written",
                              .next = "run the grid again with --resume: only this part is computed anew"});
        }
        const std::size_t m = manifest_.info.output_count();
        mask_.resize(part_.outputs.size());
        for (std::size_t k = 0; k < mask_.size(); ++k) mask_[k] = std::isfinite(part_.outputs[k]) ? 1 : 0;  // gaps
        for (std::size_t i = 0; i < part_.status.size(); ++i) {
            if (part_.status[i] == 0) continue;
            std::fill_n(mask_.begin() + static_cast<std::ptrdiff_t>(i * m), m, std::uint8_t{0});
            count_failure(i);
        }
        writer.append({part_.parameters, part_.outputs, mask_, part_.status, part_.reason});
        progress_.advance(part_.status.size(), "");
    }

    void count_failure(std::size_t i) {
        const std::size_t p = manifest_.info.parameter_count();
        if (report_.failed++ > 0) return;
        report_.first_failure =
            point_text(manifest_.info, std::span(part_.parameters).subspan(i * p, p)) + ": " + part_.reason[i];
    }

    void refuse_nothing() const {
        if (report_.failed < report_.size) return;
        throw NumericalError({.where = folder_.output(),
                              .found = "none of the " + std::to_string(report_.size) +
                                       " models succeeded; the first: " + report_.first_failure,
                              .effect = "no dataset was written; the parts are in " + folder_.path(),
                              .next = "try one of them alone with ismulate simulate"});
    }

    const GridFolder& folder_;
    const GridManifest& manifest_;
    Progress& progress_;
    std::string fingerprint_ = manifest_.fingerprint();
    GridPart part_;
    std::vector<std::uint8_t> mask_;
    GridReport report_;
};

}  // namespace

GridReport merge_grid(const std::string& output, bool force, Progress& progress) {
    check_output(output, force);
    const GridFolder folder(output);
    const GridManifest manifest = folder.manifest();
    check_complete(folder, manifest);
    GridReport report;
    try {
        check_room(manifest, output);
        report = Merger(folder, manifest, progress).merge();
    } catch (const MachineError& error) {
        throw MachineError({.found = error.what(),
                            .effect = "all parts are kept in " + folder.path(),
                            .next = "make room and run: ismulate grid --merge -o " + output});
    }
    folder.write_log();
    folder.remove();
    return report;
}

}  // namespace ism::simulate
