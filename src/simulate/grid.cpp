#include <ism/simulate/grid.hpp>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <mutex>

#include <simulate/grid_chunk.hpp>
#include <simulate/grid_folder.hpp>

#include <ism/base/atomic_file.hpp>
#include <ism/base/errors.hpp>
#include <ism/base/parallel.hpp>
#include <ism/base/text.hpp>
#include <ism/io/dataset_file.hpp>

namespace ism::simulate {
namespace {

/// Models per part: about 1000 parts, so that little is lost and the folder stays handy, and at most 64 MiB each.
std::size_t chosen_chunk(std::size_t size, std::size_t output_count) {
    constexpr std::size_t parts = 1000, most_bytes = std::size_t{1} << 26;
    const std::size_t fitting = std::max<std::size_t>(1, most_bytes / (8 * std::max<std::size_t>(1, output_count)));
    return std::clamp<std::size_t>((size + parts - 1) / parts, 1, fitting);
}

/// One call of run_grid.
class Runner {
public:
    Runner(const Model& model, const GridSettings& settings, Progress& progress)
        : model_(model),
          settings_(settings),
          progress_(progress),
          folder_(settings.output),
          run_(settings),
          design_(settings.design, model.info().parameter_count()) {
        manifest_.info = model.info();
        manifest_.design = settings.design;
        manifest_.size = report_.size = design_.size();
        manifest_.provenance = settings.provenance;
        manifest_.chunk = settings.chunk > 0 ? std::min(settings.chunk, design_.size())
                                             : chosen_chunk(design_.size(), model.info().output_count());
    }

    GridReport run() {
        if (already_complete()) return report_;
        check_output(settings_.output, settings_.force);
        prepare_folder();
        fingerprint_ = manifest_.fingerprint();
        try {
            sort_parts();
            compute();
        } catch (const MachineError& error) {
            keep_run("machine failed");
            throw MachineError({.found = error.what(),
                                .effect = kept_text(),
                                .next = "remove the cause, then run the same command with --resume"});
        }
        if (stop_requested()) {
            keep_run("stopped");
            throw Interrupted("stopped: " + kept_text() + "\n  To go on: the same command with --resume",
                              stop_signal());
        }
        keep_run("done");
        if (settings_.shard.count == 1) merge();
        return report_;
    }

private:
    /// --resume of a grid that is finished: nothing is left to do but the tidying up that a kill may have prevented.
    bool already_complete() {
        std::error_code ignored;
        if (!settings_.resume || !std::filesystem::exists(settings_.output, ignored)) return false;
        if (io::dataset_provenance(settings_.output) != manifest_.dataset_provenance()) return false;
        if (folder_.has_manifest() && settings_.shard.count == 1) {
            folder_.write_log();
            folder_.remove();
        }
        folder_.remove_if_empty();
        report_.written = true;
        report_.reused = report_.size;
        report_.notices.push_back(settings_.output + " is complete: nothing was left to compute");
        return true;
    }

    void prepare_folder() {
        if (settings_.force && !settings_.resume && settings_.shard.count == 1) folder_.remove();
        if (settings_.chunk == 0 && folder_.has_manifest()) manifest_.chunk = folder_.manifest().chunk;
        folder_.create(manifest_);
    }

    [[nodiscard]] bool mine(std::size_t chunk) const { return chunk % settings_.shard.count == settings_.shard.index; }

    /// Finds out which parts of this shard are there and whole, and which are to be computed.
    void sort_parts() {
        std::vector<std::size_t> present;
        for (std::size_t c = 0; c < manifest_.chunk_count(); ++c) {
            if (!mine(c)) continue;
            const bool use = folder_.has_part(c) && !(settings_.force && !settings_.resume);
            (use ? present : missing_).push_back(c);
        }
        if (!present.empty() && !settings_.resume) {
            throw InputError({.where = folder_.path(),
                              .found = std::to_string(present.size()) + " parts of an earlier run are there",
                              .effect = "nothing was computed, and the parts are as they were",
                              .next = "go on from them with --resume, or begin anew with --force"});
        }
        parallel_for(present.size(), [&](std::size_t i) { verify(present[i]); });
        std::sort(missing_.begin(), missing_.end());
    }

