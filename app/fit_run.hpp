#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include <ism/base/progress.hpp>
#include <ism/infer/sed_fit.hpp>
#include <ism/io/table.hpp>

#include "fit_sources.hpp"

namespace ism::app {

/// How the fit of a source ended.
enum class FitStatus { converged = 0, not_converged = 1, no_data = 2, failed = 3 };

/// What is kept of one source: the numbers of `fit_columns`, its status and what there is to say.
struct FitRow {
    FitStatus status = FitStatus::no_data;
    std::string remark;
    std::vector<double> numbers;
};

/// Columns of a FitRow: for each coordinate NAME (median), NAME_lo and NAME_hi (16 and 84 %), NAME_lo95 and NAME_hi95
/// (2.5 and 97.5 %), NAME_best and, with `ranks`, rank_NAME: the fraction of the posterior below the truth. Then rhat
/// (largest), ess (smallest bulk effective sample size), lnlike (of the best fit), log_evidence, log_evidence_err,
/// optima, p_chi2 (see infer::predictive_p); p_BAND and model_BAND for each band.
[[nodiscard]] std::vector<io::Column> fit_columns(const infer::SedFit& fit, bool ranks);

/// Sources that converged, or were sampled at all, whose predictive p of all detections is below `poor_p`: the model
/// does not describe them, whatever its intervals say.
inline constexpr double poor_p = 1e-3;
[[nodiscard]] std::size_t count_poor(const infer::SedFit& fit, const std::vector<FitRow>& rows);

/// One source; what goes wrong with it becomes its status.
[[nodiscard]] FitRow fit_row(const infer::SedFit& fit, const std::vector<infer::Measurement>& data,
                             std::span<const double> truth, const infer::SedFitOptions& options);
/// The same from a result at hand. `truth` has a number for each coordinate, or is empty.
[[nodiscard]] FitRow row_of(const infer::SedFit& fit, const infer::SedFitResult& result, std::span<const double> truth);

/// Fits of many sources on all cores. Finished ones are written to `journal` at once, so that a run that was killed
/// goes on where it was: with `resume` those of the file are taken over, where its key is that of this run.
class FitJournal {
public:
    /// `key` stands for everything that defines the run. Throws InputError where the file is there and resume is false,
    /// or it belongs to another run.
    FitJournal(std::string path, std::string key, bool resume, std::size_t sources);
    /// Rows of sources that are finished; empty numbers and status no_data for the others.
    [[nodiscard]] const std::vector<FitRow>& rows() const noexcept { return rows_; }
    [[nodiscard]] bool done(std::size_t i) const noexcept { return done_[i]; }
    /// Called from several threads.
    void add(std::size_t i, FitRow row);
    void remove();

private:
    std::string path_;
    std::vector<FitRow> rows_;
    std::vector<bool> done_;
};

/// Throws Interrupted where the user stops it; what was finished stays in the journal.
void fit_all(const infer::SedFit& fit, const FitSources& sources, const infer::SedFitOptions& options,
             FitJournal& journal, Progress& progress);

}  // namespace ism::app
