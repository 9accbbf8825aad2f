#pragma once
#include <cmath>
#include <cstddef>

#include <ism/base/constants.hpp>
#include <ism/base/dataset.hpp>
#include <ism/base/random.hpp>

namespace ism::test {

/// nu B_nu(T) (nu / nu_0)^beta, up to a constant: what a network should learn easily.
inline double modified_blackbody(double temperature, double beta, double wavelength_um) {
    using namespace ism::constants;
    const double frequency = speed_of_light / (wavelength_um * micron);
    const double reference = speed_of_light / (850.0 * micron);
    return std::pow(frequency / reference, 4 + beta) / std::expm1(planck * frequency / (boltzmann * temperature));
}

/// `models` modified blackbodies, T = 10..60 K (log) and beta = 1..2.5 (linear), 40 wavelengths 50-2000 um.
inline Dataset blackbodies(std::size_t models, std::uint64_t seed) {
    Dataset dataset;
    dataset.info = {.name = "blackbody",
                    .summary = "modified blackbody",
                    .parameters = {{"T", "K", 10, 60, 20, Scale::log, "temperature"},
                                   {"beta", "", 1, 2.5, 1.6, Scale::linear, "slope"}},
                    .axis = {.name = "wavelength",
                             .kind = "wavelength",
                             .unit = "um",
                             .values = log_spaced(50, 2000, 40),
                             .labels = {}},
                    .output_name = "total",
                    .output_unit = "erg s-1",
                    .output_scale = Scale::log,
                    .output_help = "emission"};
    Random random(seed, 0);
    for (std::size_t i = 0; i < models; ++i) {
        const double temperature = dataset.info.parameters[0].from_unit_interval(random.uniform());
        const double beta = dataset.info.parameters[1].from_unit_interval(random.uniform());
        dataset.parameters.insert(dataset.parameters.end(), {temperature, beta});
        for (const double wavelength : dataset.info.axis.values)
            dataset.outputs.push_back(modified_blackbody(temperature, beta, wavelength));
    }
    return dataset;
}

}  // namespace ism::test
