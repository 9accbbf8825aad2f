#pragma once
#include <string>
#include <vector>

#include <ism/explain/report.hpp>

namespace ism::app {

/// Which files a page is made from; empty names are looked for in the folder, if there is one.
struct ReportFiles {
    std::string folder, emulator, grid, comparison;
};

/// Reads everything that belongs together: a comparison and a grid are taken only where their checksums say that they
/// belong to the emulator. What is not there becomes a sentence in Report::missing.
///
/// Throws InputError where a named file is damaged, foreign or belongs to another emulator, where the folder holds
/// several candidates, or nothing of a run.
[[nodiscard]] explain::Report read_report(const ReportFiles& files);

}  // namespace ism::app
