#include <ism/infer/nuts.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include <ism/base/errors.hpp>
#include <ism/base/parallel.hpp>
#include <ism/base/random.hpp>

#include "infer/whitening.hpp"

namespace ism::infer {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double divergence = 1000;        // energy error that no step of use makes (Stan's)
constexpr std::size_t dense_up_to = 12;    // dimensions; above, a window has too few draws for a covariance
constexpr std::size_t fewest_warmup = 20;  // below, Stan's windows make no sense

double dot(std::span<const double> a, std::span<const double> b) noexcept {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    return sum;
}

/// ln(exp(a) + exp(b)).
double log_sum(double a, double b) noexcept {
    const double larger = std::max(a, b), smaller = std::min(a, b);
    return larger == -infinity ? larger : larger + std::log1p(std::exp(smaller - larger));
}

/// A place in phase space, in whitened coordinates.
struct State {
    explicit State(std::size_t dimension) : y(dimension), momentum(dimension), gradient(dimension) {}
    std::vector<double> y, momentum, gradient;
    double log_density = -infinity;

    [[nodiscard]] double energy() const noexcept { return 0.5 * dot(momentum, momentum) - log_density; }
};

/// A place that may become the draw.
struct Proposal {
    explicit Proposal(std::size_t dimension) : y(dimension), gradient(dimension) {}
    std::vector<double> y, gradient;
    double log_density = -infinity;

    void take(const State& state) noexcept {
        std::copy(state.y.begin(), state.y.end(), y.begin());
        std::copy(state.gradient.begin(), state.gradient.end(), gradient.begin());
        log_density = state.log_density;
    }
};

/// A piece of trajectory, from its `begin` to its `end` in the order in which it was made.
struct Piece {
    explicit Piece(std::size_t dimension) : begin(dimension), end(dimension), momenta(dimension), proposal(dimension) {}
    std::vector<double> begin, end;  ///< momenta at the ends
    std::vector<double> momenta;     ///< sum of all momenta
    double log_weight = -infinity;   ///< ln of the sum of exp(H0 - H)
    Proposal proposal;
};

/// Step size by dual averaging (Hoffman & Gelman 2014, eq. 6; constants of their section 3.2.1).
class StepAdaptation {
public:
    explicit StepAdaptation(double target) : target_(target) {}
    void restart(double step) noexcept { shrinkage_ = std::log(10 * step), error_ = 0, log_mean_ = 0, count_ = 0; }
    [[nodiscard]] double learn(double acceptance) noexcept {
        const auto t = static_cast<double>(++count_);
        error_ += (target_ - acceptance - error_) / (t + 10);
        const double log_step = shrinkage_ - std::sqrt(t) / 0.05 * error_;
        const double weight = std::pow(t, -0.75);
        log_mean_ = weight * log_step + (1 - weight) * log_mean_;
        return std::exp(log_step);
    }
    [[nodiscard]] double mean() const noexcept { return std::exp(log_mean_); }

private:
    double target_, shrinkage_ = 0, error_ = 0, log_mean_ = 0;
    std::size_t count_ = 0;
};

/// Stan's plan of warm-up: 75 draws to arrive, windows of 25, 50, 100 ... draws for the metric, 50 draws for the last
/// step size; in proportion 15 : 75 : 10 where there are fewer than 150.
class Windows {
public:
    explicit Windows(std::size_t warmup) {
        const bool full = warmup >= 150;
        first_ = full ? 75 : warmup * 15 / 100;
        last_ = warmup - (full ? 50 : warmup / 10);
        std::size_t size = full ? 25 : last_ - first_, end = first_ + size;
        while (end < last_) {
            const bool next_would_not_fit = end + 2 * size + 4 * size >= last_;
            ends_.push_back(end);
            size *= 2;
            end = next_would_not_fit ? last_ : end + size;
        }
        ends_.push_back(last_);
    }
    [[nodiscard]] bool collects(std::size_t draw) const noexcept { return draw >= first_ && draw < last_; }
    [[nodiscard]] bool ends_after(std::size_t draw) const noexcept {
        return std::find(ends_.begin(), ends_.end(), draw + 1) != ends_.end();
    }

private:
    std::size_t first_, last_;
    std::vector<std::size_t> ends_;
};

class Chain {
public:
    Chain(const Target& target, const NutsOptions& options, std::span<const double> covariance, const Mixture* jumps,
          std::size_t index)
        : target_(target.clone()),
          jumps_(jumps),
          dimension_(target.dimension()),
          options_(options),
          random_(options.seed, index),
          whitening_(dimension_, options.metric == Metric::dense ||
                                     (options.metric == Metric::automatic && dimension_ <= dense_up_to)),
          running_(dimension_),
          z_(dimension_),
          proposed_(dimension_),
          unused_(dimension_),
          current_(dimension_),
          cursor_(dimension_),
          tree_(dimension_),
          branch_(dimension_),
          extra_(dimension_) {
        for (unsigned depth = 0; depth < options.max_depth; ++depth) scratch_.emplace_back(dimension_);
        if (!covariance.empty()) whitening_.set_covariance(covariance);
    }

