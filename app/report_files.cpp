#include "report_files.hpp"

#include <algorithm>
#include <filesystem>

#include <nlohmann/json.hpp>

#include <ism/base/atomic_file.hpp>
#include <ism/base/errors.hpp>
#include <ism/base/sha256.hpp>
#include <ism/base/text.hpp>
#include <ism/io/dataset_file.hpp>

namespace ism::app {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

std::string name_of(const std::string& path) { return fs::path(path).filename().string(); }

std::vector<std::string> files_in(const std::string& folder, const std::string& ending) {
    std::vector<std::string> found;
    if (folder.empty()) return found;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(folder, error)) {
        const std::string name = entry.path().filename().string();
        if (entry.is_regular_file(error) && name.ends_with(ending) && !name.ends_with(".log.json"))
            found.push_back((fs::path(folder) / name).string());
    }
    if (error) throw MachineError({.where = folder, .found = "the folder cannot be read: " + error.message()});
    std::sort(found.begin(), found.end());
    return found;
}

/// The only one, or none; several are a question to the user.
std::string only_one(const std::vector<std::string>& found, const std::string& what, const std::string& option) {
    if (found.size() < 2) return found.empty() ? "" : found.front();
    std::string names;
    for (const auto& path : found) names += (names.empty() ? "" : ", ") + path;
    throw InputError({.where = fs::path(found.front()).parent_path().string(),
                      .found = "it holds " + std::to_string(found.size()) + " " + what,
                      .allowed = names,
                      .effect = "nothing was written",
                      .next = "name one: " + option + " " + found.front()});
}

/// Name -> checksum of the files that something was made from.
std::vector<std::pair<std::string, std::string>> inputs_of(const std::string& provenance) {
    const Json json = Json::parse(provenance, nullptr, false);
    std::vector<std::pair<std::string, std::string>> inputs;
    if (!json.is_object() || !json.contains("inputs") || !json["inputs"].is_object()) return inputs;
    for (const auto& [name, sum] : json["inputs"].items()) {
        if (sum.is_string()) inputs.emplace_back(name, sum.get<std::string>());
    }
    return inputs;
}

/// The provenance of a comparison; empty where the text is none.
std::string provenance_of_comparison(const std::string& text) {
    const Json json = Json::parse(text, nullptr, false);
    if (!json.is_object() || json.value("format", Json()) != "ismulate-comparison") return "";
    return json.contains("provenance") ? json["provenance"].dump() : "";
}

/// The word after an option in a command as it was typed.
std::string word_after(const std::string& provenance, const std::string& option) {
    const Json json = Json::parse(provenance, nullptr, false);
    if (!json.is_object() || !json.contains("command") || !json["command"].is_string()) return "";
    const std::string command = json["command"].get<std::string>();
    const auto at = command.find(" " + option + " ");
    if (at == std::string::npos) return "";
    const auto first = at + option.size() + 2;
    return command.substr(first, command.find(' ', first) - first);
}

/// "5000 models (2 failed): U = 0.1 .. 1e+06, age = 1e+06 .. 1e+10 yr".
std::string detail_of(const Dataset& data) {
    const auto failed = std::count_if(data.status.begin(), data.status.end(), [](auto status) { return status != 0; });
    std::string text = std::to_string(data.size()) + " models";
    if (failed > 0) text += " (" + std::to_string(failed) + " failed)";
    const char* separator = ": ";
    for (const auto& p : data.info.parameters) {
        text += separator + p.name + " = " + to_text(p.low, 6) + " .. " + to_text(p.high, 6);
        if (!p.unit.empty()) text += " " + p.unit;
        separator = ", ";
    }
    return text;
}

/// Collects a report from its files.
class Reader {
public:
    explicit Reader(const ReportFiles& files) : files_(files) {}

    explain::Report read() {
        check_folder();
        read_emulator();
        read_grid();
        read_comparison();
        read_other_data();
        check_anything();
        tell_missing();
        sort_by_origin();
        return std::move(report_);
    }

private:
    void check_folder() const {
        std::error_code ignored;
        if (files_.folder.empty() || fs::is_directory(files_.folder, ignored)) return;
        const bool there = fs::exists(files_.folder, ignored);
        throw InputError({.where = files_.folder,
                          .found = there ? "it is a file, and RUN is a folder" : "there is no such folder",
                          .effect = "nothing was written",
                          .next = there ? "name files with --emulator, --grid and --comparison"
                                        : "name the folder that holds the grid, the network and the comparison"});
    }

    explain::ReportSource& add_source(const std::string& role, const std::string& path, const std::string& bytes,
                                      const std::string& provenance) {
        report_.sources.push_back({.role = role,
                                   .name = name_of(path),
                                   .bytes = bytes.size(),
                                   .sha256 = sha256(bytes),
                                   .provenance = provenance});
        return report_.sources.back();
    }

