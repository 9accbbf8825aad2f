#pragma once
#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <ism/base/dataset.hpp>
#include <ism/base/provenance.hpp>
#include <ism/emulate/emulator.hpp>
#include <ism/explain/compare.hpp>

#include "comparison_physics.hpp"
#include "context.hpp"
#include "output_choice.hpp"

namespace ism::app {

/// `ismulate compare` as it was typed.
struct CompareCall {
    std::string grid, emulator, test, regular_grid;
    std::vector<std::string> methods{"full", "nearest", "linear", "cubic", "neighbours", "network"};
    std::vector<std::string> parameters;
    std::string budget = "15m";
    OutputChoice outputs;
    std::string split;  ///< as typed: a share of the models, lines=.., edges=.., or nothing after --split
    bool has_split = false;
    std::vector<double> fractions;  ///< shares of the models to learn, largest first
    double faint = std::nan("");
    std::string report, figures;  ///< a page, a folder of pictures
    explain::CompareOptions options;

    /// Networks are learned here, on a share of the grid; else an emulator that exists is compared.
    [[nodiscard]] bool learns() const { return emulator.empty(); }
};

/// What is compared on what; owns the models that the contenders point to.
struct Material {
    Dataset nodes, test;
    std::optional<Dataset> regular;
    std::unique_ptr<emulate::Emulator> network;
    std::vector<std::unique_ptr<emulate::Emulator>> learned;
    std::optional<Through> through;
    std::vector<std::unique_ptr<Model>> models;
    Provenance provenance;
    std::string grid_checksum;
    bool beyond = false;  ///< test models may lie outside of the nodes, though inside the declared range
    /// Learned models of the whole grid in random order, for shares of them: rows of `nodes`.
    std::vector<std::size_t> order{};
    std::size_t grid_size = 0;  ///< models of the grid, learned and held out
};

/// Names of all methods, in the order of the table.
[[nodiscard]] std::vector<std::string> method_names();
/// True where the method is a network that is learned in the comparison.
[[nodiscard]] bool is_network(const std::string& method);

/// Every method that was asked for, made from `nodes`; what fails for want of usable models says so in its note.
[[nodiscard]] std::vector<explain::Contender> contenders_of(const CompareCall& call, const Dataset& nodes,
                                                            Material& material, Context& context);

/// Takes held-out models out of `material.nodes` as --split says. Throws InputError where it says nothing that can be
/// done.
void split_grid(Material& material, const CompareCall& call, const Context& context);

/// Refuses files before the work starts whose name is no format or that exist.
void check_compare_outputs(const CompareCall& call, const Context& context);
/// The table, the page and the pictures that were asked for, and what is printed.
void put_comparison(const CompareCall& call, const explain::Comparison& comparison, const Provenance& provenance,
                    const Context& context);

}  // namespace ism::app
