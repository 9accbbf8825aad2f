#pragma once
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

/// Learns `nodes`, of which no part is kept for a test, within `budget` seconds.
[[nodiscard]] LearnedNetwork learn_network(const Dataset& nodes, double budget, Context& context);

}  // namespace ism::app
