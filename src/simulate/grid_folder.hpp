#pragma once
#include <chrono>
#include <optional>
#include <string>

#include <simulate/grid_manifest.hpp>
#include <simulate/grid_part.hpp>

#include <ism/simulate/grid.hpp>

namespace ism::simulate {

/// The folder NAME.h5.parts of a grid that is being computed.
class GridFolder {
public:
    explicit GridFolder(const std::string& output) : output_(output), path_(output + ".parts") {}

    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    [[nodiscard]] const std::string& output() const noexcept { return output_; }
    [[nodiscard]] bool exists() const;
    [[nodiscard]] bool has_manifest() const;
    [[nodiscard]] bool has_part(std::size_t chunk) const;

    /// Throws InputError where there is none or it is damaged.
    [[nodiscard]] GridManifest manifest() const;
    /// Makes the folder with this manifest, or checks that the one there is the same: throws InputError naming what
    /// differs.
    void create(const GridManifest& manifest) const;
    void remove() const;
    /// What a kill left of remove().
    void remove_if_empty() const;

    void write_part(const GridPart& part, const std::string& fingerprint, std::size_t chunk) const;
    /// False where the part is missing or damaged; `problem` says which.
    [[nodiscard]] bool read_part(const GridManifest& manifest, const std::string& fingerprint, std::size_t chunk,
                                 GridPart& part, std::string& problem) const;

    /// Keeps what is to be known of one run (JSON) until the log is written.
    void keep_run(const std::string& json) const;
    /// Writes NAME.h5.log.json from all runs that were kept.
    void write_log() const;

private:
    [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }

    std::string output_, path_;
};

/// Who, where, when and how long: one entry of the log.
class GridRun {
public:
    explicit GridRun(const GridSettings& settings);
    /// JSON of the run as it stands now.
    [[nodiscard]] std::string json(const GridReport& report, const std::string& outcome) const;

private:
    Shard shard_;
    std::chrono::system_clock::time_point start_ = std::chrono::system_clock::now();
    std::chrono::steady_clock::time_point clock_ = std::chrono::steady_clock::now();
};

/// The values of a point with their names, for messages: "U = 3.2, amin = 0.4".
[[nodiscard]] std::string point_text(const ModelInfo& info, std::span<const double> point);

}  // namespace ism::simulate
