// Efficiencies of one grain of the built-in dust, as a table.
//
//     grain_efficiencies silicate|graphite|carbon_neutral|carbon_ionised RADIUS_UM > q.txt
//
// Columns: wavelength [um], Q_abs, Q_sca, <cos theta>.
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>

#include <ism/base/constants.hpp>
#include <ism/simulate/dust/draine_materials.hpp>

namespace {

namespace dust = ism::simulate::dust;

dust::GrainMaterial material_named(const std::string& name, const dust::MaterialGrid& grid) {
    if (name == "silicate") return dust::draine_silicate(grid);
    auto graphite = dust::draine_graphite(grid);
    if (name == "carbon_neutral") return dust::draine_carbon(graphite, dust::Charge::neutral);
    if (name == "carbon_ionised") return dust::draine_carbon(graphite, dust::Charge::ionised);
    return graphite;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::fprintf(stderr, "usage: grain_efficiencies silicate|graphite|carbon_neutral|carbon_ionised RADIUS_UM\n");
        return 2;
    }
    try {
        auto grid = dust::draine_grid();
        grid.sizes = {std::atof(argv[2]) * ism::constants::micron};
        const auto material = material_named(argv[1], grid);
        std::printf("# %s, a = %s um: wavelength [um], Q_abs, Q_sca, <cos>\n", material.name.c_str(), argv[2]);
        for (std::size_t i = 0; i < grid.wavelengths.size(); ++i) {
            std::printf("%.8g %.6e %.6e %.6e\n", grid.wavelengths[i] / ism::constants::micron, material.q_abs[i],
                        material.q_sca[i], material.g[i]);
        }
    } catch (const std::exception& error) {
        std::fprintf(stderr, "error: %s\n", error.what());
        return 2;
    }
    return 0;
}
