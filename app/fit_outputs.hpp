#pragma once
#include <string>
#include <vector>

#include "context.hpp"
#include "fit_run.hpp"

namespace ism::app {

/// Columns that the sources brought along, then what was found; where one of its names is taken, all get fit_ before
/// them.
[[nodiscard]] io::Table table_of(const FitSources& sources, std::vector<io::Column> columns);
/// The same of fits, with how each ended and why.
[[nodiscard]] io::Table table_of(const infer::SedFit& fit, const FitSources& sources, const std::vector<FitRow>& rows);

/// Columns as maps of their names, to -o.
void write_maps(const Context& context, const FitSources& sources, const std::vector<io::Column>& columns,
                const Provenance& provenance);
/// The same of fits, and a map `fit` of how each ended.
void write_maps(const Context& context, const infer::SedFit& fit, const FitSources& sources,
                const std::vector<FitRow>& rows, const Provenance& provenance);

/// Factors (B) from the units of the bands to that of the first one.
[[nodiscard]] std::vector<double> factors_to_first(const infer::SedFit& fit, const FitSources& sources);

/// The chains of one source in ArviZ's layout.
void write_posterior(const Context& context, const std::string& path, const infer::SedFit& fit,
                     const FitSources& sources, const infer::SedFitResult& result, const Provenance& provenance);

}  // namespace ism::app
