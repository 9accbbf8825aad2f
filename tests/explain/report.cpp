#include <ism/explain/report.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

#include <doctest/doctest.h>

#include <ism/base/design.hpp>
#include <ism/base/errors.hpp>

#include "error_of.hpp"

using namespace ism;
using namespace ism::explain;

namespace {

constexpr std::size_t outputs = 5, held_out_models = 40;

ModelInfo small_info() {
    ModelInfo info;
    info.name = "small";
    info.summary = "a <small> model & its friends";
    info.parameters = {{"a", "", 0.0, 1.0, 0.5, Scale::linear, ""}, {"b", "um", 1.0, 100.0, 10.0, Scale::log, ""}};
    info.axis = {"wavelength", "wavelength", "um", {1, 10, 100, 1000, 10000}, {}};
    info.output_name = "total";
    info.output_unit = "erg s-1 H-1";
    return info;
}

Accuracy some_accuracy(double error) {
    Accuracy a{.models = held_out_models,
               .values = 200,
               .median = error,
               .mean = error,
               .percentile_99 = 2 * error,
               .maximum = 3 * error};
    a.axis_median = a.axis_percentile_99 = a.axis_maximum = std::vector<double>(outputs, error);
    a.axis_median[2] = std::numeric_limits<double>::quiet_NaN();
    a.worst_of_model.assign(held_out_models, error);
    a.worst_of_model[7] = 3 * error;
    a.worst_of_model[8] = std::numeric_limits<double>::quiet_NaN();
    a.exceeded.assign(exceedance_shares(a.values).size(), error);
    a.exceeded.back() = std::numeric_limits<double>::infinity();
    return a;
}

Comparison some_comparison() {
    Comparison c;
    c.info = small_info();
    c.judged = "network";
    c.seconds = 2.5;
    c.held_out.given = held_out_models;
    c.held_out.data.info = c.info;
    for (std::size_t i = 0; i < held_out_models; ++i)
        c.held_out.data.parameters.insert(c.held_out.data.parameters.end(),
                                          {static_cast<double>(i) / 40.0, 1.0 + static_cast<double>(i)});
    c.methods.push_back({.name = "full", .title = "full computation", .is_truth = true, .cpu_seconds = 100.0});
    c.methods.push_back({.name = "cubic", .title = "cubic spline", .note = "no grid"});
    c.methods.push_back({.name = "linear",
                         .title = "linear interpolation",
                         .memory = 5000,
                         .accuracy = some_accuracy(0.125),
                         .cpu_seconds = 1.0,
                         .spectra_timed = 8000});
    c.methods.push_back({.name = "network",
                         .title = "neural network",
                         .memory = 300,
                         .accuracy = some_accuracy(0.01),
                         .cpu_seconds = 0.5,
                         .spectra_timed = 8000});
    const std::vector<double> truth{1e-26, 3e-24, 5e-24, 1e-25, 0.0};
    std::vector<double> predicted = truth;
    predicted[1] *= 1.03;
    c.worst.push_back({{0.175, 8.0}, truth, predicted, 0.03});
    c.typical.push_back({{0.5, 9.0}, truth, predicted, 0.01});
    return c;
}

TrainingHistory some_history() {
    TrainingHistory h{
        .network = "2 -> 5", .device = "cpu, 1 thread", .ended_by = "epochs", .seconds = 3.0, .best_epoch = 2};
    h.epoch = {1, 2, 3};
    h.learning_rate = {1, 1, 1};
    h.training_loss = {1.0, 0.1, std::numeric_limits<double>::quiet_NaN()};
    h.validation_loss = {1.0, 0.2, 0.3};
    return h;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    const auto at = text.find(from);
    REQUIRE(at != std::string::npos);
    return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("a comparison is read back as it was written") {
    const Comparison written = some_comparison();
    const Comparison read = comparison_from_json(to_json(written, "{}"), "compare.json");
    CHECK(read.info.parameters[1].unit == "um");
    CHECK(read.info.parameters[1].scale == Scale::log);
    CHECK(read.info.axis.values == written.info.axis.values);
    CHECK(read.held_out.data.parameters == written.held_out.data.parameters);
    REQUIRE(read.methods.size() == 4);
    CHECK(!read.methods[1].accuracy);
    CHECK(read.methods[3].memory == 300);
    CHECK(*read.methods[3].cpu_seconds == 0.5);
    CHECK(read.methods[3].accuracy->maximum == 0.03);
    CHECK(read.methods[3].accuracy->worst_of_model[7] == 0.03);
    CHECK(std::isnan(read.methods[3].accuracy->worst_of_model[8]));
    CHECK(read.worst[0].predicted.size() == outputs);
    CHECK(read.seconds == 2.5);
    CHECK(verdict(read) == verdict(written));
    CHECK(to_json(read, "{}") == to_json(written, "{}"));
}

TEST_CASE("what is no comparison, or a damaged one, is refused with its place") {
    const std::string good = to_json(some_comparison(), "{}");
    const auto refusal = [](const std::string& text) {
        return ::error_of([&] { (void)comparison_from_json(text, "c.json"); });
    };
    CHECK(has(refusal(good.substr(0, good.size() / 2)), "c.json: it is no JSON from byte"));
    CHECK(has(refusal(""), "it is no JSON"));
    CHECK(has(refusal("[]"), "no comparison of ismulate"));
    CHECK(has(refusal("{\"format\": \"other\"}"), "no comparison of ismulate"));
    CHECK(has(refusal("{\"format\": 3}"), "'format' is 3"));
    CHECK(has(refusal("{\"format\": \"ismulate-comparison\"}"), "it has no 'model'"));
    CHECK(has(refusal(replaced(good, "\"maximum\": 0.375", "\"maximum\": \"high\"")),
              "'methods.linear.errors.maximum' is \"high\""));
    CHECK(has(refusal(replaced(good, "\"faint\": 0.0001", "\"fainter\": 0.0001")), "'settings.faint'"));
    CHECK(has(refusal(replaced(good, "\"given\": 40", "\"given\": -1")), "a whole number"));
    CHECK(has(refusal(replaced(good, "\"parameters\": [\n   0.0,", "\"parameters\": [\n")), "rows of 2 parameters"));
}

TEST_CASE("logs are read, and others refused") {
    const auto runs = grid_runs_from_json(
        R"({"dataset": "d.h5", "runs": [{"seconds": 1.5, "threads": 2, "computed": 10, "failed": 1, "outcome": "stopped"},
            {"seconds": 2.0, "threads": 4, "computed": 20, "failed": 0, "outcome": "done"}]})",
        "d.h5.log.json");
    REQUIRE(runs.size() == 2);
    CHECK(runs[0].seconds == 1.5);
    CHECK(runs[1].computed == 20);
    CHECK_THROWS_AS((void)grid_runs_from_json("[]", "d"), InputError);
    CHECK_THROWS_AS((void)grid_runs_from_json("{\"runs\": [3]}", "d"), InputError);
    CHECK_THROWS_AS((void)grid_runs_from_json("{\"runs\": {}}", "d"), InputError);
    CHECK_THROWS_AS((void)history_from_json("{}", "d"), InputError);
    CHECK_THROWS_AS((void)history_from_json("{\"format\": \"ismulate-training-log\"}", "d"), InputError);
}

