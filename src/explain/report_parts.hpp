#pragma once
#include <string>
#include <vector>

#include <ism/explain/report.hpp>

/// Pieces of the page that its files share.
namespace ism::explain {

/// The method that the comparison judges: the network. nullptr where it was not measured.
[[nodiscard]] const MethodResult* judged_method(const Comparison& comparison);
/// The physics itself, where it was timed.
[[nodiscard]] const MethodResult* timed_truth(const Comparison& comparison);
/// The other method whose 99th percentile is lowest.
[[nodiscard]] const MethodResult* best_interpolation(const Comparison& comparison);
/// The method whose 99th percentile of the error factor is lowest; nullptr where none was measured.
[[nodiscard]] const MethodResult* best_method(const Comparison& comparison);
/// Outputs by falling 99th percentile of the error factor, at most `most`.
[[nodiscard]] std::vector<std::size_t> worst_lines(const Accuracy& accuracy, std::size_t most);
/// "U = 12, age = 3.4×10⁸ yr".
[[nodiscard]] std::string point_text(const ModelInfo& info, const std::vector<double>& point);
/// Name and unit of a model's parameter for an axis.
[[nodiscard]] PlotAxis parameter_axis(const Parameter& parameter);

// One function per picture; report_figures() asks which can be drawn.
[[nodiscard]] Figure spectra_figure(const Comparison& comparison, bool worst);
[[nodiscard]] Figure axis_error_figure(const Comparison& comparison);
[[nodiscard]] Figure axis_error_figure(const ModelInfo& info, const TrainingHistory& history);
[[nodiscard]] Figure distribution_figure(const Comparison& comparison);
[[nodiscard]] Figure cost_figure(const Comparison& comparison);
[[nodiscard]] Figure coverage_figure(const Report& report);
[[nodiscard]] Figure parameter_error_figure(const Comparison& comparison);
[[nodiscard]] Figure loss_figure(const TrainingHistory& history);
[[nodiscard]] Figure time_figure(const std::vector<ReportStep>& steps);

// HTML.
[[nodiscard]] std::string comparison_table(const Comparison& comparison);

}  // namespace ism::explain