    void run(std::span<const double> start, Draws& draws, std::size_t index) {
        begin_at(start);
        warm_up();
        for (std::size_t draw = 0; draw < options_.draws; ++draw) {
            throw_if_stopped();
            const DrawStatistics statistics = transition();
            jump();
            const std::size_t at = index * draws.length + draw;
            whitening_.to_z(current_.y, draws.position(index, draw));
            draws.log_density[at] = current_.log_density;
            draws.statistics[at] = statistics;
        }
        draws.step_size[index] = step_;
    }

    [[nodiscard]] std::size_t evaluations() const noexcept { return evaluations_; }

private:
    void evaluate(State& state) {
        ++evaluations_;
        whitening_.to_z(state.y, z_);
        state.log_density = target_->log_density(z_, state.gradient);
        whitening_.pull_back(state.gradient);
    }

    /// Puts the origin of y at z, where the chain now stands.
    void begin_at(std::span<const double> z) {
        whitening_.set_centre(z);
        std::fill(current_.y.begin(), current_.y.end(), 0.0);
        evaluate(current_);
        if (!std::isfinite(current_.log_density))
            throw NumericalError({.where = "NUTS",
                                  .found = "the density at the start of a chain is not finite",
                                  .next = "start elsewhere, as near the best fit"});
    }

    /// A Metropolis step that proposes from the mixture, whatever the place the chain is at.
    void jump() {
        if (jumps_ == nullptr) return;
        jumps_->draw(random_, proposed_);
        whitening_.to_z(current_.y, z_);
        double here = 0, there = 0;
        jumps_->log_densities(z_, {&here, 1});
        jumps_->log_densities(proposed_, {&there, 1});
        ++evaluations_;
        const double gain = target_->log_density(proposed_, unused_) - there - (current_.log_density - here);
        if (gain >= 0 || random_.uniform() < std::exp(gain)) begin_at(proposed_);
    }

    void draw_momentum(State& state) {
        for (double& p : state.momentum) p = random_.normal();
    }

    void leapfrog(State& state, double step) {
        for (std::size_t i = 0; i < dimension_; ++i) {
            state.momentum[i] += 0.5 * step * state.gradient[i];
            state.y[i] += step * state.momentum[i];
        }
        evaluate(state);
        for (std::size_t i = 0; i < dimension_; ++i) state.momentum[i] += 0.5 * step * state.gradient[i];
    }

    /// Doubles or halves the step until one leapfrog is accepted with a probability across 0.8 (their algorithm 4).
    void search_step() {
        const auto gain = [&] {
            cursor_ = current_;
            draw_momentum(cursor_);
            const double before = cursor_.energy();
            leapfrog(cursor_, step_);
            const double change = before - cursor_.energy();
            return std::isfinite(change) ? change : -infinity;
        };
        const double wanted = std::log(0.8);
        const bool grow = gain() > wanted;
        for (int i = 0; i < 60; ++i) {
            step_ *= grow ? 2 : 0.5;
            if ((gain() > wanted) != grow) return;
        }
    }

