#include "compare_networks.hpp"

#include <ism/train/train.hpp>

namespace ism::app {

void require_learning(const Context&) {}

LearnedNetwork learn_network(const NetworkKind& kind, const Dataset& nodes, double budget, Context& context) {
    train::TrainConfig config = train::defaults_for(nodes.info, nodes.size());
    if (kind.depth > 0) {
        config.order = kind.order;
        config.growth = kind.growth;
        config.depth = kind.depth;
        config.loss = kind.robust ? train::Loss::huber : train::Loss::square;
    }
    config.seed = context.seed;
    config.threads = context.threads == 0 ? 1 : context.threads;
    config.budget = budget;
    if (budget > 0.0) {  // all of it: the rate falls with the clock
        config.epochs = 1000000;
        config.patience = 0;
    }
    config.test = 0.0;
    train::Training training = train::train(nodes, config, *context.progress);
    return {std::move(training.emulator), training.report.seconds};
}

}  // namespace ism::app
