#include <simulate/grid_folder.hpp>

#include <algorithm>
#include <array>
#include <ctime>
#include <filesystem>

#include <nlohmann/json.hpp>
#include <pwd.h>
#include <unistd.h>

#include <ism/base/atomic_file.hpp>
#include <ism/base/errors.hpp>
#include <ism/base/parallel.hpp>
#include <ism/base/provenance.hpp>
#include <ism/base/text.hpp>

namespace ism::simulate {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr const char* manifest_name = "grid.json";

std::string utc(std::chrono::system_clock::time_point time) {
    const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    std::array<char, 32> text{};
    return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

std::string host_name() {
    std::array<char, 256> name{};
    return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

std::string user_name() {
    const passwd* entry = ::getpwuid(::geteuid());
    return entry != nullptr ? entry->pw_name : std::to_string(::geteuid());
}

}  // namespace

bool GridFolder::exists() const {
    std::error_code ignored;
    return fs::is_directory(path_, ignored);
}

bool GridFolder::has_manifest() const {
    std::error_code ignored;
    return fs::exists(file(manifest_name), ignored);
}

bool GridFolder::has_part(std::size_t chunk) const {
    std::error_code ignored;
    return fs::exists(file(part_name(chunk)), ignored);
}

GridManifest GridFolder::manifest() const {
    if (!has_manifest())
        throw InputError({.where = path_,
                          .found = "there are no parts of a grid",
                          .next = "compute them first: ismulate grid MODEL ... -o " + output_});
    return manifest_from_json(read_whole(file(manifest_name)), file(manifest_name));
}

void GridFolder::create(const GridManifest& wanted) const {
    std::error_code error;
    fs::create_directories(path_, error);
    if (error) throw MachineError({.where = path_, .found = "the folder cannot be made: " + error.message()});
    if (!has_manifest()) write_atomically(file(manifest_name), wanted.json());
    const std::string differs =
        difference(manifest(), wanted);  // shards may have started at the same moment: read what is there
    if (differs.empty()) return;
    throw InputError({.where = path_,
                      .found = "the parts there belong to another grid: " + differs,
                      .effect = "nothing was computed, and the parts are as they were",
                      .next = "give the same options as then, choose another name with -o, or begin anew with --force "
                              "(a shard: remove the folder)"});
}

void GridFolder::remove() const {
    std::error_code error;
    // the manifest goes last: a kill on the way leaves a folder that is still known as one of ours
    for (fs::directory_iterator entry(path_, error), end; !error && entry != end; entry.increment(error)) {
        std::error_code here;
        if (entry->path() != file(manifest_name)) fs::remove_all(entry->path(), here);
    }
    error.clear();
    fs::remove_all(path_, error);
    if (error) throw MachineError({.where = path_, .found = "the folder cannot be removed: " + error.message()});
}

void GridFolder::remove_if_empty() const {
    std::error_code ignored;
    fs::remove(path_, ignored);  // refuses where something is in it
}

void GridFolder::write_part(const GridPart& part, const std::string& fingerprint, std::size_t chunk) const {
    write_atomically(file(part_name(chunk)), to_bytes(part, fingerprint, chunk));
}

bool GridFolder::read_part(const GridManifest& wanted, const std::string& fingerprint, std::size_t chunk,
                           GridPart& part, std::string& problem) const {
    if (!has_part(chunk)) {
        problem = "it is missing";
        return false;
    }
    return part_from_bytes(read_whole(file(part_name(chunk))), wanted, fingerprint, chunk, part, problem);
}

void GridFolder::keep_run(const std::string& json) const {
    const auto now = std::chrono::system_clock::now().time_since_epoch().count();
    write_atomically(
        file("run-" + std::to_string(now) + "-" + host_name() + "-" + std::to_string(::getpid()) + ".json"), json);
}

void GridFolder::write_log() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(path_)) {
        const std::string name = entry.path().filename().string();
        if (name.starts_with("run-") && name.ends_with(".json")) names.push_back(name);
    }
    std::sort(names.begin(), names.end());
    Json log{{"dataset", valid_utf8(fs::path(output_).filename().string())}, {"runs", Json::array()}};
    for (const auto& name : names) log["runs"].push_back(Json::parse(read_whole(file(name)), nullptr, false));
    write_atomically(output_ + ".log.json", log.dump(1) + "\n");
}

GridRun::GridRun(const GridSettings& settings) : shard_(settings.shard) {}

std::string GridRun::json(const GridReport& report, const std::string& outcome) const {
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - clock_).count();
    std::error_code ignored;
    const Json json{{"user", user_name()},
                    {"host", host_name()},
                    {"folder", fs::current_path(ignored).string()},
                    {"process", ::getpid()},
                    {"version", version()},
                    {"threads", thread_count()},
                    {"shard", std::to_string(shard_.index + 1) + "/" + std::to_string(shard_.count)},
                    {"started", utc(start_)},
                    {"ended", utc(std::chrono::system_clock::now())},
                    {"seconds", seconds},
                    {"computed", report.computed},
                    {"reused", report.reused},
                    {"failed", report.failed},
                    {"outcome", outcome}};
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string point_text(const ModelInfo& info, std::span<const double> point) {
    std::string text;
    for (std::size_t k = 0; k < info.parameters.size(); ++k) {
        text += (text.empty() ? "" : ", ") + info.parameters[k].name + " = " + to_text(point[k], 6);
        if (!info.parameters[k].unit.empty()) text += " " + info.parameters[k].unit;
    }
    return text;
}

}  // namespace ism::simulate
