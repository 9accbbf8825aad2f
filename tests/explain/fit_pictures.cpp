#include <algorithm>
#include <cmath>
#include <numbers>

#include <doctest/doctest.h>
#include <explain/contours.hpp>
#include <explain/fit_parts.hpp>
#include <explain/raster_image.hpp>

#include <ism/base/errors.hpp>
#include <ism/base/random.hpp>
#include <ism/explain/fit_report.hpp>

using namespace ism::explain;

namespace {

std::size_t count_of(const std::string& text, const std::string& part) {
    std::size_t count = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++count;
    return count;
}

/// Signed area within outlines: positive where they run against the clock.
double area_of(const Outlines& outlines) {
    double area = 0.0;
    std::size_t first = 0;
    for (std::size_t i = 0; i < outlines.x.size(); ++i) {
        if (std::isnan(outlines.x[i])) {
            first = i + 1;
            continue;
        }
        const std::size_t next = std::isnan(outlines.x[i + 1]) ? first : i + 1;
        area += 0.5 * (outlines.x[i] * outlines.y[next] - outlines.x[next] * outlines.y[i]);
    }
    return area;
}

DensityGrid grid_of(double (*density)(double x, double y)) {
    DensityGrid grid;
    for (int i = 0; i <= 100; ++i) {
        grid.x.push_back(-5.0 + 0.1 * i);
        grid.y.push_back(-5.0 + 0.1 * i);
    }
    for (const double y : grid.y) {
        for (const double x : grid.x)
            grid.values.push_back(std::abs(x) < 4.95 && std::abs(y) < 4.95 ? density(x, y) : 0);
    }
    return grid;
}

std::vector<double> normal_draws(std::size_t count, std::uint64_t stream) {
    ism::Random random(11, stream);
    std::vector<double> draws(count);
    for (double& draw : draws) draw = random.normal();
    return draws;
}

FittedParameter parameter(const std::string& name, bool log, std::uint64_t stream) {
    FittedParameter one{.name = name, .unit = "nm", .log = log, .draws = normal_draws(2000, stream)};
    if (log)
        std::transform(one.draws.begin(), one.draws.end(), one.draws.begin(), [](double x) { return std::exp(x); });
    one.median = one.best = log ? 1.0 : 0.0;
    one.low = log ? std::exp(-1.0) : -1.0;
    one.high = log ? std::exp(1.0) : 1.0;
    return one;
}

FittedSed three_bands() {
    FittedSed sed{.unit = "Jy"};
    sed.bands = {{.name = "MIPS_24",
                  .wavelength = 24,
                  .kind = FittedBand::Kind::detection,
                  .value = 1,
                  .error = 0.1,
                  .whole_error = 0.2,
                  .best = 1.1,
                  .low95 = 0.8,
                  .low = 0.9,
                  .high = 1.2,
                  .high95 = 1.3,
                  .p = 0.4},
                 {.name = "PACS_70", .wavelength = 70, .best = 5},
                 {.name = "SPIRE_500",
                  .wavelength = 500,
                  .kind = FittedBand::Kind::upper_limit,
                  .value = 0.3,
                  .error = 0.1,
                  .whole_error = 0.1,
                  .best = 0.1}};
    return sed;
}

FittedMany six_pixels() {
    return {.quantities = {{.name = "U", .log = true, .values = {1, 2, 5, 10, not_known, 3}},
                           {.name = "age", .unit = "yr", .values = {1, 2, 3, 4, not_known, 5}}},
            .status = {0, 0, 1, 0, 2, 0},
            .width = 3,
            .height = 2};
}

}  // namespace

TEST_CASE("an outline encloses what is denser, against the clock, and holes run the other way") {
    const DensityGrid hill = grid_of([](double x, double y) { return std::exp(-0.5 * (x * x + y * y)); });
    CHECK(area_of(outlines_of(hill, std::exp(-0.5))) == doctest::Approx(std::numbers::pi).epsilon(0.005));
    const DensityGrid ring = grid_of([](double x, double y) { return std::exp(-std::pow(std::hypot(x, y) - 2.5, 2)); });
    const Outlines outlines = outlines_of(ring, std::exp(-1.0));  // between radii of 1.5 and 3.5
    CHECK(area_of(outlines) == doctest::Approx(std::numbers::pi * (3.5 * 3.5 - 1.5 * 1.5)).epsilon(0.005));
    CHECK(std::count_if(outlines.x.begin(), outlines.x.end(), [](double x) { return std::isnan(x); }) == 2);
    CHECK(outlines_of(hill, 2.0).x.empty());
}