    void verify(std::size_t chunk) {
        GridPart part;
        std::string problem;
        const bool whole = folder_.read_part(manifest_, fingerprint_, chunk, part, problem);
        const std::scoped_lock lock(mutex_);
        if (whole) {
            report_.reused += part.status.size();
            count_failures(part);
        } else {
            missing_.push_back(chunk);
            report_.notices.push_back(folder_.path() + "/" + part_name(chunk) + ": " + problem +
                                      "; it is computed again");
        }
    }

    void compute() {
        std::size_t models = 0;
        for (const std::size_t chunk : missing_) models += manifest_.chunk_size(chunk);
        progress_.begin("computing models", models);
        parallel_for(missing_.size(), [this](std::size_t i) { compute_part(missing_[i]); });
        progress_.end();
    }

    void compute_part(std::size_t chunk) {
        if (stop_requested()) return;
        const auto part = compute_chunk(model_, manifest_, design_, chunk);
        if (!part) return;
        folder_.write_part(*part, fingerprint_, chunk);
        std::string note;
        {
            const std::scoped_lock lock(mutex_);
            report_.computed += part->status.size();
            count_failures(*part);
            if (report_.failed > 0) note = std::to_string(report_.failed) + " failed";
        }
        progress_.advance(part->status.size(), note);
    }

    void count_failures(const GridPart& part) {
        const std::size_t p = manifest_.info.parameter_count();
        for (std::size_t i = 0; i < part.status.size(); ++i) {
            if (part.status[i] == 0 || report_.failed++ > 0) continue;
            report_.first_failure =
                point_text(manifest_.info, std::span(part.parameters).subspan(i * p, p)) + ": " + part.reason[i];
        }
    }

    void merge() {
        const GridReport merged = merge_grid(settings_.output, settings_.force, progress_);
        report_.failed = merged.failed;
        report_.first_failure = merged.first_failure;
        report_.written = true;
    }

    void keep_run(const std::string& outcome) {
        try {
            folder_.keep_run(run_.json(report_, outcome));
        } catch (const MachineError&) {  // the log is not worth an error of its own: the disk may be full already
        }
    }

    [[nodiscard]] std::string kept_text() const {
        const std::string shard = settings_.shard.count == 1
                                      ? std::string()
                                      : " in shard " + std::to_string(settings_.shard.index + 1) + " of " +
                                            std::to_string(settings_.shard.count);
        return std::to_string(report_.computed + report_.reused) + " of " + std::to_string(report_.size) +
               " models are finished" + shard + " and kept in " + folder_.path();
    }

    const Model& model_;
    const GridSettings& settings_;
    Progress& progress_;
    GridFolder folder_;
    GridRun run_;
    Design design_;
    GridManifest manifest_;
    std::string fingerprint_;
    std::vector<std::size_t> missing_;
    std::mutex mutex_;
    GridReport report_;
};

}  // namespace

Shard shard_from_string(const std::string& text) {
    const auto slash = text.find('/');
    const auto index = number_from(std::string_view(text).substr(0, slash));
    const auto count =
        slash == std::string::npos ? std::nullopt : number_from(std::string_view(text).substr(slash + 1));
    const auto whole = [](double value) {
        return value >= 1.0 && value <= 1e6 && value == static_cast<double>(static_cast<std::size_t>(value));
    };
    if (!index || !count || !whole(*index) || !whole(*count) || *index > *count) {
        throw InputError({.where = "--shard " + text,
                          .found = "this names no shard",
                          .allowed = "i/N with i = 1 .. N: --shard 1/8 ... --shard 8/8"});
    }
    return {static_cast<std::size_t>(*index) - 1, static_cast<std::size_t>(*count)};
}

GridReport run_grid(const Model& model, const GridSettings& settings, Progress& progress) {
    return Runner(model, settings, progress).run();
}

}  // namespace ism::simulate