    void warm_up() {
        const Windows windows(options_.warmup);
        StepAdaptation adaptation(options_.target_acceptance);
        search_step();
        adaptation.restart(step_);
        for (std::size_t draw = 0; draw < options_.warmup; ++draw) {
            throw_if_stopped();
            step_ = adaptation.learn(transition().acceptance);
            jump();
            whitening_.to_z(current_.y, z_);
            if (windows.collects(draw)) running_.add(z_);
            if (!windows.ends_after(draw)) continue;
            if (running_.count() > 1) whitening_.adapt(running_.covariance(), running_.count());
            running_.clear();
            const std::vector<double> here = z_;
            begin_at(here);
            search_step();
            adaptation.restart(step_);
        }
        step_ = adaptation.mean();
    }

    /// One draw: doubles the trajectory, forward or backward by chance, until it turns.
    DrawStatistics transition() {
        draw_momentum(current_);
        begin_tree();
        DrawStatistics statistics{.energy = energy_};
        leapfrogs_ = 0, acceptance_sum_ = 0, divergent_ = false;
        while (statistics.depth < options_.max_depth) {
            const unsigned side = random_.uniform() < 0.5 ? 0 : 1;
            if (side != tree_side_) std::swap(tree_.begin, tree_.end), tree_side_ = side;
            std::swap(cursor_, ends_[side]);
            const bool whole = grow(statistics.depth, side == 1 ? step_ : -step_, branch_);
            std::swap(cursor_, ends_[side]);
            if (!whole) break;
            ++statistics.depth;
            if (!join(tree_, branch_, Choice::favour_new)) break;
        }
        std::swap(current_.y, tree_.proposal.y);
        std::swap(current_.gradient, tree_.proposal.gradient);
        current_.log_density = tree_.proposal.log_density;
        statistics.leapfrogs = leapfrogs_;
        statistics.acceptance = acceptance_sum_ / std::max(1U, leapfrogs_);
        statistics.divergent = divergent_;
        return statistics;
    }

    void begin_tree() {
        energy_ = current_.energy();
        ends_[0] = ends_[1] = current_;
        tree_.begin = tree_.end = tree_.momenta = current_.momentum;
        tree_.log_weight = 0;
        tree_.proposal.take(current_);
        tree_side_ = 1;
    }

    /// Appends 2^depth steps at cursor_, as one piece; false where it diverges or turns within itself.
    bool grow(unsigned depth, double step, Piece& piece) {
        if (depth == 0) return grow_leaf(step, piece);
        if (!grow(depth - 1, step, piece)) return false;
        Piece& second = scratch_[depth - 1];
        return grow(depth - 1, step, second) && join(piece, second, Choice::by_weight);
    }

    bool grow_leaf(double step, Piece& piece) {
        leapfrog(cursor_, step);
        ++leapfrogs_;
        double gain = energy_ - cursor_.energy();  // ln of the weight
        if (!std::isfinite(gain)) gain = -infinity;
        acceptance_sum_ += std::min(1.0, std::exp(gain));
        piece.begin = piece.end = piece.momenta = cursor_.momentum;
        piece.log_weight = gain;
        piece.proposal.take(cursor_);
        divergent_ = divergent_ || gain < -divergence;
        return gain >= -divergence;
    }

    enum class Choice { by_weight, favour_new };

