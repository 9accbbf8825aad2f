// Fluxes in bands: closed forms, the conventions of instruments, Jacobians, bands that are not there.
#include <ism/observe/photometry.hpp>

#include <cmath>
#include <memory>

#include <check_relative.hpp>
#include <doctest/doctest.h>
#include <error_of.hpp>

#include <ism/base/axis.hpp>

using namespace ism;
using namespace ism::observe;

namespace {

Band rectangle(double low, double high, double at, Counter counter, ReferenceSpectrum reference = {}) {
    return {"box", "box", counter, reference, at, {low, high}, {1.0, 1.0}, true, "test"};
}

std::vector<double> power_law(const std::vector<double>& wavelengths, double slope) {
    std::vector<double> spectrum;  // nu F_nu ~ lambda^-slope
    for (const double wavelength : wavelengths) spectrum.push_back(std::pow(wavelength, -slope));
    return spectrum;
}

double flux(const Band& band, const std::vector<double>& wavelengths, const std::vector<double>& spectrum,
            Convention convention = Convention::instrument) {
    const Photometer photometer({band}, wavelengths, convention);
    double result = 0.0;
    photometer.apply(spectrum, {&result, 1});
    return result;
}

/// int_a^b x^p dx.
double power_integral(double a, double b, double p) {
    return p == -1.0 ? std::log(b / a) : (std::pow(b, p + 1.0) - std::pow(a, p + 1.0)) / (p + 1.0);
}

/// A Model with outputs u^2 lambda^-s and a Jacobian, on wavelengths in nm.
class Powers final : public Model {
public:
    Powers() {
        info_.name = "powers";
        info_.parameters = {{"u", "", 0.1, 10.0, 1.0, Scale::linear, ""}, {"s", "", -3.0, 3.0, 1.0, Scale::linear, ""}};
        info_.axis = {"wavelength", "wavelength", "nm", log_spaced(1e3, 1e6, 2000), {}};
        info_.output_name = "total";
        info_.output_unit = "erg s-1 cm-2";
    }
    [[nodiscard]] const ModelInfo& info() const noexcept override { return info_; }
    void evaluate(std::span<const double> parameters, std::span<double> outputs) const override {
        for (std::size_t i = 0; i < check_shapes(info_, parameters.size(), outputs.size()); ++i) {
            for (std::size_t l = 0; l < 2000; ++l)
                outputs[i * 2000 + l] = std::pow(parameters[2 * i], 2) * std::pow(um(l), -parameters[2 * i + 1]);
        }
    }
    [[nodiscard]] bool differentiable() const noexcept override { return true; }
    void evaluate_with_jacobian(std::span<const double> parameters, std::span<double> outputs,
                                std::span<double> jacobian) const override {
        evaluate(parameters, outputs);
        for (std::size_t l = 0; l < 2000; ++l) {
            jacobian[2 * l] = 2.0 * outputs[l] / parameters[0];
            jacobian[2 * l + 1] = -std::log(um(l)) * outputs[l];
        }
    }

private:
    [[nodiscard]] double um(std::size_t l) const { return info_.axis.values[l] / 1e3; }
    ModelInfo info_;
};

}  // namespace

TEST_CASE("the reference spectrum itself is quoted as it is, in every band that ships") {
    const std::vector<double> wavelengths = log_spaced(0.3, 3000.0, 30000);
    for (const Band& band : shipped_bands()) {
        CAPTURE(band.name);
        std::vector<double> spectrum;
        for (const double wavelength : wavelengths) spectrum.push_back(band.reference.nu_f_nu(wavelength));
        CHECK_RELATIVE(flux(band, wavelengths, spectrum), band.reference.nu_f_nu(band.reference_wavelength), 1e-6);
        for (const double wavelength : {band.reference_wavelength, band.pivot_wavelength()}) {
            CHECK(wavelength > band.wavelength.front());
            CHECK(wavelength < band.wavelength.back());
        }
    }
    CHECK(shipped_bands().size() >= 86);
}

TEST_CASE("power laws in a rectangle: closed forms for photon and energy counters") {
    const std::vector<double> wavelengths = log_spaced(40.0, 300.0, 4000);
    for (const double slope : {-2.0, 0.0, 1.0, 4.0}) {
        CAPTURE(slope);
        const auto spectrum = power_law(wavelengths, slope);
        // energy: int nuFnu dlambda/lambda; photon: int nuFnu dlambda; reference nuFnu = 1
        const double energy = power_integral(60.0, 90.0, -slope - 1.0) / power_integral(60.0, 90.0, -1.0);
        const double photon = power_integral(60.0, 90.0, -slope) / power_integral(60.0, 90.0, 0.0);
        CHECK_RELATIVE(flux(rectangle(60, 90, 70, Counter::energy), wavelengths, spectrum), energy, 1e-6);
        CHECK_RELATIVE(flux(rectangle(60, 90, 70, Counter::photon), wavelengths, spectrum), photon, 1e-6);
        // AB: photon-weighted mean of F_nu, nuFnu = nu F_nu ~ F_nu / lambda
        const double mean = power_integral(60.0, 90.0, -slope) / power_integral(60.0, 90.0, -1.0) / 70.0;
        CHECK_RELATIVE(flux(rectangle(60, 90, 70, Counter::energy), wavelengths, spectrum, Convention::ab), mean, 1e-6);
    }
}

