#pragma once
#include <cstddef>
#include <vector>

#include <ism/simulate/dust/photon_rates.hpp>
#include <ism/simulate/dust/radiation_field.hpp>

namespace ism::simulate::dust {

/// The absorption cross-sections of a list of grains where the absorption integral is taken, for every field that is
/// given on the same wavelengths. Interpolating them is most of the work of a new field, and is done once here.
class AbsorptionTable {
public:
    /// `cross_sections` [cm2] on `wavelengths` [cm] (S x L), linear in log-log between them; `field_wavelengths` of the
    /// fields to come; `start` [cm] is the shortest wavelength with light and the node on which PhotonRates are built
    /// (rates of two fields can be added when it is the same).
    AbsorptionTable(const std::vector<double>& wavelengths, const std::vector<double>& cross_sections,
                    const std::vector<double>& field_wavelengths, double start);

    /// Photon rates of every grain in a field on those wavelengths (S), their power exactly the absorbed one; throws
    /// Error for another field.
    [[nodiscard]] std::vector<PhotonRates> rates(const RadiationField& field) const;

private:
    /// A node of PhotonRates between the wavelengths, and the weights of n(lambda) at the two ends of the interval in
    /// the integral from its beginning to the node.
    struct Place {
        std::size_t interval;
        double left, right;
    };

    double start_;
    std::vector<double> field_wavelengths_;
    std::vector<double> grid_;           ///< [cm], increasing (G)
    std::vector<double> photon_weight_;  ///< lambda / (h c) (G)
    std::vector<double> power_weight_;   ///< of n(lambda) in the absorbed power [erg cm] (G)
    std::vector<double> sigma_;          ///< [cm2] (S x G)
    std::vector<double> half_width_;     ///< of the intervals [cm] (G - 1)
    std::vector<Place> places_;          ///< of the nodes
};

/// y(x) at new abscissae, linear in log-log (linear where a value is zero), end slopes beyond the ends.
[[nodiscard]] std::vector<double> log_log(const std::vector<double>& x, const double* y, const std::vector<double>& at);

}  // namespace ism::simulate::dust
