#include <ism/simulate/dust/reference_distribution.hpp>

#include <cmath>

#include <ism/base/axis.hpp>
#include <ism/base/errors.hpp>

namespace ism::simulate::dust {

ReferenceDistribution reference_distribution(const ReferenceGrain& grain, double low, double high, std::size_t levels) {
    if (!(low > 0.0 && high > low && levels >= 10)) {
        throw InputError("reference distribution: needs 0 < low < high temperature and at least 10 levels");
    }
    ReferenceDistribution result{log_spaced(low, high, levels), std::vector<double>(levels, 0.0)};
    std::vector<double> enthalpy;
    for (const double temperature : result.temperatures) enthalpy.push_back(grain.enthalpy(temperature));
    std::vector<double>& x = result.probabilities;
    x[0] = 1e-300;
    double sum = x[0];
    for (std::size_t i = 1; i < levels; ++i) {
        const double edge = 0.5 * (enthalpy[i] + enthalpy[i - 1]);
        double lifted = 0.0;
        for (std::size_t j = 0; j < i; ++j) lifted += grain.photons_above(edge - enthalpy[j]) * x[j];
        const double fall = grain.cooling(result.temperatures[i]) / (enthalpy[i] - enthalpy[i - 1]);
        x[i] = lifted / fall;
        sum += x[i];
        if (sum > 1e200) {
            for (std::size_t j = 0; j <= i; ++j) x[j] /= 1e200;
            sum /= 1e200;
        }
    }
    for (double& probability : x) probability /= sum;
    return result;
}

}  // namespace ism::simulate::dust
