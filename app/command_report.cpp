#include <filesystem>
#include <iostream>

#include <nlohmann/json.hpp>

#include <ism/base/atomic_file.hpp>
#include <ism/base/errors.hpp>

#include "context.hpp"
#include "figures.hpp"
#include "report_files.hpp"

namespace ism::app {
namespace {

void check_call(Context& context, const ReportFiles& files) {
    if (files.folder.empty() && files.emulator.empty() && files.grid.empty() && files.comparison.empty()) {
        throw InputError({.where = "ismulate report",
                          .found = "nothing is named that could be shown",
                          .allowed = "RUN, the folder of a run, or --emulator, --grid and --comparison",
                          .effect = "nothing was written",
                          .next = "an example: ismulate report --help"});
    }
    if (context.output.empty())
        context.output =
            files.folder.empty() ? "report.html" : (std::filesystem::path(files.folder) / "report.html").string();
    std::error_code ignored;
    if (files.folder.empty() || std::filesystem::is_directory(files.folder, ignored))  // else the folder is the error
        check_page(context, "-o", context.output);
}

void run_report(Context& context, const ReportFiles& files, const std::string& figures) {
    check_call(context, files);
    explain::Report report = read_report(files);
    report.command = context.command_line;
    if (!figures.empty()) write_figures(context, explain::report_figures(report), figures);
    write_atomically(context.output, explain::report_page(report));
    for (const auto& sentence : report.missing) context.say("missing: " + sentence);
    if (context.json) {
        const nlohmann::ordered_json json{{"written", context.output}, {"missing", report.missing}};
        std::cout << json.dump(1) << '\n';
    }
    context.say("wrote " + context.output + ": open it in any browser");
}

}  // namespace

void add_report(CLI::App& program, Context& context) {
    const auto files = std::make_shared<ReportFiles>();
    const auto figures = std::make_shared<std::string>();
    CLI::App& command =
        add_command(program, context, "report", "one self-contained HTML page with the pictures of a run",
                    "ismulate report demo -o demo/report.html\n"
                    "  ismulate report --emulator dust.ism --grid dust.h5 --comparison compare.json",
                    [&context, files, figures] { run_report(context, *files, *figures); });
    command.add_option("run", files->folder, "folder of a run: its grid, emulator and comparison are found there")
        ->type_name("RUN");
    command.add_option("--emulator", files->emulator, "the network; its log is found beside it")->type_name("FILE.ism");
    command.add_option("--grid", files->grid, "the dataset that it learned; its log is found beside it")
        ->type_name("FILE.h5");
    command.add_option("--comparison", files->comparison, "what ismulate compare wrote")->type_name("FILE.json");
    command.add_option("--figures", *figures, "write each picture there, too, as an .svg file for slides")
        ->type_name("FOLDER");
}

}  // namespace ism::app