    void read_emulator() {
        const bool named = !files_.emulator.empty();
        const std::string path =
            named ? files_.emulator : only_one(files_in(files_.folder, ".ism"), "emulators", "--emulator");
        if (path.empty()) return;
        const std::string bytes = read_whole(path);
        report_.emulator = emulate::emulator_from_bytes(bytes, path);
        emulator_ = path;
        emulator_sum_ = add_source("network", path, bytes, report_.emulator->provenance).sha256;
        const std::string log = path + ".log.json";
        if (!fs::exists(log)) {
            report_.missing.push_back("the loss curve: there is no " + log + ", which `ismulate train` writes");
            return;
        }
        report_.history = explain::history_from_json(read_whole(log), log);
        const auto& history = *report_.history;
        training_step_ = {"train the network", history.seconds,
                          std::to_string(history.training) + " models learned on " + history.device};
    }

    /// What the emulator says it was trained on, in order; empty where there is none.
    [[nodiscard]] std::vector<std::pair<std::string, std::string>> learned() const {
        return report_.emulator ? inputs_of(report_.emulator->provenance)
                                : std::vector<std::pair<std::string, std::string>>{};
    }

    /// The dataset in the folder that the emulator learned, by name and checksum.
    std::string learned_grid() {
        for (const auto& [name, sum] : learned()) {
            const std::string path = (fs::path(files_.folder) / name).string();
            if (files_.folder.empty() || !name.ends_with(".h5") || !fs::exists(path)) continue;
            if (sha256(read_whole(path)) == sum) return path;
            report_.missing.push_back("the grid: " + path + " is not what " + emulator_ +
                                      " learned (other checksum); train again, or bring the old grid back");
        }
        return "";
    }

    void read_grid() {
        std::string path = files_.grid;
        if (path.empty() && report_.emulator)
            path = learned_grid();
        else if (path.empty())
            path = only_one(files_in(files_.folder, ".h5"), "datasets", "--grid");
        if (path.empty()) return;
        Dataset grid = io::read_dataset(path).dataset;
        const std::string bytes = read_whole(path);
        grid_sum_ = sha256(bytes);
        if (!files_.grid.empty() && !belongs(grid_sum_, learned())) {
            throw InputError({.where = path,
                              .found = emulator_ + " was trained on another dataset (other checksum)",
                              .effect = "nothing was written",
                              .next = "name the grid that it was trained on, or leave --grid out"});
        }
        add_source("grid", path, bytes, grid.provenance).detail = detail_of(grid);
        add_grid_step("compute the grid", path, grid.size());
        grid.outputs.clear();
        grid.mask.clear();
        report_.grid = std::move(grid);
    }

    /// Whether `inputs` name this checksum; where they name nothing, nothing speaks against it.
    [[nodiscard]] static bool belongs(const std::string& sum,
                                      const std::vector<std::pair<std::string, std::string>>& inputs) {
        return inputs.empty() ||
               std::any_of(inputs.begin(), inputs.end(), [&](const auto& one) { return one.second == sum; });
    }

    void add_grid_step(const std::string& what, const std::string& path, std::size_t models) {
        const std::string log = path + ".log.json";
        if (!fs::exists(log)) return;
        explain::ReportStep step{.what = what};
        std::size_t threads = 0, computed = 0;
        for (const auto& run : explain::grid_runs_from_json(read_whole(log), log)) {
            step.seconds += run.seconds;
            threads = std::max(threads, run.threads);
            computed += run.computed;
        }
        if (step.seconds <= 0.0) return;
        step.detail = std::to_string(models) + " models on " + std::to_string(threads) + " threads";
        if (computed < models) step.detail += ", of which the log knows " + std::to_string(computed);
        report_.steps.push_back(std::move(step));
    }

    /// True where a comparison judges the emulator at hand, or does not say which.
    [[nodiscard]] bool judges_emulator(const std::string& provenance) const {
        auto inputs = inputs_of(provenance);
        std::erase_if(inputs, [](const auto& one) { return !one.first.ends_with(".ism"); });
        return emulator_sum_.empty() || belongs(emulator_sum_, inputs);
    }

    std::string comparison_in_folder() {
        std::vector<std::string> found;
        for (const auto& path : files_in(files_.folder, ".json")) {
            const std::string text = read_whole(path);
            const std::string provenance = provenance_of_comparison(text);
            if (provenance.empty()) {
                if (Json::accept(text)) continue;
                report_.missing.push_back(path + ": it is no whole JSON, so it was left out");
            } else if (judges_emulator(provenance)) {
                found.push_back(path);
            } else {
                report_.missing.push_back(path + ": it compares another emulator than " + emulator_ +
                                          " (other checksum), so it was left out");
            }
        }
        return only_one(found, "comparisons", "--comparison");
    }

