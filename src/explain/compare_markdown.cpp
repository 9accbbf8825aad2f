#include <ism/explain/compare.hpp>

#include "report_parts.hpp"
#include "words.hpp"

namespace ism::explain {
namespace {

constexpr std::size_t shown_lines = 5, shown_models = 5;  // of each method
constexpr const char* none = "–";

using Cells = std::vector<std::string>;

/// A bar within a cell would end it.
std::string shown(const std::string& text) {
    std::string out;
    for (const char c : text) out += c == '|' ? std::string("\\|") : std::string(1, c);
    return out;
}

std::string row(const Cells& cells) {
    std::string text = "|";
    for (const std::string& cell : cells) text += " " + shown(cell) + " |";
    return text + "\n";
}

/// Names to the left, numbers to the right.
std::string head(const Cells& cells, std::size_t names = 1) {
    std::string rule = "|";
    for (std::size_t k = 0; k < cells.size(); ++k) rule += k < names ? "---|" : "---:|";
    return row(cells) + rule + "\n";
}

Cells errors_of(const Comparison& comparison, const MethodResult& method) {
    if (!method.accuracy) return {method.is_truth ? "the truth" : "not available", none, none, none};
    const Accuracy& a = *method.accuracy;
    if (!comparison.options.factors)
        return {percent(a.mean), percent(a.median), percent(a.percentile_99), percent(a.maximum)};
    const ErrorFactor& f = a.factor;
    return {percent(f.mean / 100.0), percent(f.median / 100.0), percent(f.percentile_99 / 100.0),
            percent(f.maximum / 100.0)};
}

std::string method_table(const Comparison& comparison) {
    std::string text = head({"method", "mean", "median", "99th percentile", "maximum", "memory", "1000 points",
                             "one point", "learning", "derivative"});
    for (const MethodResult& method : comparison.methods) {
        Cells cells{method.title};
        for (std::string& error : errors_of(comparison, method)) cells.push_back(std::move(error));
        const auto spectra = static_cast<double>(comparison.options.spectra);
        cells.push_back(method.memory > 0 ? bytes_text(static_cast<double>(method.memory)) : none);
        cells.push_back(method.cpu_seconds ? seconds_text(*method.cpu_seconds * 1e3 / spectra) : none);
        cells.push_back(method.one_point ? seconds_text(*method.one_point) : none);
        cells.push_back(method.train_seconds ? seconds_text(*method.train_seconds) : none);
        cells.emplace_back(method.cpu_seconds ? (method.differentiable ? "yes" : "no") : none);
        text += row(cells);
    }
    return text;
}

std::string fraction_table(const Comparison& comparison) {
    Cells titles{"method"};
    for (const FractionResult& share : comparison.fractions) titles.push_back(percent(share.fraction));
    std::string text =
        "\nError factors (mean / 99th percentile / maximum) from a share of the models, judged by the same "
        "held-out ones:\n\n" +
        head(titles);
    for (const MethodResult& method : comparison.methods) {
        if (method.is_truth) continue;
        Cells cells{method.title};
        for (const FractionResult& share : comparison.fractions) {
            cells.emplace_back(none);
            for (const MethodResult& one : share.methods) {
                if (one.name != method.name || !one.accuracy) continue;
                const ErrorFactor& f = one.accuracy->factor;
                cells.back() = percent(f.mean / 100.0) + " / " + percent(f.percentile_99 / 100.0) + " / " +
                               percent(f.maximum / 100.0);
            }
        }
        text += row(cells);
    }
    return text;
}

std::string line_table(const Comparison& comparison) {
    std::string text = "\nWorst lines of each method:\n\n" +
                       head({"method", "line", "mean", "median", "99th percentile", "maximum"}, 2);
    for (const MethodResult& method : comparison.methods) {
        if (!method.accuracy) continue;
        for (const std::size_t j : worst_lines(*method.accuracy, shown_lines)) {
            const ErrorFactor& f = method.accuracy->axis_factor[j];
            text += row({method.title, comparison.info.axis.labels[j], percent(f.mean / 100.0),
                         percent(f.median / 100.0), percent(f.percentile_99 / 100.0), percent(f.maximum / 100.0)});
        }
    }
    return text;
}

std::string model_table(const Comparison& comparison) {
    Cells titles{"method", "line"};
    for (const Parameter& parameter : comparison.info.parameters) titles.push_back(parameter.name);
    for (const char* title : {"true", "predicted", "error factor"}) titles.emplace_back(title);
    std::string text = "\nWorst models of each method:\n\n" + head(titles, 2);
    for (const MethodResult& method : comparison.methods) {
        for (std::size_t i = 0; i < std::min(shown_models, method.worst_models.size()); ++i) {
            const WorstModel& worst = method.worst_models[i];
            Cells cells{method.title, comparison.info.axis.labels[worst.output]};
            for (const double value : worst.parameters) cells.push_back(number(value, 5));
            cells.push_back(number(worst.truth, 4));
            cells.push_back(number(worst.predicted, 4));
            cells.push_back(percent(worst.factor / 100.0));
            text += row(cells);
        }
    }
    return text;
}

}  // namespace

std::string to_markdown(const Comparison& comparison) {
    std::string text = method_table(comparison);
    if (!comparison.fractions.empty()) text += fraction_table(comparison);
    if (comparison.options.factors && !comparison.info.axis.labels.empty())
        text += line_table(comparison) + model_table(comparison);
    return text + "\n" + verdict(comparison) + "\n";
}

}  // namespace ism::explain
