#include <algorithm>
#include <array>

#include <ism/explain/compare.hpp>

#include "report_parts.hpp"
#include "words.hpp"

namespace ism::explain {
namespace {

constexpr double poor_percentile =
    0.1;  // nobody should trust a method of which 1 % of the values are more wrong than this

constexpr std::size_t columns = 8;
using Line = std::array<std::string, columns>;

Line line_of(const MethodResult& method) {
    Line line{method.title, "-", "-", "-", "-", "-", "-", "-"};
    if (method.accuracy) {
        const Accuracy& a = *method.accuracy;
        line = {method.title,
                percent(a.median),
                percent(a.mean),
                percent(a.percentile_99),
                percent(a.maximum),
                number(a.log_error, 2) + " %",
                "-",
                "-"};
    } else if (method.is_truth) {
        line[1] = "the truth";
    } else {
        line[1] = "not available";
    }
    if (method.memory > 0) line[6] = bytes_text(static_cast<double>(method.memory));
    if (method.cpu_seconds) line[7] = seconds_text(*method.cpu_seconds);
    return line;
}

/// For lines: how far off as a factor, and what a call costs.
Line factor_line_of(const MethodResult& method, double spectra) {
    Line line{method.title, "-", "-", "-", "-", "-", "-", "-"};
    if (method.accuracy) {
        const ErrorFactor& f = method.accuracy->factor;
        line = {method.title,
                percent(f.mean / 100.0),
                percent(f.median / 100.0),
                percent(f.percentile_99 / 100.0),
                percent(f.maximum / 100.0),
                "-",
                "-",
                "-"};
    } else {
        line[1] = method.is_truth ? "the truth" : "not available";
    }
    if (method.memory > 0) line[5] = bytes_text(static_cast<double>(method.memory));
    if (method.cpu_seconds) line[6] = number(*method.cpu_seconds * 1e6 / spectra, 3) + " ms";
    if (method.one_point) line[7] = number(*method.one_point * 1e6, 3) + " us";
    return line;
}

std::string table_text(const std::vector<Line>& lines) {
    std::array<std::size_t, columns> widths{};
    for (const Line& line : lines) {
        for (std::size_t k = 0; k < columns; ++k) widths[k] = std::max(widths[k], line[k].size());
    }
    std::string text;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        std::string row = "  ";
        for (std::size_t k = 0; k < columns; ++k) {
            const std::string blanks(widths[k] - lines[i][k].size(), ' ');
            row += k == 0 ? lines[i][k] + blanks : "   " + blanks + lines[i][k];
        }
        text += row + "\n";
        if (i == 0) text += "  " + std::string(row.size() - 2, '-') + "\n";
    }
    return text;
}

std::string test_sentence(const Comparison& comparison, std::size_t used) {
    const HeldOut& test = comparison.held_out;
    std::string text =
        grouped(used) + " held-out models of '" + comparison.info.name + "' at parameters that no method has seen";
    if (used == test.given) return text + ".";
    text += " (of " + grouped(test.given) + " given:";
    std::string why;
    const auto add = [&](std::size_t count, const std::string& reason) {
        if (count > 0) why += (why.empty() ? " " : ", ") + grouped(count) + " " + reason;
    };
    add(test.failed, "failed");
    add(test.duplicates, "dropped because a method was made from them");
    add(test.outside, "dropped outside the range of a method");
    return text + why + ").";
}

/// All networks are called so: "network", "network-dense".
bool is_network(const MethodResult& method) { return method.name.starts_with("network"); }

/// Fitted to all models at once, as ism/regress/regressor.hpp lists them.
bool is_regression(const MethodResult& method) {
    const auto names = {"polynomial", "forest", "boosting", "gaussian-process"};
    return std::find(names.begin(), names.end(), method.name) != names.end();
}

const MethodResult* best_of(const Comparison& comparison, bool interpolation) {
    const MethodResult* best = nullptr;
    for (const MethodResult& method : comparison.methods) {
        if (!method.accuracy || is_network(method) == interpolation) continue;
        if (!best || method.accuracy->percentile_99 < best->accuracy->percentile_99) best = &method;
    }
    return best;
}

/// "1/42 of", "3.1 times".
std::string share_text(double ratio) {
    return ratio < 1.0 ? "1/" + number(1.0 / ratio, 2) + " of" : number(ratio, 2) + " times";
}

std::string cost_sentence(const MethodResult& network, const MethodResult& other) {
    if (!network.cpu_seconds || !other.cpu_seconds || network.memory == 0 || other.memory == 0) return "";
    const double memory = static_cast<double>(network.memory) / static_cast<double>(other.memory);
    return "The " + network.title + " takes " + share_text(memory) + " the memory and " +
           share_text(*network.cpu_seconds / *other.cpu_seconds) + " the CPU time of the " + other.title + ".";
}

std::string factor_legend(const Comparison& comparison) {
    std::string text =
        "Error factor: 100 (10^|log10 predicted - log10 true| - 1) %, over all models and outputs. Times: one thread, "
        "median of " +
        std::to_string(comparison.options.repetitions) + " repetitions.\n";
    for (const MethodResult& method : comparison.methods) {
        if (method.train_seconds) text += method.title + ": learned in " + seconds_text(*method.train_seconds) + ".\n";
    }
    return text;
}

std::string legend_text(const Comparison& comparison) {
    if (comparison.options.factors) return factor_legend(comparison);
    const std::string faint = number(comparison.options.faint);
    std::string text =
        "Errors: |predicted - true| / true of " + comparison.info.output_name + ", wherever it exceeds " + faint +
        " of the peak of its spectrum.\n" +
        "d log / log: 100/N sum |log10 predicted - log10 true| / |log10 true|, the logarithm taken of values in " +
        comparison.info.output_unit + "; it\ndepends on that unit and is here for comparison with publications only.\n";
    text += "CPU: one thread, median of " + std::to_string(comparison.options.repetitions) + " repetitions, for " +
            grouped(comparison.options.spectra) + " spectra of " + std::to_string(comparison.info.output_count()) +
            " values.";
    for (const MethodResult& method : comparison.methods) {
        if (method.cpu_seconds && method.spectra_timed < comparison.options.spectra) {
            text += " " + method.title + ": measured on " + grouped(method.spectra_timed) + " and scaled.";
        }
    }
    return text + "\n";
}

/// Errors against the share of models that was learned.
std::string fractions_text(const Comparison& comparison) {
    if (comparison.fractions.empty()) return "";
    std::string text = "Error factors (mean / 99th percentile / maximum) from a share of the models:\n";
    for (const FractionResult& share : comparison.fractions) {
        text += "  " + percent(share.fraction) + ", " + grouped(share.models) + " models\n";
        for (const MethodResult& method : share.methods) {
            if (method.is_truth) continue;
            text += "    " + method.title + ": ";
            if (!method.accuracy) {
                text += "not available: " + method.note + "\n";
                continue;
            }
            const ErrorFactor& f = method.accuracy->factor;
            text += percent(f.mean / 100.0) + " / " + percent(f.percentile_99 / 100.0) + " / " +
                    percent(f.maximum / 100.0) + "\n";
        }
    }
    return text + "\n";
}

/// The lines and models that the best method knows worst.
std::string worst_text(const Comparison& comparison) {
    const MethodResult* const best = best_method(comparison);
    if (!comparison.options.factors || !best || comparison.info.axis.labels.empty()) return "";
    constexpr std::size_t most = 5;
    std::string text = "Worst lines of the " + best->title + " (99th percentile):";
    for (const std::size_t j : worst_lines(*best->accuracy, most))
        text += " " + comparison.info.axis.labels[j] + " " +
                percent(best->accuracy->axis_factor[j].percentile_99 / 100.0) + ";";
    text.back() = '\n';
    text += "Worst models of the " + best->title + ":\n";
    for (std::size_t i = 0; i < std::min(most, best->worst_models.size()); ++i) {
        const WorstModel& worst = best->worst_models[i];
        text += "  " + point_text(comparison.info, worst.parameters) + ": " +
                comparison.info.axis.labels[worst.output] + " " + percent(worst.factor / 100.0) + "\n";
    }
    return text + "\n";
}

}  // namespace

