#include <cstdio>

#include <nlohmann/json.hpp>

#include <ism/base/atomic_file.hpp>
#include <ism/base/errors.hpp>
#include <ism/base/text.hpp>
#include <ism/io/table.hpp>

#include "arguments.hpp"
#include "output.hpp"

namespace ism::app {
namespace {

void simulate_one(Context& context, const SimulatorCall& call) {
    check_table_output(context);
    const auto model = call.create();
    call.check_names(model->info());
    const auto point = point_from(model->info(), call.choices);
    check_point(model->info(), point);
    io::Table table =
        call.simulator->tabulate ? call.simulator->tabulate(*model, point) : simulate::tabulate_output(*model, point);
    Provenance provenance = context.provenance();
    provenance.seed.clear();  // nothing here is random
    add_settings(provenance, call);
    for (std::size_t k = 0; k < point.size(); ++k)
        provenance.settings.emplace_back("-p " + model->info().parameters[k].name, to_text(point[k]));
    put_table(context, std::move(table), provenance);
}

}  // namespace

void add_simulate(CLI::App& program, Context& context) {
    CLI::App& verb = *program.add_subcommand("simulate", "compute one model with the physics itself");
    add_simulator_commands(verb, context, &simulate::Simulator::example, {},
                           [&context](const SimulatorCall& call) { simulate_one(context, call); });
}

}  // namespace ism::app
