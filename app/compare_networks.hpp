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

/// A kind of network that `compare` can learn.
struct NetworkKind {
    const char *name, *title;
    std::size_t order;  ///< of the polynomial it begins with
    double growth;      ///< of its layers; 0: layers of one width
    std::size_t depth;
};

/// "network" is what `train` learns by default; the others are those of Palud et al. 2023,
/// doi:10.1051/0004-6361/202347074, learned the same way.
inline constexpr NetworkKind network_kinds[] = {
    {"network", "neural network", 1, 0.0, 4},
    {"network-polynomial", "network on a polynomial", 3, 0.0, 4},
    {"network-dense", "growing network", 1, 0.5, 9},
    {"network-polynomial-dense", "growing network on a polynomial", 3, 0.5, 6}};

/// Learns `nodes`, of which no part is kept for a test, within `budget` seconds.
[[nodiscard]] LearnedNetwork learn_network(const NetworkKind& kind, const Dataset& nodes, double budget,
                                           Context& context);

}  // namespace ism::app
