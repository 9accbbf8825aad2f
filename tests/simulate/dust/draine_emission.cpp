// Emission of the built-in dust against the spectra that Draine & Li 2007 published for it.
#include <array>
#include <cmath>
#include <memory>

#include <check_relative.hpp>

#include <ism/simulate/dust/draine_mixture.hpp>
#include <ism/simulate/dust/dust_model.hpp>
#include <ism/simulate/dust/radiation_field.hpp>

using namespace ism::simulate::dust;

namespace {

constexpr std::size_t band_count = 14;

/// Ends of the bands [um].
constexpr std::array<double, band_count + 1> edges{2.0,  3.15, 3.5,  5.9,  6.6,   8.2,   9.0,   10.8,
                                                   11.8, 13.0, 20.0, 40.0, 100.0, 200.0, 1000.0};

/// Share of each band in the power between 2 and 1000 um of the published model MW3.1_60 (q_PAH = 4.58 %) for one field
/// strength: integrals over ln(lambda) of lambda j_lambda (Draine & Li 2007, doi:10.1086/511055; the authors' spectra).
struct Published {
    double u;
    std::array<double, band_count> share;
};
constexpr std::array<Published, 3> published{{
    {0.1,
     {0.00289, 0.00762, 0.00957, 0.01902, 0.05597, 0.01604, 0.01152, 0.02025, 0.01786, 0.04043, 0.04209, 0.09443,
      0.34231, 0.31995}},
    {1.0,
     {0.00289, 0.00761, 0.00956, 0.01900, 0.05592, 0.01603, 0.01151, 0.02024, 0.01786, 0.04067, 0.04548, 0.23375,
      0.38428, 0.13514}},
    {25.0,
     {0.00289, 0.00761, 0.00957, 0.01903, 0.05609, 0.01610, 0.01158, 0.02044, 0.01816, 0.04365, 0.09874, 0.49250,
      0.18031, 0.02327}},
}};

/// The edges and 200 steps between each pair [cm].
std::vector<double> wavelengths() {
    std::vector<double> result;
    for (std::size_t band = 0; band < band_count; ++band) {
        for (int i = 0; i < 200; ++i)
            result.push_back(1e-4 * edges[band] * std::pow(edges[band + 1] / edges[band], i / 200.0));
    }
    result.push_back(1e-4 * edges.back());
    return result;
}

/// Shares of the bands in the power of 4 pi nu j_nu at `wavelengths`.
std::array<double, band_count> shares(const std::vector<double>& x, const std::vector<double>& y) {
    std::array<double, band_count> power{};
    double total = 0.0;
    for (std::size_t i = 0; i + 1 < x.size(); ++i) {
        const double piece = 0.5 * (y[i] + y[i + 1]) * std::log(x[i + 1] / x[i]);
        power[i / 200] += piece;
        total += piece;
    }
    for (double& share : power) share /= total;
    return power;
}

std::vector<double> parameters(const DustModel& model, double u) {
    std::vector<double> point;
    for (const auto& parameter : model.info().parameters) {
        point.push_back(parameter.name == "U" ? u : parameter.fallback);
    }
    return point;
}

}  // namespace

TEST_CASE("the built-in dust shines like Draine & Li's") {
    DustSetup setup;
    setup.mixture = draine_li_2007(draine_materials());
    setup.field = mathis_field();
    setup.wavelengths = wavelengths();
    const DustModel model(setup);
    for (const auto& reference : published) {
        CAPTURE(reference.u);
        const auto spectrum = model.spectrum(parameters(model, reference.u));
        for (const auto& balance : spectrum.balance) CHECK_RELATIVE(balance.emitted, balance.absorbed, 0.01);
        const auto found = shares(setup.wavelengths, spectrum.total);
        for (std::size_t band = 0; band < band_count; ++band) {
            CAPTURE(edges[band]);
            CHECK_RELATIVE(found[band], reference.share[band], edges[band] < 3.0 ? 0.10 : 0.05);
        }
    }
}

TEST_CASE("amin takes the smallest PAHs away in both charges") {
    DustSetup setup;
    setup.mixture = draine_li_2007(draine_materials());
    setup.field = mathis_field();
    setup.wavelengths = {3.3e-4, 100e-4};
    const DustModel model(setup);
    auto point = parameters(model, 1.0);
    const auto with = model.spectrum(point);
    const auto& all = model.info().parameters;
    point[ism::index_of(all, "amin", "dust")] = 0.6;
    const auto without = model.spectrum(point);
    for (const std::size_t charge : {0U, 1U}) CHECK(without.populations[charge][0] < 0.5 * with.populations[charge][0]);
    CHECK(without.populations[3][0] == with.populations[3][0]);
}
