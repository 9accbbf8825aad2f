#pragma once
#include <string>
#include <vector>

#include <ism/explain/fit_report.hpp>

#include "context.hpp"
#include "fit_run.hpp"
#include "fit_setup.hpp"

namespace ism::app {

/// Where the pictures of a fit go; empty: nowhere.
struct FitPictures {
    std::string page, folder;
    [[nodiscard]] bool wanted() const noexcept { return !page.empty() || !folder.empty(); }
};

void add_fit_picture_options(CLI::App& command, FitPictures& pictures);
/// Refuses names that cannot be written, before the work starts.
void check_pictures(const Context& context, const FitPictures& pictures);

/// What the pictures of one source show; `sources` holds it alone.
[[nodiscard]] explain::FittedSource fitted_source(const infer::SedFit& fit, const Seen& seen, const FitSources& sources,
                                                  const infer::SedFitResult& result, const std::string& remark);
/// The same of many sources or of maps; a row for each.
[[nodiscard]] explain::FittedMany fitted_many(const infer::SedFit& fit, const FitSources& sources,
                                              const std::vector<FitRow>& rows);

/// Draws the source or sources of `report`, and fills in how they were made: files (fluxes, and priors where they are
/// one), the network and the settings of `provenance`.
void write_pictures(const Context& context, const FitPictures& pictures, explain::FitReport report, const Seen& seen,
                    const Provenance& provenance);

}  // namespace ism::app
