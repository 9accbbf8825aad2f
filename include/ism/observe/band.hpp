#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ism::observe {

/// What a detector counts: the photons it meets, or their energy (bolometers).
enum class Counter { photon, energy };

/// The spectrum for which an instrument quotes the flux of a band at its reference wavelength.
struct ReferenceSpectrum {
    enum class Kind {
        power_law,   ///< F_nu ~ nu^slope: -1 is "nu F_nu constant", 0 "F_nu constant" (AB magnitudes)
        black_body,  ///< of `temperature` [K]
    };
    Kind kind = Kind::power_law;
    double slope = -1.0;
    double temperature = 0.0;

    /// nu F_nu at a wavelength [um], to a constant factor.
    [[nodiscard]] double nu_f_nu(double wavelength) const;
    /// "nuFnu", "Fnu", "nu^-2", "blackbody:10000".
    [[nodiscard]] std::string str() const;
    /// Throws InputError for any other text.
    [[nodiscard]] static ReferenceSpectrum parse(std::string_view text);
};

/// A photometric band.
struct Band {
    std::string name;                   ///< "PACS_70"
    std::string instrument;             ///< "PACS"; a band's calibration error is shared within it
    Counter counter = Counter::photon;  ///< what `response` weighs
    ReferenceSpectrum reference;        ///< for which fluxes are quoted
    double reference_wavelength = 0.0;  ///< [um]
    std::vector<double> wavelength;     ///< [um], increasing
    std::vector<double> response;       ///< >= 0, any scale; linear between the wavelengths, 0 outside
    bool rectangle = false;             ///< stands in for a curve that may not be shipped
    std::string origin;                 ///< where the curve is from

    /// sqrt(int R lambda dlambda / int R dlambda/lambda) of the photon response R [um].
    [[nodiscard]] double pivot_wavelength() const;
};

/// Throws InputError naming the band unless there are two or more increasing positive wavelengths, as many finite
/// responses >= 0 with one above 0, and a positive reference wavelength.
void check(const Band& band);

/// All bands that come with the program, in the order of their instruments. Made once.
[[nodiscard]] std::span<const Band> shipped_bands();

/// The shipped bands of that name, or of the instrument of that name, in any case; empty where there are none.
[[nodiscard]] std::vector<Band> bands_called(const std::string& name);

/// Those whose whole curve lies on the wavelengths [um], increasing.
[[nodiscard]] std::vector<Band> shipped_bands_on(std::span<const double> wavelengths);

/// The same; throws InputError where there is none.
[[nodiscard]] std::vector<Band> bands_within(std::span<const double> wavelengths);

/// The bands that a list names: names of bands or of instruments ("PACS" is all of its bands), in any case, or files
/// with two columns (see read_band). Throws InputError with the nearest names where there is no such band, and where
/// one comes twice.
[[nodiscard]] std::vector<Band> find_bands(const std::vector<std::string>& names);

/// A curve of one's own: wavelength and response, increasing; '#' begins a comment. Comments may say (defaults first)
///
///     # unit: um            (or Angstrom, nm ...)
///     # counter: photon     (or energy)
///     # reference: nuFnu    (or Fnu, nu^S, blackbody:T)
///     # wavelength: W       (reference wavelength in that unit; default: the pivot wavelength)
///
/// Response below 1e-4 of the peak, where curves hold noise, is set to 0. The name is that of the file without its
/// ending. Throws InputError with file and line.
[[nodiscard]] Band read_band(const std::string& path);
/// The same from text.
[[nodiscard]] Band parse_band(std::string_view text, const std::string& path);

}  // namespace ism::observe
