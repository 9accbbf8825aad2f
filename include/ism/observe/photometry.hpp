#pragma once
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <ism/base/dataset.hpp>
#include <ism/base/model.hpp>
#include <ism/observe/band.hpp>
#include <ism/observe/sparse_rows.hpp>

namespace ism::observe {

/// How fluxes of bands are quoted.
enum class Convention {
    instrument,  ///< as each instrument does: its counter and its reference spectrum
    ab,          ///< photon-weighted mean of F_nu for every band, as in AB magnitudes
};

[[nodiscard]] std::string to_string(Convention convention);
/// Throws InputError for anything but "instrument" and "ab".
[[nodiscard]] Convention convention_from_string(std::string_view word);

/// Fluxes of bands from spectra on one wavelength axis: a sparse matrix.
///
/// The quoted flux of a band is the flux at its reference wavelength of the reference spectrum that gives the detector
/// the same signal:
///
///     F(nu_0) = F_ref(nu_0) int F_nu R dnu / int F_ref R dnu,     R per energy; R = R_photon / nu for photon counters
///
/// (dust.md section 6; e.g. Bessell & Murphy 2012, doi:10.1086/664083). The spectrum is taken as nu F_nu linear in
/// ln(wavelength) between its points, the response as linear in wavelength; the integral over both is exact to 1e-10.
/// What comes out is nu_0 F(nu_0): a spectrum in nu F_nu gives fluxes in nu F_nu.
class Photometer {
public:
    /// `wavelengths` [um], increasing. Throws InputError naming the bands of which less than 99.9 % of the response
    /// lies on them.
    Photometer(std::vector<Band> bands, std::span<const double> wavelengths,
               Convention convention = Convention::instrument);

    [[nodiscard]] const std::vector<Band>& bands() const noexcept { return bands_; }
    [[nodiscard]] std::size_t wavelength_count() const noexcept { return wavelengths_; }

    /// nu_0 F(nu_0) of every band (N x B) from nu F_nu of N spectra (N x M).
    void apply(std::span<const double> spectra, std::span<double> fluxes) const;
    /// The same for `columns` numbers at each wavelength, (M x columns) to (B x columns): Jacobians.
    void apply(std::span<const double> table, std::size_t columns, std::span<double> result) const;
    /// The weights of band b, of the wavelengths from first(b) on.
    [[nodiscard]] std::span<const double> weights(std::size_t b) const { return rows_.weights(b); }
    [[nodiscard]] std::size_t first(std::size_t b) const { return rows_.row(b).first; }

private:
    std::vector<Band> bands_;
    std::size_t wavelengths_;
    SparseRows rows_;
};

/// Ratio of the quoted flux of a band to the flux of the spectrum itself at the reference wavelength: what the quoted
/// one is to be divided by to be monochromatic. (B)
[[nodiscard]] std::vector<double> colour_corrections(const Photometer& photometer, std::span<const double> wavelengths,
                                                     std::span<const double> spectrum);

/// A Model seen through bands: its outputs are fluxes in bands. Differentiable where the Model is.
class BandModel final : public Model {
public:
    /// Throws InputError where the model has no axis of wavelengths in a unit of length, or what Photometer throws.
    BandModel(std::shared_ptr<const Model> model, std::vector<Band> bands,
              Convention convention = Convention::instrument);

    [[nodiscard]] const ModelInfo& info() const noexcept override { return info_; }
    [[nodiscard]] const Photometer& photometer() const noexcept { return photometer_; }
    void evaluate(std::span<const double> parameters, std::span<double> outputs) const override;
    [[nodiscard]] bool differentiable() const noexcept override { return model_->differentiable(); }
    void evaluate_with_jacobian(std::span<const double> parameters, std::span<double> outputs,
                                std::span<double> jacobian) const override;

private:
    std::shared_ptr<const Model> model_;
    Photometer photometer_;
    ModelInfo info_;
};

/// The declaration of a Model whose outputs are seen through bands: an axis of kind "band" with the names of the bands
/// as labels and their reference wavelengths [um] as values.
[[nodiscard]] ModelInfo through_bands(const ModelInfo& info, const Photometer& photometer);
/// Wavelengths of the axis [um]; throws InputError where it is none of wavelengths.
[[nodiscard]] std::vector<double> wavelengths_of(const ModelInfo& info);
/// A Dataset of spectra as one of fluxes in bands. A masked wavelength masks the bands that weigh it.
[[nodiscard]] Dataset through_bands(const Dataset& dataset, const Photometer& photometer);

}  // namespace ism::observe
