#include <ism/train/split.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>

#include <ism/base/errors.hpp>
#include <ism/base/random.hpp>
#include <ism/base/text.hpp>

namespace ism::train {
namespace {

constexpr std::uint64_t split_stream = 0x73706c6974;  // "split": a stream of random numbers of its own

void check_shares(double validation, double test) {
    for (const auto& [name, share] : {std::pair{"--validation", validation}, std::pair{"--test", test}}) {
        if (!(share >= 0 && share < 1)) {
            throw InputError({.where = name, .found = to_text(share, 4), .allowed = "a share of the models, 0 .. 1"});
        }
    }
    if (!(validation + test < 1)) {
        throw InputError({.where = "--validation and --test",
                          .found = "together they take " + to_text(validation + test, 4) + " of the models",
                          .allowed = "less than all: training needs the rest"});
    }
}

/// A part that has a share holds at least one model.
std::size_t count_of(double share, std::size_t models) {
    if (share == 0) return 0;
    return std::max<std::size_t>(1, static_cast<std::size_t>(std::llround(share * static_cast<double>(models))));
}

}  // namespace

Split split(const Dataset& dataset, double validation, double test, std::uint64_t seed) {
    check_shares(validation, test);
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < dataset.size(); ++i) {
        if (dataset.done(i)) order.push_back(i);
    }
    const std::size_t tested = count_of(test, order.size()), judged = count_of(validation, order.size());
    if (order.size() < tested + judged + 2) {
        throw InputError(
            {.where = "dataset",
             .found = std::to_string(order.size()) + " models that did not fail, of " + std::to_string(dataset.size()),
             .allowed = "at least " + std::to_string(tested + judged + 2) + " for this split",
             .next = "compute more models: ismulate grid --size"});
    }
    Random random(seed, split_stream);
    shuffle(order, random);
    const auto at = [&](std::size_t i) { return order.begin() + static_cast<std::ptrdiff_t>(i); };
    Split parts{.training = {at(tested + judged), order.end()},
                .validation = {at(tested), at(tested + judged)},
                .test = {at(0), at(tested)}};
    for (auto* part : {&parts.training, &parts.validation, &parts.test}) std::sort(part->begin(), part->end());
    return parts;
}

}  // namespace ism::train