TEST_CASE(
    "colour corrections of PACS for black bodies, table 3 of Poglitsch et al. 2010 (doi:10.1051/0004-6361/201014535)") {
    const auto wavelengths = log_spaced(1.0, 1000.0, 8000);
    const auto correction = [&](const char* name, double temperature) {
        const Photometer photometer(find_bands({name}), wavelengths);
        const ReferenceSpectrum body{ReferenceSpectrum::Kind::black_body, 0.0, temperature};
        std::vector<double> spectrum;
        for (const double wavelength : wavelengths) spectrum.push_back(body.nu_f_nu(wavelength));
        return colour_corrections(photometer, wavelengths, spectrum).front();
    };
    CHECK_RELATIVE(correction("PACS_70", 10000), 1.02, 0.01);
    CHECK_RELATIVE(correction("PACS_100", 10000), 1.03, 0.01);
    CHECK_RELATIVE(correction("PACS_70", 50), 0.98, 0.01);
    CHECK_RELATIVE(correction("PACS_100", 50), 0.99, 0.01);
    CHECK_RELATIVE(correction("PACS_70", 20), 1.22, 0.01);
    CHECK_RELATIVE(correction("PACS_100", 20), 1.04, 0.01);
    CHECK_RELATIVE(correction("PACS_160", 20), 0.96, 0.01);
    CHECK_RELATIVE(correction("PACS_70", 10), 3.65, 0.015);
}

TEST_CASE(
    "SPIRE quotes the Rayleigh-Jeans spectrum of a point source as its manual says (Observers' Manual 2.4, table "
    "5.2)") {
    const auto wavelengths = log_spaced(100.0, 1000.0, 8000);
    for (const auto& [name, correction] :
         {std::pair{"SPIRE_250", 0.9454}, std::pair{"SPIRE_350", 0.9481}, std::pair{"SPIRE_500", 0.9432}}) {
        const Photometer photometer(find_bands({name}), wavelengths);
        CHECK_RELATIVE(1.0 / colour_corrections(photometer, wavelengths, power_law(wavelengths, 3.0)).front(),
                       correction, 0.01);
    }
}

TEST_CASE("fluxes do not depend on how the spectrum is sampled, and are linear in it") {
    const Band band = find_bands({"MIRI_F770W"}).front();
    const auto coarse = log_spaced(1.0, 100.0, 2000), fine = log_spaced(1.0, 100.0, 40000);
    CHECK_RELATIVE(flux(band, coarse, power_law(coarse, 2.0)), flux(band, fine, power_law(fine, 2.0)), 1e-5);
    std::vector<double> sum = power_law(coarse, 2.0), other = power_law(coarse, -1.0);
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] = 3.0 * sum[i] + 0.5 * other[i];
    CHECK_RELATIVE(flux(band, coarse, sum),
                   3.0 * flux(band, coarse, power_law(coarse, 2.0)) + 0.5 * flux(band, coarse, other), 1e-12);
}

TEST_CASE("a model through bands: values, batches and derivatives") {
    const BandModel model(std::make_shared<Powers>(), find_bands({"PACS", "SPIRE_250", "WISE_3"}));
    REQUIRE(model.info().output_count() == 5);
    CHECK(model.info().axis.kind == "band");
    CHECK(model.info().axis.labels.at(3) == "SPIRE_250");
    CHECK(model.info().axis.values.at(3) == 250.0);
    CHECK(model.info().axis.unit == "um");
    const std::vector<double> point{2.0, 1.5};
    std::vector<double> outputs(5), jacobian(10), batch_outputs(5 * 200), batch;
    model.evaluate_with_jacobian(point, outputs, jacobian);
    for (int i = 0; i < 200; ++i) batch.insert(batch.end(), point.begin(), point.end());
    model.evaluate(batch, batch_outputs);
    for (std::size_t i = 0; i < batch_outputs.size(); ++i) CHECK(batch_outputs[i] == outputs[i % 5]);
    for (std::size_t p = 0; p < 2; ++p) {
        std::vector<double> up = point, down = point, above(5), below(5);
        up[p] += 1e-5;
        down[p] -= 1e-5;
        model.evaluate(up, above);
        model.evaluate(down, below);
        for (std::size_t b = 0; b < 5; ++b) CHECK_RELATIVE(jacobian[2 * b + p], (above[b] - below[b]) / 2e-5, 1e-7);
    }
}

