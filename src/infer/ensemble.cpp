#include <ism/infer/ensemble.hpp>

#include <algorithm>
#include <cmath>

#include <ism/base/errors.hpp>
#include <ism/base/parallel.hpp>
#include <ism/base/random.hpp>

namespace ism::infer {
namespace {

void check_options(std::size_t d, std::span<const double> starts, const EnsembleOptions& options) {
    const auto refuse = [](const std::string& found, const std::string& allowed) {
        throw InputError({.where = "ensemble", .found = found, .allowed = allowed, .effect = "nothing was sampled"});
    };
    if (options.walkers % 2 != 0 || options.walkers <= 2 * d)
        refuse(std::to_string(options.walkers) + " walkers in " + std::to_string(d) + " dimensions",
               "an even number above " + std::to_string(2 * d));
    if (options.draws == 0 || options.thin == 0) refuse("no draws, or thin = 0", "at least 1 of each");
    if (!(options.stretch > 1) || !std::isfinite(options.stretch))
        refuse("stretch " + std::to_string(options.stretch), "a number above 1; 2 as a rule");
    if (starts.size() != options.walkers * d)
        refuse(std::to_string(starts.size()) + " numbers as starts", std::to_string(options.walkers * d));
}

class Ensemble {
public:
    Ensemble(Target& target, std::span<const double> starts, const EnsembleOptions& options)
        : target_(target),
          options_(options),
          dimension_(target.dimension()),
          half_(options.walkers / 2),
          positions_(starts.begin(), starts.end()),
          log_density_(options.walkers),
          accepted_(options.walkers),
          proposals_(half_ * dimension_),
          proposed_density_(half_),
          stretches_(half_),
          thresholds_(half_) {
        target_.log_densities(positions_, log_density_);
        if (!std::all_of(log_density_.begin(), log_density_.end(), [](double p) { return std::isfinite(p); }))
            throw NumericalError({.where = "ensemble",
                                  .found = "the density at the start of a walker is not finite",
                                  .next = "start elsewhere, as near the best fit"});
    }

    /// Moves every walker once.
    void move() {
        for (const std::size_t first : {std::size_t{0}, half_}) move_half(first);
        ++moves_;
    }

    void forget_acceptance() { std::fill(accepted_.begin(), accepted_.end(), 0U); }

    void keep(Draws& draws, std::size_t draw) {
        for (std::size_t w = 0; w < options_.walkers; ++w) {
            std::copy_n(walker(w), dimension_, draws.position(w, draw).begin());
            draws.log_density[w * draws.length + draw] = log_density_[w];
            draws.statistics[w * draws.length + draw] = {
                .acceptance = static_cast<double>(accepted_[w]) / static_cast<double>(options_.thin), .leapfrogs = 1};
        }
        forget_acceptance();
    }

private:
    double* walker(std::size_t w) { return positions_.data() + w * dimension_; }

    void move_half(std::size_t first) {
        const std::size_t others = half_ - first;  // the other half begins at half_ or at 0
        for (std::size_t i = 0; i < half_; ++i) {
            Random random(options_.seed, moves_ * options_.walkers + first + i);
            const double* partner = walker(others + random.below(half_));
            // inverse of the cumulative distribution of 1 / sqrt(z) on 1/a .. a
            const double root = 1 + random.uniform() * (options_.stretch - 1);
            stretches_[i] = root * root / options_.stretch;
            thresholds_[i] = std::log(random.uniform());
            for (std::size_t d = 0; d < dimension_; ++d)
                proposals_[i * dimension_ + d] = partner[d] + stretches_[i] * (walker(first + i)[d] - partner[d]);
        }
        target_.log_densities(proposals_, proposed_density_);
        for (std::size_t i = 0; i < half_; ++i) {
            const double gain = static_cast<double>(dimension_ - 1) * std::log(stretches_[i]) + proposed_density_[i] -
                                log_density_[first + i];
            if (!(thresholds_[i] < gain)) continue;  // NaN stays
            std::copy_n(proposals_.data() + i * dimension_, dimension_, walker(first + i));
            log_density_[first + i] = proposed_density_[i];
            ++accepted_[first + i];
        }
    }

    Target& target_;
    const EnsembleOptions& options_;
    std::size_t dimension_, half_;
    std::size_t moves_ = 0;
    std::vector<double> positions_, log_density_;  // (walkers x D), (walkers)
    std::vector<unsigned> accepted_;               // (walkers) since the last draw that was kept
    std::vector<double> proposals_, proposed_density_, stretches_, thresholds_;  // of one half
};

}  // namespace

Draws ensemble(Target& target, std::span<const double> starts, const EnsembleOptions& options) {
    check_options(target.dimension(), starts, options);
    Ensemble walkers(target, starts, options);
    for (std::size_t step = 0; step < options.warmup; ++step) walkers.move();
    walkers.forget_acceptance();
    Draws draws(options.walkers, options.draws, target.dimension());
    for (std::size_t draw = 0; draw < options.draws; ++draw) {
        throw_if_stopped();
        for (std::size_t i = 0; i < options.thin; ++i) walkers.move();
        walkers.keep(draws, draw);
    }
    draws.evaluations = options.walkers * (1 + options.warmup + options.draws * options.thin);
    return draws;
}

}  // namespace ism::infer
