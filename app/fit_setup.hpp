#pragma once
#include <map>
#include <string>
#include <vector>

#include <ism/emulate/emulator_file.hpp>
#include <ism/infer/sed_fit.hpp>

namespace CLI {
class App;
}

namespace ism::app {

/// What a fit, forward or backward, is told about the model and the source; as it was typed.
struct FitSetupOptions {
    std::string emulator, priors, distance, amount, calibration, multiplicative;
    std::vector<std::string> curves;  ///< files of bands, beside those that are shipped
    std::vector<std::string> parameters;
    std::string floor = "auto", fields = "single";
    double dust_to_hydrogen = 0.0;
};

void add_fit_setup_options(CLI::App& command, FitSetupOptions& options);

/// "3.2 Mpc" in cm; 0 where nothing was given. Throws InputError for anything else.
[[nodiscard]] double distance_of(const std::string& text);

/// An emulator and the bands in which it can be seen.
class Seen {
public:
    /// `curves`: files of bands, which are called as the files are. Throws InputError where one cannot be read, does
    /// not lie on the emulator's wavelengths, or is called like another band.
    explicit Seen(emulate::EmulatorRecord record, const std::vector<std::string>& curves = {});
    [[nodiscard]] const std::vector<std::string>& names() const noexcept { return names_; }
    /// The bands as observe::find_bands takes them: names, or files.
    [[nodiscard]] std::vector<std::string> sources_of(std::vector<std::string> names) const;
    [[nodiscard]] const emulate::EmulatorRecord& record() const noexcept { return record_; }
    /// Whether it gives lines or other numbers with names but without wavelengths.
    [[nodiscard]] bool are_lines() const noexcept;
    /// SHA-256 of its file: a name may stand for another network tomorrow.
    [[nodiscard]] const std::string& sum() const noexcept { return sum_; }

private:
    emulate::EmulatorRecord record_;
    std::vector<std::string> names_;
    std::map<std::string, std::string> files_;  // of curves, by name of the band
    std::string sum_;
};

/// The fit of sources seen in these bands, in these units (FITS unit strings, one for each band). Throws InputError
/// where an option cannot be used.
[[nodiscard]] infer::SedFit make_fit(const FitSetupOptions& options, const Seen& seen,
                                     const std::vector<std::string>& bands, const std::vector<std::string>& units);

}  // namespace ism::app
