#include <ism/simulate/dust/dust_simulator.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>

#include <ism/base/constants.hpp>
#include <ism/base/errors.hpp>
#include <ism/base/text.hpp>
#include <ism/io/dustem.hpp>
#include <ism/io/table.hpp>
#include <ism/simulate/dust/draine_mixture.hpp>
#include <ism/simulate/dust/dustem_mixture.hpp>

namespace ism::simulate::dust {
namespace {

using constants::micron;
using constants::nanometre;

[[noreturn]] void refuse(const std::string& option, const std::string& word, const std::string& allowed) {
    throw InputError(ErrorText{"--" + option + " " + word, "'" + word + "' is not understood", allowed,
                               "nothing was computed", "ismulate describe dust lists the settings"});
}

/// A number in a range, or an error that names the option.
double number_of(const std::string& option, const std::string& word, double low, double high) {
    const auto value = number_from(word);
    const std::string allowed = "a number from " + to_text(low, 4) + " to " + to_text(high, 4);
    if (!value) refuse(option, word, allowed);
    if (!(*value >= low && *value <= high)) {
        throw InputError(ErrorText{"--" + option + " " + word, to_text(*value) + " is out of range", allowed,
                                   "nothing was computed", ""});
    }
    return *value;
}

GrainMixture mixture_of(const Settings& settings) {
    const std::string &directory = settings.at("dustem"), &grains = settings.at("grains");
    if (!directory.empty()) return dustem_mixture(directory, grains.empty() ? "GRAIN_J13.DAT" : grains);
    if (grains.empty() || grains == "draine-li-2007") return draine_li_2007(draine_materials());
    if (grains == "weingartner-draine-2001") return weingartner_draine_2001(draine_materials());
    throw InputError(ErrorText{"--grains " + grains, "'" + grains + "' is not a built-in dust",
                               "draine-li-2007, weingartner-draine-2001, or a GRAIN_*.DAT with --dustem DIR",
                               "nothing was computed", ""});
}

void set_sizes(DustSetup& setup, const std::string& word) {
    setup.table_sizes = word == "table";
    if (word == "table" || word == "default") return;
    setup.size_density = number_of("sizes", word, 0.2, 20.0);
}

Per per_of(const std::string& word) {
    if (word == "H") return Per::hydrogen;
    if (word == "dust-mass") return Per::dust_mass;
    if (word == "U") return Per::u;
    refuse("per", word, "H, dust-mass or U");
}

bool yes_or_no(const std::string& option, const std::string& word) {
    if (word != "yes" && word != "no") refuse(option, word, "yes or no");
    return word == "yes";
}

Strength strength_of(std::span<const std::string> requested) {
    const bool u = std::find(requested.begin(), requested.end(), "U") != requested.end();
    const bool g0 = std::find(requested.begin(), requested.end(), "G0") != requested.end();
    if (u && g0) {
        throw InputError(ErrorText{"-p U and -p G0", "both give the strength of the field", "one of them",
                                   "nothing was computed",
                                   "U scales the field to its energy, G0 multiplies it as it is given"});
    }
    return g0 ? Strength::g0 : Strength::u;
}

/// A DustModel with the choice of what `tabulate` shows.
class Offered final : public Model {
public:
    Offered(DustSetup setup, std::string shown) : dust(std::move(setup)), show(std::move(shown)) {}
    [[nodiscard]] const ModelInfo& info() const noexcept override { return dust.info(); }
    void evaluate(std::span<const double> parameters, std::span<double> outputs) const override {
        dust.evaluate(parameters, outputs);
    }
    DustModel dust;
    std::string show;
};

std::unique_ptr<Model> create(const Settings& settings, std::span<const std::string> requested) {
    DustSetup setup;
    setup.mixture = mixture_of(settings);
    set_field(setup, settings.at("field"));
    set_sizes(setup, settings.at("sizes"));
    setup.wavelengths = output_wavelengths(settings.at("wavelengths"), setup.mixture);
    setup.per = per_of(settings.at("per"));
    setup.cmb = yes_or_no("cmb", settings.at("cmb"));
    setup.strength = strength_of(requested);
    if (setup.strength == Strength::g0 && setup.field) setup.field = setup.field->scaled(setup.mixture.field_scale);
    setup.distribution.levels = static_cast<std::size_t>(number_of("levels", settings.at("levels"), 30, 4000));
    const std::string& show = settings.at("show");
    if (show != "emission" && show != "extinction" && show != "temperatures") {
        refuse("show", show, "emission, extinction or temperatures");
    }
    return std::make_unique<Offered>(std::move(setup), show);
}

/// The column `wavelength` of a table in any unit of length, or the first column of a text in um; increasing [um].
std::vector<double> wavelengths_of_file(const std::string& path) {
    constexpr std::array<std::string_view, 6> table_endings{".ecsv", ".csv", ".fits", ".fit", ".fits.gz", ".h5"};
    const bool table = std::any_of(table_endings.begin(), table_endings.end(),
                                   [&](std::string_view ending) { return path.ends_with(ending); });
    if (!table) return io::read_first_column(path);
    return io::wavelengths_of(io::read_table(path));
}

std::string balance_text(const EnergyBalance& balance) {
    if (!(balance.absorbed > 0.0)) return "no grains";
    return "absorbed " + to_text(balance.absorbed, 6) + " erg s-1 H-1, emitted/absorbed " +
           to_text(balance.emitted / balance.absorbed, 6) + " before rescaling, " + std::to_string(balance.grains_off) +
           " sizes off by more than 1 %, worst " + to_text(balance.worst_grain, 3);
}

io::Table emission_table(const DustModel& model, std::span<const double> point) {
    const ModelInfo& info = model.info();
    DustSpectrum spectrum = model.spectrum(point);
    io::Table table;
    table.columns.push_back({info.axis.name, info.axis.unit, "vacuum wavelength", info.axis.values, {}});
    table.columns.push_back({info.output_name, info.output_unit, info.output_help, spectrum.total, {}});
    for (std::size_t p = 0; p < spectrum.populations.size(); ++p) {
        const EnergyBalance& balance = spectrum.balance[p];
        table.columns.push_back({balance.population,
                                 info.output_unit,
                                 "the same, of this population alone",
                                 std::move(spectrum.populations[p]),
                                 {}});
        table.meta.emplace_back("balance_" + balance.population, balance_text(balance));
    }
    return table;
}

io::Table extinction_table(const DustModel& model, std::span<const double> point) {
    DustExtinction cross_sections = model.extinction(point);
    const std::string unit = "cm2 H-1";
    io::Table table;
    const Axis& axis = model.info().axis;
    table.columns.push_back({axis.name, axis.unit, "vacuum wavelength", axis.values, {}});
    table.columns.push_back({"extinction", unit, "absorption + scattering of all dust", cross_sections.extinction, {}});
    table.columns.push_back({"albedo", "", "scattering / extinction", cross_sections.albedo, {}});
    if (cross_sections.g.empty()) {
        table.meta.emplace_back("g", "left out: a material has no table of the mean cosine of its scattering");
    } else {
        table.columns.push_back({"g", "", "mean cosine of the scattering angle", cross_sections.g, {}});
    }
    for (std::size_t p = 0; p < cross_sections.absorption.size(); ++p) {
        const std::string& name = model.setup().mixture.populations[p].name;
        table.columns.push_back({"abs_" + name, unit, "absorption", std::move(cross_sections.absorption[p]), {}});
        table.columns.push_back({"sca_" + name, unit, "scattering", std::move(cross_sections.scattering[p]), {}});
    }
    return table;
}

io::Table temperature_table(const DustModel& model, std::span<const double> point) {
    io::Table table;
    table.columns = {{"population", "", "", {}, {}},
                     {"size", "nm", "grain radius", {}, {}},
                     {"temperature", "K", "", {}, {}},
                     {"probability", "", "of this temperature; the sum over one size is 1", {}, {}}};
    for (std::size_t p = 0; p < model.setup().mixture.populations.size(); ++p) {
        for (const auto& grain : model.temperatures(point, p)) {
            for (std::size_t i = 0; i < grain.temperatures.size(); ++i) {
                table.columns[0].texts.push_back(model.setup().mixture.populations[p].name);
                table.columns[1].values.push_back(grain.size / nanometre);
                table.columns[2].values.push_back(grain.temperatures[i]);
                table.columns[3].values.push_back(grain.probability[i]);
            }
        }
    }
    return table;
}

io::Table tabulate(const Model& model, std::span<const double> point) {
    const auto* offered = dynamic_cast<const Offered*>(&model);
    if (offered == nullptr) throw Error("the dust simulator was asked to tabulate another model");
    if (offered->show == "extinction") return extinction_table(offered->dust, point);
    if (offered->show == "temperatures") return temperature_table(offered->dust, point);
    return emission_table(offered->dust, point);
}

/// A word that names neither a field nor a file.
[[noreturn]] void refuse_field(const std::string& word) {
    refuse_name(
        word, {"mathis", "bpass", "blackbody:T", "bpass:FILE"},
        ErrorText{"--field " + word, "there is no field and no file of this name", "", "nothing was computed", ""},
        "a file of two columns");
}

}  // namespace

void set_field(DustSetup& setup, const std::string& word) {
    const std::string blackbody = "blackbody:", bpass = "bpass:";
    if (word == "mathis") {
        setup.field = mathis_field();
    } else if (word == "bpass") {
        setup.library = std::shared_ptr<const BpassLibrary>(&BpassLibrary::embedded(), [](const BpassLibrary*) {});
    } else if (word.starts_with(bpass)) {
        setup.library = std::make_shared<BpassLibrary>(BpassLibrary::read(word.substr(bpass.size())));
    } else if (word.starts_with(blackbody)) {
        const auto temperature = number_from(word.substr(blackbody.size()));
        if (!temperature || !(*temperature >= 10.0 && *temperature <= 1e6)) {
            refuse("field", word, "blackbody:T with T from 10 to 1e6 K");
        }
        setup.field = blackbody_field(*temperature);
    } else {
        if (std::error_code ignored; !std::filesystem::exists(word, ignored)) refuse_field(word);
        setup.field = file_field(word);
    }
}

std::vector<double> output_wavelengths(const std::string& word, const GrainMixture& mixture) {
    if (word == "default") return log_spaced(0.5 * micron, 3000.0 * micron, 481);
    if (word == "table") return mixture.populations.at(0).material->wavelengths;
    const std::vector<std::string_view> parts = split(word, ':');
    if (parts.size() == 3) {
        const double low = number_of("wavelengths", std::string(parts[0]), 1e-3, 1e6);
        const double high = number_of("wavelengths", std::string(parts[1]), low * 1.0001, 1e6);
        const double count = number_of("wavelengths", std::string(parts[2]), 2, 1e6);
        if (count != std::floor(count)) refuse("wavelengths", word, "LOW:HIGH:COUNT with a whole COUNT");
        return log_spaced(low * micron, high * micron, static_cast<std::size_t>(count));
    }
    std::vector<double> wavelengths;
    for (const double wavelength : wavelengths_of_file(word)) wavelengths.push_back(wavelength * micron);
    return wavelengths;
}

Simulator dust_simulator() {
    return {.name = "dust",
            .summary = "infrared emission of interstellar dust: stochastic heating, any grain mixture, any field",
            .settings = {{"dustem", "DIR", "",
                          "folder with DustEM's data/, oprop/ and hcap/; without it the built-in Draine dust"},
                         {"grains", "FILE|draine-li-2007|weingartner-draine-2001", "",
                          "GRAIN_*.DAT in DIR/data (GRAIN_J13.DAT: THEMIS), or a built-in dust (draine-li-2007)"},
                         {"field", "mathis|bpass|bpass:FILE|blackbody:T|FILE", "mathis",
                          "starlight; a file has wavelength [um] and 4 pi J_nu [erg s-1 cm-2 Hz-1]"},
                         {"sizes", "default|table|FACTOR", "default",
                          "grain sizes: converged, those of the grain file with its own rule, or FACTOR times as many"},
                         {"wavelengths", "default|table|LOW:HIGH:COUNT|FILE", "default",
                          "481 from 0.5 to 3000 um, those of the grain tables, a logarithmic range or a file [um]"},
                         {"per", "H|dust-mass|U", "H",
                          "emission per hydrogen, per gram of dust, or per hydrogen and unit of field"},
                         {"cmb", "yes|no", "no",
                          "heat the grains by the cosmic microwave background too (never counted in U)"},
                         {"levels", "COUNT", "100", "temperatures of the distribution of each small grain"},
                         {"show", "emission|extinction|temperatures", "emission", "what `simulate` writes"}},
            .example = "dust --field mathis -p U=10 -o sed.ecsv",
            .grid_example = "dust --field bpass -p U=0.1:1e6 -p age=1e6:1e10 -p amin=0.35:2 --size 20000 -o dust.h5",
            .create = create,
            .tabulate = tabulate};
}

}  // namespace ism::simulate::dust