    void read_comparison() {
        const std::string path = files_.comparison.empty() ? comparison_in_folder() : files_.comparison;
        if (!path.empty()) {
            const std::string text = read_whole(path);
            explain::Comparison comparison = explain::comparison_from_json(text, path);
            const std::string provenance = provenance_of_comparison(text);
            if (!judges_emulator(provenance)) {
                throw InputError({.where = path,
                                  .found = "it compares another emulator than " + emulator_ + " (other checksum)",
                                  .effect = "nothing was written",
                                  .next = "compare anew: ismulate compare GRID --emulator " + emulator_ + " -o " +
                                          path + " --force"});
            }
            add_source("comparison", path, text, provenance);
            comparison_ = path;
            comparison_provenance_ = provenance;
            report_.comparison = std::move(comparison);
        }
    }

    /// Held-out models and further grids that the comparison was made with, where they stand beside it.
    void read_other_data() {
        if (report_.comparison) {
            const std::string folder =
                files_.folder.empty() ? fs::path(comparison_).parent_path().string() : files_.folder;
            for (const auto& [name, sum] : inputs_of(comparison_provenance_)) {
                const std::string path = (fs::path(folder) / name).string();
                if (!name.ends_with(".h5") || sum == grid_sum_ || !fs::exists(path)) continue;
                add_other_data(path, sum);
            }
        }
        if (training_step_.seconds > 0.0) report_.steps.push_back(training_step_);
        if (report_.comparison && report_.comparison->seconds > 0.0) {
            report_.steps.push_back({"compare the methods", report_.comparison->seconds,
                                     std::to_string(report_.comparison->methods.size()) + " methods on one thread"});
        }
    }

    void add_other_data(const std::string& path, const std::string& sum) {
        const std::string bytes = read_whole(path);
        if (sha256(bytes) != sum) return;
        const std::string name = name_of(path);
        std::string role = "other data", step = "compute " + name;
        if (name == name_of(word_after(comparison_provenance_, "--test"))) {
            role = "held-out models";
            step = "compute held-out models";
        } else if (name == name_of(word_after(comparison_provenance_, "--regular-grid"))) {
            role = "regular grid for interpolation";
            step = "compute a regular grid";
        }
        const Dataset data = io::read_dataset(path).dataset;
        add_source(role, path, bytes, data.provenance).detail = detail_of(data);
        add_grid_step(step, path, data.size());
    }

    void check_anything() const {
        if (report_.emulator || report_.grid || report_.comparison) return;
        throw InputError(
            {.where = files_.folder,
             .found =
                 "it holds nothing of a run" + (report_.missing.empty() ? "" : " (" + report_.missing.front() + ")"),
             .allowed = "a grid (.h5), an emulator (.ism) or a comparison (.json of ismulate compare)",
             .effect = "nothing was written",
             .next = "name the folder of a run, or files: --emulator F.ism --grid G.h5 --comparison C.json"});
    }

    void tell_missing() {
        const auto put = [&](const std::string& file) {
            return files_.folder.empty() ? file : (fs::path(files_.folder) / file).string();
        };
        if (!report_.emulator)
            report_.missing.push_back("the network: there is no .ism file; ismulate train GRID -o " + put("NAME.ism"));
        if (!report_.comparison) {
            report_.missing.push_back("the comparison: ismulate compare GRID --emulator " +
                                      (emulator_.empty() ? "NAME.ism" : emulator_) + " -o " + put("compare.json"));
        }
        if (!report_.grid && report_.emulator)
            report_.missing.push_back(
                "the grid that the network learned: name it with --grid, or copy it into the folder");
        if (report_.grid && report_.steps.empty())
            report_.missing.push_back("the time of the grid: its log (.log.json) does not stand beside it");
    }

    /// As a reader of the page would make them: the data, then what learned them, then what judged it.
    void sort_by_origin() {
        const auto rank = [](const explain::ReportSource& source) {
            return source.role == "grid" ? 0 : source.role == "network" ? 2 : source.role == "comparison" ? 3 : 1;
        };
        std::stable_sort(report_.sources.begin(), report_.sources.end(),
                         [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
    }

    ReportFiles files_;
    explain::Report report_;
    explain::ReportStep training_step_;
    std::string emulator_, emulator_sum_, grid_sum_, comparison_, comparison_provenance_;
};

}  // namespace

explain::Report read_report(const ReportFiles& files) { return Reader(files).read(); }

}  // namespace ism::app