TEST_CASE("a table of any number of columns is weighted as its columns are by themselves") {
    const auto wavelengths = log_spaced(40.0, 900.0, 301);
    const Photometer photometer(find_bands({"PACS", "SPIRE", "MIPS_70"}), wavelengths);
    for (std::size_t columns = 1; columns <= 9; ++columns) {
        std::vector<double> table(301 * columns), result(7 * columns), alone(7), column(301);
        for (std::size_t i = 0; i < table.size(); ++i) table[i] = std::sin(0.1 * static_cast<double>(i)) + 1.5;
        photometer.apply(table, columns, result);
        for (std::size_t c = 0; c < columns; ++c) {
            for (std::size_t l = 0; l < 301; ++l) column[l] = table[l * columns + c];
            photometer.apply(column, alone);
            for (std::size_t b = 0; b < 7; ++b) {
                double plain = 0.0;
                for (std::size_t k = 0; k < photometer.weights(b).size(); ++k)
                    plain += photometer.weights(b)[k] * column[photometer.first(b) + k];
                CHECK_RELATIVE(alone[b], plain, 1e-13);
                CHECK_RELATIVE(result[b * columns + c], plain, 1e-13);
            }
        }
    }
}

TEST_CASE("a dataset through bands keeps its failures and masks what it cannot know") {
    Dataset dataset;
    dataset.info = Powers().info();
    dataset.parameters = {1.0, 1.0, 2.0, 1.0, 3.0, 1.0};
    dataset.outputs.assign(3 * 2000, 2.0);
    dataset.mask.assign(3 * 2000, 1);
    dataset.status = {0, 1, 0};
    dataset.reason = {"", "broken", ""};
    const auto wavelengths = wavelengths_of(dataset.info);
    const Photometer photometer(find_bands({"PACS_70", "SPIRE_500"}), wavelengths);
    dataset.mask[4000 + photometer.first(1) + 5] = 0;  // one wavelength of SPIRE_500 in the third model
    const Dataset bands = through_bands(dataset, photometer);
    REQUIRE(bands.info.output_count() == 2);
    CHECK_RELATIVE(bands.outputs[0], 2.0, 1e-12);
    CHECK(!bands.done(1));
    CHECK(!bands.used(1, 0));
    CHECK(std::isnan(bands.outputs[2]));
    CHECK(bands.used(2, 0));
    CHECK(!bands.used(2, 1));
    CHECK_NOTHROW(check_shapes(bands));
}

TEST_CASE("bands that do not exist, do not fit or come twice are refused") {
    const auto wavelengths = log_spaced(0.5, 3000.0, 481);
    CHECK(has(error_of([] { (void)find_bands({"PACS_71"}); }), "PACS_70"));
    CHECK(has(error_of([] { (void)find_bands({"PACS", "pacs_70"}); }), "twice"));
    CHECK(has(error_of([] { (void)find_bands({}); }), "no band"));
    const auto narrow = log_spaced(65.0, 3000.0, 100);
    const std::string text = error_of([&] { (void)Photometer(find_bands({"PACS_70", "PACS_160"}), narrow); });
    CHECK(has(text, "PACS_70"));
    CHECK(!has(text, "PACS_160"));
    CHECK(has(text, "65"));
    CHECK_NOTHROW((void)Photometer(find_bands({"NIRCAM_F150W"}), wavelengths));
}

TEST_CASE("a curve of one's own") {
    const std::string text =
        "# unit: nm\n# counter: energy\n# reference: blackbody:5000\n# wavelength: 600\n500 0.0\n550 1.0 # peak\n650 "
        "1e-9\n";
    const Band band = parse_band(text, "dir/mine.dat");
    CHECK(band.name == "mine");
    CHECK(band.counter == Counter::energy);
    CHECK(band.reference.str() == "blackbody:5000");
    CHECK_RELATIVE(band.reference_wavelength, 0.6, 1e-12);
    CHECK_RELATIVE(band.wavelength[1], 0.55, 1e-12);
    CHECK(band.response[2] == 0.0);  // noise of the wing
    CHECK(parse_band("1 -0.001\n2 1\n3 1\n", "noisy.dat").response[0] == 0.0);
    CHECK(parse_band("3 1\n2 1\n1 1\n", "down.dat").wavelength.front() == 1.0);
    for (const char* bad : {"", "1 1\n", "1 1\n2\n", "1 1\n1 2\n", "1 0\n2 0\n", "1 nan\n2 1\n", "1 x\n",
                            "# unit: Jy\n1 1\n2 1\n", "# counter: fish\n1 1\n2 1\n", "# wavelength: -1\n1 1\n2 1\n",
                            "# wavelength: 3\n1 1\n2 1\n", "1 1\n2 -0.1\n3 1\n", "1 1\n3 1\n2 1\n"}) {
        CAPTURE(bad);
        CHECK(error_of([&] { (void)parse_band(bad, "bad.dat"); }) != "no error of this kind");
    }
}
