// What a comparison leaves behind: tables, a page, pictures.
#include <iostream>
#include <limits>

#include <ism/base/atomic_file.hpp>
#include <ism/base/errors.hpp>
#include <ism/explain/report.hpp>
#include <ism/io/table.hpp>

#include "compare_call.hpp"
#include "figures.hpp"

namespace ism::app {
namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();

io::Column column(const std::string& name, const std::string& unit, const std::string& help) {
    return {name, unit, help, {}, {}};
}

std::vector<double> numbers_of(const explain::MethodResult& method, std::size_t spectra) {
    const auto* a = method.accuracy ? &*method.accuracy : nullptr;
    const double per_thousand = 1e6 / static_cast<double>(spectra);
    return {a ? a->median : none,
            a ? a->mean : none,
            a ? a->percentile_99 : none,
            a ? a->maximum : none,
            a ? a->log_error : none,
            method.memory > 0 ? static_cast<double>(method.memory) : none,
            method.cpu_seconds.value_or(none),
            a ? a->factor.mean : none,
            a ? a->factor.median : none,
            a ? a->factor.percentile_99 : none,
            a ? a->factor.maximum : none,
            method.cpu_seconds ? *method.cpu_seconds * per_thousand : none,
            method.one_point ? *method.one_point * 1e6 : none,
            method.train_seconds.value_or(none),
            method.cpu_seconds ? (method.differentiable ? 1.0 : 0.0) : none};
}

io::Table table_of(const explain::Comparison& comparison) {
    const std::string spectra = std::to_string(comparison.options.spectra) + " spectra";
    io::Table table;
    table.columns = {
        column("method", "", "name of the method"),
        column("median", "", "relative error, median"),
        column("mean", "", "relative error, mean"),
        column("percentile_99", "", "relative error, 99th percentile"),
        column("maximum", "", "relative error, maximum"),
        column("log_error", "", "mean |d log10 / log10| of values in " + comparison.info.output_unit + ", per cent"),
        column("memory", "byte", "what must be kept"),
        column("cpu_time", "s", "one thread, " + spectra),
        column("factor_mean", "", "error factor, mean, per cent"),
        column("factor_median", "", "error factor, median, per cent"),
        column("factor_percentile_99", "", "error factor, 99th percentile, per cent"),
        column("factor_maximum", "", "error factor, maximum, per cent"),
        column("ms_per_1000", "ms", "1000 points in batches, one thread"),
        column("us_per_point", "us", "a call with one point, one thread"),
        column("train_seconds", "s", "learning or preparing, by the clock"),
        column("differentiable", "", "1 where exact derivatives are available, else 0")};
    for (const auto& method : comparison.methods) {
        table.columns[0].texts.push_back(method.name);
        const auto values = numbers_of(method, comparison.options.spectra);
        for (std::size_t k = 0; k < values.size(); ++k) table.columns[k + 1].values.push_back(values[k]);
    }
    table.meta.emplace_back("verdict", explain::verdict(comparison));
    return table;
}

/// The page that `ismulate report` makes, of the comparison alone.
std::string page_of(const explain::Comparison& comparison, const Context& context) {
    explain::Report report;
    report.comparison = comparison;
    report.command = context.command_line;
    return explain::report_page(report);
}

bool is_table(const std::string& path) {
    return path.ends_with(".ecsv") || path.ends_with(".csv") || path.ends_with(".fits");
}

}  // namespace

void check_compare_outputs(const CompareCall& call, const Context& context) {
    if (!context.output.empty()) {
        if (!is_table(context.output) && !context.output.ends_with(".json") && !context.output.ends_with(".md")) {
            throw InputError({.where = "-o " + context.output,
                              .found = "the ending does not name a format",
                              .allowed = ".json (everything), .ecsv, .csv, .fits, .md (the table)",
                              .effect = "nothing was compared"});
        }
        check_output(context.output, context.force);
    }
    if (!call.report.empty()) check_page(context, "--report", call.report);
    if (!call.figures.empty()) check_figures(context, call.figures);
}

void put_comparison(const CompareCall& call, const explain::Comparison& comparison, const Provenance& provenance,
                    const Context& context) {
    const std::string json = explain::to_json(comparison, provenance.json());
    if (context.output.ends_with(".json")) {
        write_atomically(context.output, json);
    } else if (context.output.ends_with(".md")) {
        write_atomically(context.output, explain::to_markdown(comparison));
    } else if (!context.output.empty()) {
        io::Table table = table_of(comparison);
        table.meta.emplace_back("provenance", provenance.json());
        io::write_table(context.output, table);
    }
    if (!call.figures.empty()) write_figures(context, explain::comparison_figures(comparison), call.figures);
    if (!call.report.empty()) write_atomically(call.report, page_of(comparison, context));
    std::cout << (context.json ? json : explain::to_text(comparison));
    if (!context.output.empty()) context.say("wrote " + context.output);
    if (!call.report.empty()) context.say("wrote " + call.report + ": open it in any browser");
}

}  // namespace ism::app
