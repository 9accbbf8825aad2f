#include <ism/infer/population.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include <ism/base/errors.hpp>
#include <ism/base/parallel.hpp>

namespace ism::infer {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr std::uint64_t population_stream = std::uint64_t{1} << 33;  // apart from those of chains and starts

// Chains stick where the mixture is too thin. A part of it stands for the posterior with its likelihood to this power:
// wider, along the same bends.
constexpr double tempered = 0.4;
constexpr double share_of_tempered = 0.15;

/// ln(exp(a) + exp(b)) - ln 2.
double log_mean(double a, double b) {
    const double larger = std::max(a, b);
    return larger == -infinity ? larger : larger + std::log(0.5 * (1 + std::exp(std::min(a, b) - larger)));
}

[[noreturn]] void give_up(const std::string& found) {
    throw NumericalError({.where = "population",
                          .found = found,
                          .next = "check the units of the data and the ranges of the priors, or --sampler nuts"});
}

}  // namespace

/// One generation of points and what is known of them.
struct Population::Generation {
    std::size_t dimension;
    std::vector<double> z;                                       // (N x D)
    std::vector<double> log_likelihood, log_prior, log_density;  // (N); log_density: of what they were drawn from
    std::vector<double> weights;                                 // (N) of sum 1, at the power last asked for
    double log_mean_weight = -infinity;

    Generation(std::size_t size, std::size_t d)
        : dimension(d), z(size * d), log_likelihood(size), log_prior(size), log_density(size), weights(size) {}

    [[nodiscard]] std::size_t size() const { return weights.size(); }
    [[nodiscard]] std::span<double> point(std::size_t i) { return std::span(z).subspan(i * dimension, dimension); }

    void evaluate(PosteriorTarget& target) {
        target.log_likelihoods_and_priors(z, log_likelihood, log_prior);
        for (double& value : log_likelihood) {
            if (!(value < infinity)) value = -infinity;  // NaN too: the model has no answer
        }
    }

    /// Weights towards prior x likelihood^power; returns the fraction of the points that count.
    double weigh(double power) {
        const auto log_weight = [&](std::size_t i) {
            const double seen = power > 0 ? power * log_likelihood[i] : 0;
            return log_prior[i] + seen - log_density[i];
        };
        double largest = -infinity, sum = 0, squares = 0;
        for (std::size_t i = 0; i < size(); ++i) largest = std::max(largest, weights[i] = log_weight(i));
        if (largest == -infinity) return 0;
        for (double& weight : weights) {
            weight = std::exp(weight - largest);
            sum += weight;
            squares += weight * weight;
        }
        for (double& weight : weights) weight /= sum;
        log_mean_weight = largest + std::log(sum / static_cast<double>(size()));
        return sum * sum / squares / static_cast<double>(size());
    }

    /// Weights at the largest power from `reached` to 1 at which `wanted` of the points still count; that power.
    double let_in(double reached, double wanted) {
        constexpr int halvings = 30;
        if (weigh(1) >= wanted) return 1;
        double low = reached, high = 1;
        for (int i = 0; i < halvings && high - low > 1e-3 * low; ++i) {
            // powers are small at first: the middle of their logarithms, once there is one
            const double middle = low > 0 ? std::sqrt(low * high) : high / 16;
            (weigh(middle) >= wanted ? low : high) = middle;
        }
        weigh(low);
        return low;
    }
};

Population::Population(PosteriorTarget& target, const Mixture& guess, const PopulationOptions& options)
    : target_(target), options_(options), random_(options.seed, population_stream), mixture_(guess) {
    if (options.size < 100 || options.components == 0)
        throw InputError({.where = "population", .allowed = "at least 100 points and one component"});
    let_the_data_in(guess);
}

Population::~Population() = default;