    /// Puts `second` at the end of `first`; false where the whole, or a half with the seam, turns.
    bool join(Piece& first, Piece& second, Choice choice) {
        const double total = log_sum(first.log_weight, second.log_weight);
        const double odds = second.log_weight - (choice == Choice::favour_new ? first.log_weight : total);
        if (odds >= 0 || random_.uniform() < std::exp(odds)) std::swap(first.proposal, second.proposal);
        first.log_weight = total;

        bool on = true;
        for (std::size_t i = 0; i < dimension_; ++i) extra_[i] = first.momenta[i] + second.begin[i];
        on = on && goes_on(first.begin, second.begin, extra_);
        for (std::size_t i = 0; i < dimension_; ++i) extra_[i] = second.momenta[i] + first.end[i];
        on = on && goes_on(first.end, second.end, extra_);
        for (std::size_t i = 0; i < dimension_; ++i) first.momenta[i] += second.momenta[i];
        on = on && goes_on(first.begin, second.end, first.momenta);
        std::swap(first.end, second.end);
        return on;
    }

    /// Do both ends still move apart?
    static bool goes_on(std::span<const double> begin, std::span<const double> end,
                        std::span<const double> momenta) noexcept {
        return dot(begin, momenta) > 0 && dot(end, momenta) > 0;
    }

    std::unique_ptr<Target> target_;
    const Mixture* jumps_;
    std::size_t dimension_;
    NutsOptions options_;
    Random random_;
    Whitening whitening_;
    RunningCovariance running_;
    double step_ = 1;
    std::size_t evaluations_ = 0;
    std::vector<double> z_;
    std::vector<double> proposed_, unused_;  // of jump

    State current_;                                                    // where the chain stands
    State cursor_;                                                     // end of the trajectory that is being grown
    std::array<State, 2> ends_{State(dimension_), State(dimension_)};  // backward and forward end of the trajectory
    Piece tree_;                                                       // the trajectory; its `end` is on tree_side_
    Piece branch_;                                                     // what is about to be put at one end of it
    std::vector<Piece> scratch_;                                       // second halves, one for each depth
    std::vector<double> extra_;
    unsigned tree_side_ = 1;  // 0 backward, 1 forward
    double energy_ = 0;       // of the first point of the trajectory
    unsigned leapfrogs_ = 0;
    double acceptance_sum_ = 0;
    bool divergent_ = false;
};

void check_options(const Target& target, std::span<const double> starts, const NutsOptions& options,
                   std::span<const double> covariance) {
    const auto refuse = [](const std::string& found, const std::string& allowed) {
        throw InputError({.where = "NUTS", .found = found, .allowed = allowed, .effect = "nothing was sampled"});
    };
    const std::size_t d = target.dimension();
    if (options.chains == 0 || options.draws == 0) refuse("no chains or no draws", "at least one of each");
    if (options.warmup < fewest_warmup)
        refuse("warm-up of " + std::to_string(options.warmup) + " draws",
               "at least " + std::to_string(fewest_warmup) + "; 1000 unless you know better");
    if (!(options.target_acceptance > 0 && options.target_acceptance < 1))
        refuse("target acceptance " + std::to_string(options.target_acceptance), "between 0 and 1; 0.8 as a rule");
    if (options.max_depth == 0 || options.max_depth > 20)
        refuse("depth " + std::to_string(options.max_depth), "1 .. 20; 10 as a rule");
    if (starts.size() != options.chains * d)
        refuse(std::to_string(starts.size()) + " numbers as starts", std::to_string(options.chains * d));
    if (!covariance.empty() && covariance.size() != d * d)
        refuse("a covariance of " + std::to_string(covariance.size()) + " numbers", std::to_string(d * d));
}

}  // namespace

Draws nuts(const Target& target, std::span<const double> starts, const NutsOptions& options,
           std::span<const double> covariance, const Mixture* jumps) {
    check_options(target, starts, options, covariance);
    const std::size_t d = target.dimension();
    Draws draws(options.chains, options.draws, d);
    draws.step_size.resize(options.chains);
    std::vector<std::size_t> evaluations(options.chains);
    parallel_for(options.chains, [&](std::size_t c) {
        Chain chain(target, options, covariance, jumps, c);
        chain.run(starts.subspan(c * d, d), draws, c);
        evaluations[c] = chain.evaluations();
    });
    draws.evaluations = std::accumulate(evaluations.begin(), evaluations.end(), std::size_t{0});
    return draws;
}

}  // namespace ism::infer
