#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include <ism/base/progress.hpp>
#include <ism/base/provenance.hpp>

namespace ism::app {

/// What every command has at hand: the options that all commands share, and the work that was chosen.
struct Context {
    std::vector<std::string> typed;  ///< the arguments
    std::string command_line;        ///< the same as one line after `ismulate`: goes into provenance
    std::uint64_t seed = 1;
    unsigned threads = 0;  ///< 0 = all cores
    std::string output;    ///< -o
    bool force = false;
    bool quiet = false;
    bool json = false;
    std::map<std::string, std::string> hints;  ///< what to say of a word that stands where it means nothing
    std::function<void()> work;                ///< set by the command that was named; run when all arguments are read
    std::unique_ptr<Progress> progress;

    /// Command line and seed filled in; the command adds inputs and settings.
    [[nodiscard]] Provenance provenance() const;
    /// A message for the user, on standard error, unless --quiet.
    void say(const std::string& text) const;
};

/// A check for options that take whole numbers: CLI11 alone would wrap -1 and cut what is too large.
[[nodiscard]] CLI::Validator whole_number(std::uint64_t least, std::uint64_t most);

/// The flags every command takes: --seed, --threads, --output, --force, --quiet, --json.
void add_common_options(CLI::App& command, Context& context);

/// Adds a subcommand: help text, worked example, common options, and the work it does once arguments are read.
CLI::App& add_command(CLI::App& program, Context& context, const std::string& name, const std::string& summary,
                      const std::string& example, std::function<void()> work);

/// What `train` does, as `ismulate --help` and `ismulate train --help` say it.
inline constexpr const char* train_summary =
    "learn a dataset: the network goes to FILE.ism, its history to FILE.ism.log.json";

/// The same of `backward`.
inline constexpr const char* backward_summary =
    "learn to run an emulator backward: from fluxes to parameters and their intervals, for `ismulate fit`";

// One function per verb; each lives in command_<verb>.cpp and is called once by main.
void add_models(CLI::App& program, Context& context);
void add_describe(CLI::App& program, Context& context);
void add_simulate(CLI::App& program, Context& context);
void add_grid(CLI::App& program, Context& context);
void add_train(CLI::App& program, Context& context);
void add_backward(CLI::App& program, Context& context);
void add_predict(CLI::App& program, Context& context);
void add_fit(CLI::App& program, Context& context);
void add_photometry(CLI::App& program, Context& context);
void add_compare(CLI::App& program, Context& context);
void add_convert(CLI::App& program, Context& context);
void add_report(CLI::App& program, Context& context);

}  // namespace ism::app