TEST_CASE("a level holds its share of the density") {
    const DensityGrid hill = grid_of([](double x, double y) { return std::exp(-0.5 * (x * x + y * y)); });
    CHECK(level_holding(hill, 1.0 - std::exp(-0.5)) == doctest::Approx(std::exp(-0.5)).epsilon(0.02));
    CHECK(level_holding(hill, 1.0 - std::exp(-2.0)) == doctest::Approx(std::exp(-2.0)).epsilon(0.02));
}

TEST_CASE("regions of draws have the size of the normal that they come from") {
    const DensityGrid density = density_of(normal_draws(40000, 1), normal_draws(40000, 2));
    for (const double sigmas : {1.0, 2.0}) {
        const double level = level_holding(density, 1.0 - std::exp(-0.5 * sigmas * sigmas));
        CHECK(area_of(outlines_of(density, level)) ==
              doctest::Approx(std::numbers::pi * sigmas * sigmas).epsilon(0.06));
    }
}

TEST_CASE("draws that end at a bound keep their density there") {
    std::vector<double> x(40000);
    ism::Random random(3, 0);
    for (double& one : x) one = random.uniform();
    const DensityGrid density = density_of(x, normal_draws(40000, 2));
    double low = 1.0, high = 0.0;
    const Outlines outlines = outlines_of(density, level_holding(density, 0.5));
    for (const double one : outlines.x) {
        low = std::min(low, std::isnan(one) ? low : one);
        high = std::max(high, std::isnan(one) ? high : one);
    }
    CHECK(low < 0.01);  // without that it would begin at a tenth
    CHECK(high > 0.99);
}

TEST_CASE("draws without spread or numbers have no density") {
    const std::vector<double> same(100, 2.0), unknown(100, not_known);
    CHECK(density_of(same, normal_draws(100, 1)).values.empty());
    CHECK(density_of(unknown, normal_draws(100, 1)).values.empty());
    CHECK(outlines_of({}, 0.5).x.empty());
}

TEST_CASE("base64 and PNG are those of their standards") {
    CHECK(base64("") == "");
    CHECK(base64("f") == "Zg==");
    CHECK(base64("fo") == "Zm8=");
    CHECK(base64("foobar") == "Zm9vYmFy");
    CHECK(base64("\xff\xfe") == "//4=");
    const Raster raster{.width = 2, .height = 1, .pixels = {0, 255}, .colours = {{10, 20, 30}}};
    const std::string png = png_of(raster);
    CHECK(png.substr(0, 8) == "\x89PNG\r\n\x1a\n");
    // the chunk of an empty end with its checksum, as every PNG file has it
    CHECK(png.substr(png.size() - 12) == std::string("\0\0\0\0IEND\xae\x42\x60\x82", 12));
    CHECK(png.find(std::string("PLTE\x0a\x14\x1e\0\0\0", 10)) != std::string::npos);
    CHECK(png.find(std::string("tRNS\xff\0", 6)) != std::string::npos);
    CHECK_THROWS_AS((void)png_of({.width = 3, .height = 1, .pixels = {0}, .colours = {{1, 2, 3}}}), ism::InputError);
}

TEST_CASE("a histogram counts on the scale of its axis") {
    const Series steps = histogram({1, 2, 9, 11, 99, 1000, not_known}, {.log = true, .low = 1, .high = 100}, 2);
    CHECK(steps.y == std::vector<double>{3, 3, 2, 2});
    CHECK(steps.x[1] == doctest::Approx(10.0));
    const PlotAxis axis = value_axis("U", "", true, {0.0, not_known, 1.0, 10.0}, {100.0});
    CHECK(axis.low > 0.5);
    CHECK(axis.low < 1.0);
    CHECK(axis.high > 100.0);
    CHECK(std::isnan(value_axis("U", "", false, {not_known}).low));
}

TEST_CASE("the picture of a source shows limits as arrows and names what was not observed") {
    const Figure figure = sed_figure(three_bands());
    REQUIRE(figure.chart.panels.size() == 2);
    CHECK(figure.caption.find("Not observed: PACS_70.") != std::string::npos);
    const std::string svg = to_svg(figure.chart, "a");
    for (const char* word : {">flux [Jy]<", ">residual [σ]<", ">wavelength [µm]<", ">limit<", ">observed<"})
        CHECK(svg.find(word) != std::string::npos);
    CHECK(svg.find("no values") == std::string::npos);
    const auto& residuals = figure.chart.panels[1].series;
    const auto dots =
        std::find_if(residuals.begin(), residuals.end(), [](const auto& s) { return s.mark == Mark::dots; });
    REQUIRE(dots != residuals.end());
    CHECK(dots->y == std::vector<double>{(1.0 - 1.1) / 0.2});
}

