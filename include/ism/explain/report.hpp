#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <ism/base/dataset.hpp>
#include <ism/emulate/emulator_file.hpp>
#include <ism/explain/chart.hpp>
#include <ism/explain/compare.hpp>
#include <ism/explain/history.hpp>

/// One page that shows a run: how good the emulator is, where it errs, what it cost, how it was made.
namespace ism::explain {

/// A file that the page was made from.
struct ReportSource {
    std::string role;  ///< "grid", "held-out models", "network"
    std::string name;  ///< without folders
    std::size_t bytes = 0;
    std::string sha256;
    std::string provenance{};  ///< JSON text: program, version, command, seed, settings, inputs; may be empty
    std::string detail{};      ///< what else the reader should know: "5000 models, U = 0.1 .. 1e6"
};

/// One step of the run and the time it took by the clock.
struct ReportStep {
    std::string what{};  ///< "compute the grid"
    double seconds = 0.0;
    std::string detail{};  ///< "3,000 models, 2 threads"
};

/// Whatever a run has; every part may be missing, and `missing` says in sentences what is and how to get it.
struct Report {
    std::optional<Comparison> comparison;
    std::optional<emulate::EmulatorRecord> emulator;
    std::optional<TrainingHistory> history;
    std::optional<Dataset> grid;  ///< parameters and status; outputs are not read
    std::vector<ReportSource> sources;
    std::vector<ReportStep> steps;
    std::vector<std::string> missing;
    std::string command;  ///< that made the page
};

/// A picture of the page and the sentences under it.
struct Figure {
    std::string heading{}, caption{};
    Chart chart{};
    bool wide = false;  ///< across the whole page
};

/// The pictures that the data allow, in the order of the page.
[[nodiscard]] std::vector<Figure> report_figures(const Report& report);

/// Those of a comparison alone: how often a method is how wrong and what it costs; of lines also the worst of them and
/// the error against the share of models learned. Empty where no method was measured.
[[nodiscard]] std::vector<Figure> comparison_figures(const Comparison& comparison);

/// HTML 5 that is also XML, with everything in it: no script, no font, no file or address is loaded.
[[nodiscard]] std::string report_page(const Report& report);

}  // namespace ism::explain