TEST_CASE("a page with everything has all pictures and no number that is none") {
    Report report;
    report.comparison = some_comparison();
    report.history = some_history();
    report.grid = Dataset{};
    report.grid->info = small_info();
    for (int i = 0; i < 30; ++i) report.grid->parameters.insert(report.grid->parameters.end(), {i / 30.0, 1.0 + i});
    report.steps = {{"compute the grid", 12.0, "30 models"}, {"train the network", 3.0, ""}};
    report.sources = {{"network", "s.ism", 1234, "abc", R"({"command": "ismulate train <x>", "seed": "1"})"}};
    report.command = "ismulate report .";
    const std::string page = report_page(report);
    for (const char* part : {"Physics and network", "Error against wavelength", "How often", "Accuracy against time",
                             "The worst cases", "Learning", "Where the grid", "Error against each parameter",
                             "Where the time went", "Every method", "How it was made", "ismulate train &lt;x&gt;",
                             "200×", "A &lt;small&gt; model &amp; its friends", "prefers-color-scheme"})
        CHECK_MESSAGE(has(page, part), part);
    for (const char* part :
         {"nan", "\"inf", ">inf", "src=", "href", "<script", "url(http", "@import", "Not in this page"})
        CHECK_MESSAGE(!has(page, part), part);
    CHECK(report_figures(report).size() == 9);
}