TEST_CASE("a flux below zero is only in the residuals, and is named") {
    FittedSed sed = three_bands();
    sed.bands[0].value = -0.05;
    const Figure figure = sed_figure(sed);
    CHECK(figure.caption.find("at or below 0, so only in the residuals: MIPS_24") != std::string::npos);
    CHECK(to_svg(figure.chart, "a").find("nan") == std::string::npos);
}

TEST_CASE("a corner has a field for each parameter and each pair") {
    const Figure figure =
        corner_figure({parameter("U", true, 1), parameter("amin", false, 2), parameter("m", true, 3)});
    const std::string svg = to_svg(figure.chart, "a");
    CHECK(count_of(svg, "class=\"field\"") == 6);
    CHECK(svg.find(">truth<") == std::string::npos);
    CHECK(svg.find(">86 % of the draws<") != std::string::npos);
    for (const Panel& panel : figure.chart.panels) {
        for (const Series& series : panel.series) {
            if (series.mark == Mark::area && panel.x.log)
                CHECK(std::all_of(series.x.begin(), series.x.end(), [](double x) { return !(x <= 0.0); }));
        }
    }
    CHECK(count_of(to_svg(corner_figure({parameter("U", true, 1)}).chart, "b"), "class=\"field\"") == 1);
    FittedParameter known = parameter("U", true, 1);
    known.truth = 2.0;
    CHECK(to_svg(corner_figure({known}).chart, "c").find(">truth<") != std::string::npos);
}

TEST_CASE("maps are pictures of their pixels with a scale; open where there is no value") {
    const Figure figure = maps_figure(six_pixels());
    const std::string svg = to_svg(figure.chart, "a");
    CHECK(count_of(svg, "<image ") == 5);  // three maps, two scales
    CHECK(count_of(svg, "data:image/png;base64,") == 5);
    const auto& pixels = figure.chart.panels[0].raster.pixels;
    CHECK(pixels[4] >= figure.chart.panels[0].raster.colours.size());
    CHECK(std::max_element(pixels.begin(), pixels.begin() + 4) == pixels.begin() + 3);
    CHECK(svg.find(">not converged<") != std::string::npos);
}

TEST_CASE("ranks have the band of a binomial distribution") {
    FittedMany many = six_pixels();
    many.width = many.height = 0;
    for (int i = 0; i < 100; ++i) many.quantities[0].ranks.push_back((i + 0.5) / 100.0);
    many.quantities[0].ranks.push_back(not_known);
    const Figure figure = ranks_figure(many);
    REQUIRE(figure.chart.panels.size() == 1);
    const auto& series = figure.chart.panels[0].series;
    CHECK(series[0].low[0] == 5);  // scipy: binom.ppf([0.025, 0.975], 100, 0.1) = 5, 16
    CHECK(series[0].y[0] == 16);
    CHECK(std::all_of(series[1].y.begin(), series[1].y.end(), [](double count) { return count == 10; }));
}

TEST_CASE("the page says whether to trust the fit") {
    FitReport report{.source = "cloud.ecsv:2", .model = "themis"};
    report.one = FittedSource{.parameters = {parameter("U", true, 1), parameter("amin", false, 2)},
                              .sed = three_bands(),
                              .sampled = true,
                              .converged = true,
                              .p = 0.4};
    report.settings = {{"prior U", "log-uniform in 0.1 .. <100"}};
    const std::string good = fit_page(report);
    CHECK(good.find("The chains agree") != std::string::npos);
    CHECK(good.find("class=\"missing\"") == std::string::npos);
    CHECK(good.find("log-uniform in 0.1 .. &lt;100") != std::string::npos);
    report.one->p = 1e-5;
    CHECK(fit_page(report).find("The model does not describe these data") != std::string::npos);
    report.one->converged = false;
    report.one->remark = "R-hat of U is 1.31";
    CHECK(fit_page(report).find("did not converge, so nothing here is to be trusted: R-hat of U") != std::string::npos);
    report.one->sampled = false;
    CHECK(fit_figures(report).size() == 1);
    CHECK(fit_page(report).find("Only the best fit was sought") != std::string::npos);
}
