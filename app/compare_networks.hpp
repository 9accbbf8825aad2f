#pragma once
#include <cstddef>

#include <ism/base/dataset.hpp>
#include <ism/emulate/emulator_file.hpp>

#include "context.hpp"

namespace ism::app {

/// A network that was learned for a comparison, and how long that took by the clock.
struct LearnedNetwork {
    emulate::EmulatorRecord record;
    double seconds = 0.0;
};

/// Comes back where networks can be learned in this program; `ismulate` becomes ismulate-train, which can, or throws
/// MachineError where this build has none.
void require_learning(const Context& context);

/// A kind of network that `compare` can learn; what is not said is as `train` has it by default.
struct NetworkKind {
    const char *name, *title;
    std::size_t order;  ///< of the polynomial it begins with
    double growth;      ///< of its layers; 0: layers of one width
    std::size_t depth;
    bool robust;          ///< learned with the Huber loss, else with the square
    const char* letters;  ///< of Palud et al. 2023
};

/// "network" is what `train` learns by default (for lines R, of fewer than 4000 models R+O+P); the others are those of
/// Palud et al. 2023, doi:10.1051/0004-6361/202347074: regression, with a robust loss for outliers (O), on a polynomial
/// (P), with dense, growing layers (D).
inline constexpr NetworkKind network_kinds[] = {
    {"network", "neural network", 0, 0.0, 0, true, "R+O+P"},
    {"network-plain", "plain network", 1, 0.0, 4, false, "R"},
    {"network-robust", "network, robust loss", 1, 0.0, 4, true, "R+O"},
    {"network-polynomial", "network on a polynomial, square loss", 3, 0.0, 4, false, "R+P"},
    {"network-dense", "growing network", 1, 0.5, 9, true, "R+O+D"},
    {"network-polynomial-dense", "growing network on a polynomial", 3, 0.5, 6, true, "R+O+P+D"}};

/// Learns `nodes`, of which no part is kept for a test, within `budget` seconds.
[[nodiscard]] LearnedNetwork learn_network(const NetworkKind& kind, const Dataset& nodes, double budget,
                                           Context& context);

}  // namespace ism::app
