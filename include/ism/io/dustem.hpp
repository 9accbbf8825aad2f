#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

/// The tables of DustEM (Compiegne et al. 2011, A&A 525, A103, doi:10.1051/0004-6361/201015292), as they stand in the
/// files: units are DustEM's (um, cm, log10), nothing is interpolated.
///
/// Every reader exists twice: `read_X(path)` and `parse_X(text, name)`, where `name` is shown in errors. Each throws
/// InputError with file and line for a missing file, a truncated table, a wrong number of columns, a number that cannot
/// be read, is not finite or is negative where that has no meaning, and for sizes or wavelengths that do not increase.
namespace ism::io {

/// Q_*.DAT: absorption and scattering efficiencies.
struct DustemEfficiencies {
    std::vector<double> sizes;  ///< a [um], increasing (S)
    std::vector<double> q_abs;  ///< (L x S), a row per wavelength of LAMBDA.DAT
    std::vector<double> q_sca;  ///< (L x S)
};

/// G_*.DAT: mean cosine of the scattering angle.
struct DustemAsymmetry {
    std::vector<double> sizes;  ///< a [um], increasing (S)
    std::vector<double> g;      ///< (L x S)
};

/// C_*.DAT: heat capacities.
struct DustemHeatCapacity {
    std::vector<double> sizes;              ///< a [um], increasing (S)
    std::vector<double> log_temperature;    ///< log10 T [K], increasing (T)
    std::vector<double> log_heat_capacity;  ///< log10 C [erg K-1 cm-3] (T x S)
};

/// One line of GRAIN_*.DAT. With the law "size", number of sizes, density and limits stand in SIZE_<type>.DAT, and what
/// the line says of them is not read (nor is it by DustEM).
struct DustemPopulation {
    std::string type;             ///< "CM20": the tables Q_CM20.DAT, C_CM20.DAT ...
    std::size_t size_count;       ///< number of sizes
    std::string law;              ///< "logn", "plaw", "plaw-ed", "plaw-ed-cv" or "size"
    bool mixed = false;           ///< keyword mix: the fractions stand in MIX_<type>.DAT
    double mass_per_hydrogen;     ///< M / M_H
    double density = 0.0;         ///< [g cm-3]
    double a_min = 0.0;           ///< [cm]
    double a_max = 0.0;           ///< [cm]
    std::vector<double> numbers;  ///< what follows on the line, in the order of the file
    std::size_t line;             ///< where it stands
};

/// GRAIN_*.DAT: scaling of the field and populations (the run keywords say what DustEM is to print).
struct DustemGrains {
    double field_scale = 1.0;  ///< "G0"
    std::vector<DustemPopulation> populations;
};

/// Two columns.
struct TwoColumns {
    std::vector<double> x;
    std::vector<double> y;
};

/// SIZE_*.DAT: a size distribution as a table.
struct DustemSizes {
    std::vector<std::string> bulks;  ///< the materials that the grains are made of
    std::vector<double> sizes;       ///< a [cm], increasing (S)
    std::vector<double> volumes;     ///< a^3 dn/dlna, any scale (S)
    std::vector<double> densities;   ///< [g cm-3] (S)
};

[[nodiscard]] std::vector<double> parse_dustem_wavelengths(std::string_view text, const std::string& name);  ///< [um]
[[nodiscard]] DustemEfficiencies parse_dustem_efficiencies(std::string_view text, const std::string& name,
                                                           std::size_t wavelengths);
[[nodiscard]] DustemAsymmetry parse_dustem_asymmetry(std::string_view text, const std::string& name,
                                                     std::size_t wavelengths);
[[nodiscard]] DustemHeatCapacity parse_dustem_heat_capacity(std::string_view text, const std::string& name);
[[nodiscard]] DustemGrains parse_dustem_grains(std::string_view text, const std::string& name);
/// MIX_*.DAT: one fraction 0..1 per size.
[[nodiscard]] std::vector<double> parse_dustem_mix(std::string_view text, const std::string& name);
[[nodiscard]] DustemSizes parse_dustem_sizes(std::string_view text, const std::string& name);
/// ISRF*.DAT: wavelength [um] and 4 pi J_nu [erg s-1 cm-2 Hz-1], led by the number of points.
[[nodiscard]] TwoColumns parse_dustem_field(std::string_view text, const std::string& name);
/// Any text of two (or more: the rest is ignored) columns; `#` begins a comment, commas and blanks separate.
[[nodiscard]] TwoColumns parse_two_columns(std::string_view text, const std::string& name);

/// A field: DustEM's where its first data line is a lone count, else two columns.
[[nodiscard]] TwoColumns parse_field(std::string_view text, const std::string& name);
/// The first column of a text (any number of columns): increasing positive numbers.
[[nodiscard]] std::vector<double> parse_first_column(std::string_view text, const std::string& name);

[[nodiscard]] std::vector<double> read_dustem_wavelengths(const std::string& path);
[[nodiscard]] DustemEfficiencies read_dustem_efficiencies(const std::string& path, std::size_t wavelengths);
[[nodiscard]] DustemAsymmetry read_dustem_asymmetry(const std::string& path, std::size_t wavelengths);
[[nodiscard]] DustemHeatCapacity read_dustem_heat_capacity(const std::string& path);
[[nodiscard]] DustemGrains read_dustem_grains(const std::string& path);
[[nodiscard]] std::vector<double> read_dustem_mix(const std::string& path);
[[nodiscard]] DustemSizes read_dustem_sizes(const std::string& path);
[[nodiscard]] TwoColumns read_field(const std::string& path);
[[nodiscard]] std::vector<double> read_first_column(const std::string& path);

}  // namespace ism::io