std::string verdict(const Comparison& comparison) {
    const MethodResult* network = best_of(comparison, false);
    const MethodResult* other = best_of(comparison, true);
    if (!network && !other) return "No method could be measured.";
    if (!network || !other) {
        const MethodResult& only = network ? *network : *other;
        return "Only one kind of method was measured; the best is the " + only.title +
               ": 99 % of its errors are below " + percent(only.accuracy->percentile_99) + ".";
    }
    const double mine = network->accuracy->percentile_99;
    const double theirs = other->accuracy->percentile_99;
    const MethodResult& winner = mine <= theirs ? *network : *other;
    const MethodResult& loser = mine <= theirs ? *other : *network;
    const bool poor = !(winner.accuracy->percentile_99 <= poor_percentile);
    std::string text = (poor ? "None of these is good; the best is the " : "Trust the ") + winner.title +
                       ": 99 % of its errors are below " + percent(winner.accuracy->percentile_99) + ", a factor of " +
                       number(loser.accuracy->percentile_99 / winner.accuracy->percentile_99, 2) + " under the " +
                       loser.title + " (" + percent(loser.accuracy->percentile_99) + "); its largest error is " +
                       percent(winner.accuracy->maximum) + ".";
    if (mine > theirs) {
        text += is_regression(*other) ? " It wins here without a network: use it, or train longer or on more models."
                                      : " Interpolation wins here: interpolate, or train longer or on more models.";
    } else if (network->accuracy->maximum > other->accuracy->maximum) {
        text +=
            " Its largest error exceeds that of the " + other->title + " (" + percent(other->accuracy->maximum) + ").";
    }
    const std::string cost = cost_sentence(*network, *other);
    return cost.empty() ? text : text + " " + cost;
}

std::string to_text(const Comparison& comparison) {
    std::size_t used = 0;
    std::vector<Line> lines{{"method", "median", "mean", "99th perc.", "maximum", "d log / log", "memory", "CPU time"}};
    if (comparison.options.factors)
        lines = {{"method", "mean", "median", "99th perc.", "maximum", "memory", "1000 points", "one point"}};
    for (const MethodResult& method : comparison.methods) {
        lines.push_back(comparison.options.factors
                            ? factor_line_of(method, static_cast<double>(comparison.options.spectra))
                            : line_of(method));
        if (method.accuracy) used = method.accuracy->models;
    }
    std::string text =
        test_sentence(comparison, used) + "\n\n" + table_text(lines) + "\n" + legend_text(comparison) + "\n";
    for (const MethodResult& method : comparison.methods) {
        if (!method.description.empty()) text += method.title + ": " + method.description + "\n";
        if (!method.note.empty()) text += method.title + ": " + method.note + "\n";
    }
    return text + "\n" + fractions_text(comparison) + worst_text(comparison) + verdict(comparison) + "\n";
}

}  // namespace ism::explain
