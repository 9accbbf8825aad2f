#include <ism/simulate/dust/modified_blackbody.hpp>

#include <cmath>
#include <numbers>

#include <ism/base/constants.hpp>

namespace ism::simulate {
namespace {

constexpr double reference_wavelength = 160.0 * constants::micron;

ModelInfo declaration() {
    ModelInfo info;
    info.name = "modified-blackbody";
    info.summary = "optically thin dust at a single temperature, with an opacity that is a power law";
    info.parameters = {
        {.name = "temperature",
         .unit = "K",
         .low = 3.0,
         .high = 300.0,
         .fallback = 20.0,
         .scale = Scale::log,
         .help = "temperature of the dust"},
        {.name = "beta",
         .unit = "",
         .low = 0.0,
         .high = 3.0,
         .fallback = 1.7,
         .scale = Scale::linear,
         .help = "opacity ~ wavelength^-beta"},
        {.name = "kappa",
         .unit = "cm2 g-1",
         .low = 0.1,
         .high = 1e3,
         .fallback = 12.5,
         .scale = Scale::log,
         .help = "opacity per mass of dust at 160 um"},
    };
    info.axis = {.name = "wavelength",
                 .kind = "wavelength",
                 .unit = "um",
                 .values = log_spaced(20.0, 3000.0, 201),
                 .labels = {}};
    info.output_name = "emission";
    info.output_unit = "erg s-1 g-1";
    info.output_help = "4 pi nu kappa_nu B_nu(T), per mass of dust";
    return info;
}

class ModifiedBlackbody final : public Model {
public:
    [[nodiscard]] const ModelInfo& info() const noexcept override { return info_; }

    void evaluate(std::span<const double> parameters, std::span<double> outputs) const override {
        const std::size_t n = check_shapes(info_, parameters.size(), outputs.size()), m = info_.output_count();
        for (std::size_t i = 0; i < n; ++i) spectrum(parameters.subspan(3 * i, 3), outputs.subspan(m * i, m));
    }

private:
    void spectrum(std::span<const double> point, std::span<double> out) const {
        check_point(info_, point);
        const double temperature = point[0], beta = point[1], kappa = point[2];
        for (std::size_t j = 0; j < out.size(); ++j) {
            const double wavelength = info_.axis.values[j] * constants::micron;
            const double opacity = kappa * std::pow(reference_wavelength / wavelength, beta);
            out[j] = 4.0 * std::numbers::pi * opacity * nu_planck(wavelength, temperature);
        }
    }

    ModelInfo info_ = declaration();
};

}  // namespace

double nu_planck(double wavelength, double temperature) {
    using namespace constants;
    const double x = planck * speed_of_light / (wavelength * boltzmann * temperature);
    const double nu = speed_of_light / wavelength;
    return 2.0 * planck * nu * nu * nu * nu / (speed_of_light * speed_of_light) / std::expm1(x);
}

Simulator modified_blackbody_simulator() {
    const ModelInfo info = declaration();
    return {
        .name = info.name,
        .summary = info.summary,
        .settings = {},
        .example = "modified-blackbody -p temperature=25 -p beta=1.8 -o sed.ecsv",
        .grid_example = "modified-blackbody -p temperature=10:50 -p beta=1:2.5 --size 1024 -o grid.h5",
        .create = [](const Settings&, std::span<const std::string>) { return std::make_unique<ModifiedBlackbody>(); },
        .tabulate = tabulate_output};
}

}  // namespace ism::simulate
