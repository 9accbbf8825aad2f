// Prints the emission of dust at one point of the shipped network [erg s-1 H-1], and touches every installed room.
#include <cstdio>
#include <vector>

#include <ism/emulate/emulator.hpp>
#include <ism/emulate/shipped.hpp>
#include <ism/explain/accuracy.hpp>
#include <ism/io/table.hpp>
#include <ism/simulate/registry.hpp>

int main() {
    const ism::emulate::Emulator dust(ism::emulate::find_emulator("themis"));
    std::vector<double> spectrum(dust.info().output_count());
    dust.evaluate(std::vector<double>{10.0, 1e7, 0.5}, std::span<double>(spectrum));
    std::printf("%.12E\n", spectrum[240]);

    const auto& simulator = ism::simulate::simulator("modified-blackbody");
    const auto model = simulator.create(ism::simulate::complete(simulator, {}), {});
    std::vector<double> point;
    for (const auto& parameter : model->info().parameters) point.push_back(parameter.fallback);
    const ism::io::Table table = ism::simulate::tabulate_output(*model, point);
    ism::io::write_table("blackbody.fits", table);
    return ism::explain::exceedance_shares(table.row_count()).empty() ? 1 : 0;
}