/// The first generation is half from the prior, half from the guess.
void Population::let_the_data_in(const Mixture& guess) {
    Generation points(2 * options_.size, target_.dimension());
    for (std::size_t i = 0; i < points.size(); ++i) {
        i % 2 == 0 ? target_.draw_prior(random_, points.point(i)) : guess.draw(random_, points.point(i));
    }
    points.evaluate(target_);
    guess.log_densities(points.z, points.log_density);
    for (std::size_t i = 0; i < points.size(); ++i)
        points.log_density[i] = log_mean(points.log_density[i], points.log_prior[i]);
    evaluations_ += points.size();
    if (std::none_of(points.log_likelihood.begin(), points.log_likelihood.end(),
                     [](double value) { return std::isfinite(value); }))
        give_up("the likelihood is finite nowhere in the prior");
    double power = points.let_in(0, options_.effective);
    for (std::size_t made = 1; power < 1; ++made) {
        throw_if_stopped();
        if (made == options_.generations)
            give_up("after " + std::to_string(made) + " generations not all the data were let in");
        mixture_ = mixture_of(points.z, points.weights, target_.dimension(), options_.components, random_);
        points = draw(options_.size);
        power = points.let_in(power, options_.effective);
    }
    keep(points);
    adapt();
}

Population::Generation Population::draw(std::size_t size) {
    Generation points(size, target_.dimension());
    for (std::size_t i = 0; i < size; ++i) mixture_.draw(random_, points.point(i));
    points.evaluate(target_);
    mixture_.log_densities(points.z, points.log_density);
    evaluations_ += size;
    return points;
}

void Population::keep(Generation points) {
    const double counting = points.weigh(1);
    const auto size = static_cast<double>(points.size());
    if (2 * points.size() >= evidence_points_) {  // the few that NUTS begins at know less
        evidence_points_ = points.size();
        log_evidence_ = counting > 0 ? points.log_mean_weight : std::nan("");
        log_evidence_error_ = counting > 0 ? std::sqrt((1 / counting - 1) / size) : std::nan("");
    }
    last_ = std::make_unique<Generation>(std::move(points));
}

void Population::adapt() {
    const auto mixture_at = [&](double power, std::size_t components) {
        last_->weigh(power);
        return mixture_of(last_->z, last_->weights, target_.dimension(), components, random_);
    };
    mixture_ = mixture_at(1, options_.components);
    mixture_.add(mixture_at(tempered, (options_.components + 1) / 2), share_of_tempered);
}

Draws Population::chains(std::size_t chains, std::size_t draws, std::size_t thin) {
    throw_if_stopped();
    const std::size_t d = target_.dimension(), thrown_away = thin * draws / 10, tried = thrown_away + thin * draws;
    keep(draw(chains * tried));
    const Generation& points = *last_;
    const auto log_weight = [&](std::size_t i) {
        return points.log_likelihood[i] + points.log_prior[i] - points.log_density[i];
    };
    Draws kept(chains, draws, d);
    kept.evaluations = chains * tried;
    for (std::size_t c = 0; c < chains; ++c) {
        std::size_t at = c * tried;
        for (std::size_t i = 0; i < tried; ++i) {
            const std::size_t next = c * tried + i;
            // from a place that the posterior does not allow, every proposal is a way out
            const double gain = log_weight(at) == -infinity ? 0 : log_weight(next) - log_weight(at);
            if (gain >= 0 || random_.uniform() < std::exp(gain)) at = next;
            if (i < thrown_away || (i - thrown_away) % thin != 0) continue;
            if (log_weight(at) == -infinity) give_up("a chain found no place where the likelihood is finite");
            const std::size_t draw = (i - thrown_away) / thin;
            std::copy_n(points.z.data() + at * d, d, kept.position(c, draw).begin());
            kept.log_density[c * draws + draw] = points.log_likelihood[at] + points.log_prior[at];
            kept.statistics[c * draws + draw] = {.acceptance = std::min(1.0, std::exp(gain)), .leapfrogs = 1};
        }
    }
    return kept;
}

}  // namespace ism::infer
