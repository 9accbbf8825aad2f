#include "fit_run.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <sstream>

#include <ism/base/atomic_file.hpp>
#include <ism/base/errors.hpp>
#include <ism/base/parallel.hpp>
#include <ism/base/sha256.hpp>
#include <ism/base/text.hpp>
#include <ism/infer/predictive.hpp>

namespace ism::app {
namespace {

using infer::Measurement;

std::string joined(const std::vector<std::string>& sentences) {
    std::string text;
    for (const std::string& one : sentences) text += (text.empty() ? "" : "; ") + one;
    return text;
}

std::string one_line(std::string text) {
    std::replace(text.begin(), text.end(), '\n', ' ');
    return text;
}

constexpr double summary_quantiles[] = {0.5, 0.16, 0.84, 0.025, 0.975};

double fraction_below(const std::vector<double>& draws, double value) {
    if (draws.empty() || std::isnan(value)) return std::nan("");
    const auto below = std::count_if(draws.begin(), draws.end(), [value](double draw) { return draw < value; });
    return static_cast<double>(below) / static_cast<double>(draws.size());
}

/// In the unit of a coordinate, from its scale.
double mean_of(const infer::Prior& prior, double mean_on_scale) { return prior.from_scale(mean_on_scale).x; }

/// Tells a line that a disk or a hand has changed.
std::string sum_of(const std::string& line) { return sha256(line).substr(0, 12); }

/// A line of the journal: item, status, numbers, remark, checksum, and a dot that says that the line is whole.
std::string line_of(std::size_t i, const FitRow& row) {
    std::string line = std::to_string(i) + ' ' + std::to_string(static_cast<int>(row.status)) + ' ' +
                       std::to_string(row.numbers.size());
    for (const double number : row.numbers) line += ' ' + to_text(number);
    line += " \"" + one_line(row.remark) + "\"";
    return line + ' ' + sum_of(line) + " .\n";
}

bool read_line(const std::string& line, std::size_t& item, FitRow& row) {
    const std::size_t quote = line.find('"'), last = line.rfind('"');
    if (quote == last) return false;
    const std::string whole = line.substr(0, last + 1);
    if (line != whole + ' ' + sum_of(whole) + " .") return false;
    const auto parts = words(std::string_view(line).substr(0, quote));
    if (parts.size() < 3) return false;
    std::vector<double> numbers;
    for (const std::string_view part : parts) {
        const auto number = number_from(part);
        numbers.push_back(number ? *number : std::nan(""));
    }
    item = static_cast<std::size_t>(numbers[0]);
    row.status = static_cast<FitStatus>(static_cast<int>(numbers[1]));
    row.numbers.assign(numbers.begin() + 3, numbers.end());
    row.remark = line.substr(quote + 1, last - quote - 1);
    return row.numbers.size() == static_cast<std::size_t>(numbers[2]);
}

}  // namespace

std::vector<io::Column> fit_columns(const infer::SedFit& fit, bool ranks) {
    std::vector<io::Column> columns;
    for (const infer::Coordinate& one : fit.coordinates()) {
        columns.push_back({one.name, one.unit, "median of the posterior; prior " + one.prior.str(), {}, {}});
        columns.push_back({one.name + "_lo", one.unit, "16 % quantile", {}, {}});
        columns.push_back({one.name + "_hi", one.unit, "84 % quantile", {}, {}});
        columns.push_back({one.name + "_lo95", one.unit, "2.5 % quantile", {}, {}});
        columns.push_back({one.name + "_hi95", one.unit, "97.5 % quantile", {}, {}});
        columns.push_back({one.name + "_mean", one.unit, "mean of the posterior on the scale of the prior", {}, {}});
        columns.push_back({one.name + "_best", one.unit, "at the best fit", {}, {}});
        if (ranks)
            columns.push_back({"rank_" + one.name, "", "fraction of the posterior below true_" + one.name, {}, {}});
    }
    columns.push_back({"rhat", "", "largest rank-normalised split R-hat; below 1.01 the chains agree", {}, {}});
    columns.push_back({"ess", "", "smallest bulk effective sample size", {}, {}});
    columns.push_back({"lnlike", "", "ln of the likelihood of the best fit", {}, {}});
    columns.push_back({"log_evidence", "", "ln of the evidence; empty where the sampler does not know it", {}, {}});
    columns.push_back({"log_evidence_err", "", "its standard error", {}, {}});
    columns.push_back({"optima", "", "distinct best fits that were met", {}, {}});
    columns.push_back(
        {"p_chi2",
         "",
         "chance that a replica of all detections lies farther from the model: near 0 it does not describe "
         "them",
         {},
         {}});
    for (const infer::FluxBand& band : fit.setup().bands)
        columns.push_back(
            {"p_" + band.name,
             "",
             "chance that a replica of the measurement is below it: near 0 or 1 the model fails; a limit fails on "
             "one side only",
             {},
             {}});
    for (const infer::FluxBand& band : fit.setup().bands)
        columns.push_back({"model_" + band.name, band.unit, "flux of the best fit", {}, {}});
    return columns;
}

std::size_t count_poor(const infer::SedFit& fit, const std::vector<FitRow>& rows) {
    if (rows.empty()) return 0;
    const std::vector<io::Column> columns = fit_columns(fit, false);
    const auto p = std::find_if(columns.rbegin(), columns.rend(), [](const auto& one) { return one.name == "p_chi2"; });
    const auto from_end = static_cast<std::size_t>(p - columns.rbegin()) + 1;  // ranks stand before it
    return static_cast<std::size_t>(std::count_if(rows.begin(), rows.end(), [&](const FitRow& row) {
        return row.numbers[row.numbers.size() - from_end] < poor_p;
    }));
}

FitRow row_of(const infer::SedFit& fit, const infer::SedFitResult& result, std::span<const double> truth) {
    const double missing = std::nan("");
    FitRow row;
    const infer::Posterior& posterior = result.posterior;
    const bool sampled = posterior.length > 0;
    double worst = sampled ? 0.0 : missing, least = sampled ? 1e300 : missing;
    for (std::size_t d = 0; d < posterior.diagnostics.size(); ++d) {
        const infer::Diagnostics& of = posterior.diagnostics[d];
        worst = std::isnan(of.r_hat) ? of.r_hat : std::max(of.r_hat, worst);  // what is not known stays so
        least = std::isnan(of.bulk_ess) ? of.bulk_ess : std::min(of.bulk_ess, least);
    }
    for (std::size_t d = 0; d < fit.coordinates().size();
         ++d) {  // they come first among the coordinates of every source
        const std::vector<double> draws = sampled ? posterior.of(d) : std::vector<double>{};
        for (const double p : summary_quantiles) row.numbers.push_back(sampled ? infer::quantile(draws, p) : missing);
        row.numbers.push_back(sampled ? mean_of(fit.coordinates()[d].prior, posterior.diagnostics[d].mean) : missing);
        row.numbers.push_back(result.best[d]);
        if (!truth.empty()) row.numbers.push_back(fraction_below(draws, truth[d]));
    }
    for (const double number : {worst, least, result.best_log_likelihood, posterior.log_evidence,
                                posterior.log_evidence_error, static_cast<double>(result.optima.size()), result.p_chi2})
        row.numbers.push_back(number);
    for (std::size_t b = 0; b < fit.setup().bands.size(); ++b)
        row.numbers.push_back(sampled ? result.predictive_p[b] : missing);
    row.numbers.insert(row.numbers.end(), result.best_fluxes.begin(), result.best_fluxes.end());
    row.status = !sampled || posterior.verdict.converged ? FitStatus::converged : FitStatus::not_converged;
    row.remark = joined(posterior.verdict.reasons);
    return row;
}

FitRow fit_row(const infer::SedFit& fit, const std::vector<Measurement>& data, std::span<const double> truth,
               const infer::SedFitOptions& options) {
    const bool seen = std::any_of(data.begin(), data.end(),
                                  [](const Measurement& one) { return one.kind != Measurement::Kind::missing; });
    FitRow row;
    if (!seen) {
        row.remark = "no band was observed";
    } else {
        try {
            return row_of(fit, fit.fit(data, options), truth);
        } catch (const NumericalError& error) {
            row.status = FitStatus::failed;
            row.remark = error.what();
        }
    }
    row.numbers.assign(fit_columns(fit, !truth.empty()).size(), std::nan(""));
    return row;
}

FitJournal::FitJournal(std::string path, std::string key, bool resume, std::size_t sources)
    : path_(std::move(path)), rows_(sources), done_(sources, false) {
    const bool there = std::filesystem::exists(path_);
    if (there && !resume)
        throw InputError({.where = path_,
                          .found = "an unfinished run left this",
                          .next = "--resume goes on with it; remove the file to begin again"});
    if (!there) {
        write_atomically(path_, key + "\n");
        return;
    }
    const std::string text = read_whole(path_);
    const auto all = lines(text);
    if (all.empty() || all[0] != key)
        throw InputError({.where = path_,
                          .found = "it belongs to a run with other data or settings",
                          .next = "give the same command again, or remove the file"});
    std::string whole = key + "\n";
    for (std::size_t k = 1; k < all.size(); ++k) {
        std::size_t i = 0;
        FitRow row;
        if (!read_line(std::string(all[k]), i, row) || i >= sources)
            continue;  // the line in work when the run was killed
        rows_[i] = std::move(row);
        done_[i] = true;
        whole += std::string(all[k]) + "\n";
    }
    write_atomically(path_, whole);
}

void FitJournal::add(std::size_t i, FitRow row) {
    static std::mutex mutex;
    const std::scoped_lock lock(mutex);
    std::ofstream file(path_, std::ios::app);
    file << line_of(i, row);
    file.close();
    if (!file)
        throw MachineError(
            {.where = path_, .found = "cannot be written", .next = "make room on the disk, then --resume"});
    rows_[i] = std::move(row);
    done_[i] = true;
}

void FitJournal::remove() { std::filesystem::remove(path_); }

void fit_all(const infer::SedFit& fit, const FitSources& sources, const infer::SedFitOptions& options,
             FitJournal& journal, Progress& progress) {
    std::vector<std::size_t> open;
    for (std::size_t i = 0; i < sources.data.size(); ++i) {
        if (!journal.done(i)) open.push_back(i);
    }
    progress.begin(sources.are_maps() ? "pixels" : "sources", open.size());
    std::atomic<std::size_t> unsettled{0};
    parallel_for(open.size(), [&](std::size_t k) {
        throw_if_stopped();
        infer::SedFitOptions own = options;
        own.seed = options.seed + open[k];  // each source has its own random numbers, whatever thread takes it
        FitRow row = fit_row(fit, sources.data[open[k]], sources.truth_of(open[k]), own);
        if (row.status == FitStatus::not_converged || row.status == FitStatus::failed) ++unsettled;
        journal.add(open[k], std::move(row));
        progress.advance(1, std::to_string(unsettled) + " not converged");
    });
    progress.end();
}

}  // namespace ism::app