TEST_CASE("a page of parts says what is missing") {
    Report report;
    report.missing = {"the comparison: ismulate compare <GRID>"};
    CHECK(has(report_page(report), "the comparison: ismulate compare &lt;GRID&gt;"));
    report.grid = Dataset{};
    report.grid->info = small_info();
    report.grid->parameters = {0.5, 10.0};
    CHECK(report_figures(report).size() == 1);
    report.history = some_history();
    CHECK(report_figures(report).size() == 2);
    CHECK(has(report_page(report), "A grid of small models"));
}

TEST_CASE("of a large Sobol grid, dots from all of every range are drawn") {
    Report report;
    report.grid = Dataset{};
    report.grid->info = small_info();
    DesignSettings settings;
    settings.size = 1U << 15U;
    const Design design(settings, 2);
    std::vector<double> place(2);
    for (std::size_t i = 0; i < design.size(); ++i) {
        design.point(i, place);
        for (std::size_t k = 0; k < 2; ++k)
            report.grid->parameters.push_back(report.grid->info.parameters[k].from_unit_interval(place[k]));
    }
    const Series dots = report_figures(report).front().chart.panels.front().series.front();
    CHECK(dots.x.size() > 5000);
    CHECK(dots.x.size() < 7000);
    CHECK(*std::max_element(dots.x.begin(), dots.x.end()) > 0.99);
    CHECK(*std::max_element(dots.y.begin(), dots.y.end()) > 98.0);
    const auto below = std::count_if(dots.x.begin(), dots.x.end(), [](double x) { return x < 0.5; });
    CHECK(std::abs(static_cast<double>(below) / static_cast<double>(dots.x.size()) - 0.5) < 0.03);
}

TEST_CASE("one parameter, outputs with names, a method without physics") {
    Report report;
    Comparison c = some_comparison();
    c.info.parameters.resize(1);
    c.info.axis = {"line", "line", "", {}, {"Ha", "Hb", "[OIII]", "[NII]", "[SII]"}};
    c.held_out.data.info = c.info;
    c.held_out.data.parameters.resize(held_out_models);
    c.methods.erase(c.methods.begin());
    for (auto* examples : {&c.worst, &c.typical}) examples->front().parameters.resize(1);
    report.comparison = c;
    const std::string page = report_page(report);
    CHECK(has(page, "[OIII]"));
    CHECK(!has(page, "nan"));
}

TEST_CASE("report: outputs with names are dots with their names, not a spectrum") {
    Report report;
    report.comparison = some_comparison();
    report.comparison->info.axis = {"band", "label", "", {}, {"MIPS24", "PACS70", "PACS160", "SPIRE250", "SPIRE500"}};
    std::size_t panels = 0;
    for (const Figure& figure : report_figures(report)) {
        if (figure.heading != "Physics and network" && figure.heading != "Error against band") continue;
        for (const Panel& panel : figure.chart.panels) {
            ++panels;
            CHECK(panel.x.names.size() == outputs);
            for (const Series& series : panel.series) {
                if (series.x.size() == outputs) CHECK(series.mark == Mark::dots);
            }
        }
    }
    CHECK(panels == 3);
    CHECK(report_page(report).find("SPIRE250") != std::string::npos);
}
