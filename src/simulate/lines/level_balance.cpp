// Compiled once per instruction set: Highway includes this file again for each (foreach_target.h).
#undef HWY_TARGET_INCLUDE
// NOLINTNEXTLINE(cppcoreguidelines-macro-usage)
#define HWY_TARGET_INCLUDE "simulate/lines/level_balance.cpp"
// The groups of clouds need the number of lanes at compile time.
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SSE4 | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#include <ism/simulate/lines/level_balance.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <utility>

#include <ism/base/errors.hpp>

// clang-format off: the order matters
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
#include <hwy/contrib/math/math-inl.h>
// clang-format on

// NOLINTBEGIN(misc-use-internal-linkage): a namespace for each instruction set keeps them apart
HWY_BEFORE_NAMESPACE();
namespace ism::simulate::lines::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Doubles = hn::CappedTag<double, 8>;
using V = hn::Vec<Doubles>;
constexpr std::size_t lanes = hn::MaxLanes(Doubles());
constexpr Doubles d;

V constant(double value) { return hn::Set(d, value); }
V blend(V weight, V from, V to) { return hn::MulAdd(weight, hn::Sub(to, from), from); }

struct EscapeV {
    V probability, slope;
};

/// sum of c_k (-x)^k over `coefficients` and its derivative.
template <std::size_t N>
EscapeV alternating_series(const std::array<double, N>& coefficients, V x) {
    const V minus = hn::Neg(x);
    V sum = constant(coefficients[N - 1]), slope = hn::Zero(d);
    for (std::size_t k = N - 1; k-- > 0;) {
        slope = hn::MulAdd(slope, minus, sum);
        sum = hn::MulAdd(sum, minus, constant(coefficients[k]));
    }
    return {sum, hn::Neg(slope)};
}

EscapeV choose(hn::Mask<Doubles> first, EscapeV a, EscapeV b) {
    return {hn::IfThenElse(first, a.probability, b.probability), hn::IfThenElse(first, a.slope, b.slope)};
}

constexpr std::array<double, 16> decay_coefficients = [] {  // 1 / (k + 1)!
    std::array<double, 16> c{};
    double value = 1.0;
    for (std::size_t k = 0; k < c.size(); ++k) c[k] = value /= static_cast<double>(k + 1);
    return c;
}();
constexpr std::array<double, 18> sphere_coefficients = [] {  // 3 (k + 2) / (k + 3)!
    std::array<double, 18> c{};
    double factorial = 2.0;
    for (std::size_t k = 0; k < c.size(); ++k) {
        factorial *= static_cast<double>(k + 3);
        c[k] = 3.0 * static_cast<double>(k + 2) / factorial;
    }
    return c;
}();

/// (1 - exp(-y)) / y and its derivative.
EscapeV mean_of_decay(V y) {
    const auto small = hn::Lt(hn::Abs(y), constant(1.0));
    const V safe = hn::IfThenElse(small, constant(1.0), y), e = hn::Exp(d, hn::Neg(safe));
    const V value = hn::Div(hn::Sub(constant(1.0), e), safe);
    return choose(small, alternating_series(decay_coefficients, y), {value, hn::Div(hn::Sub(e, value), safe)});
}

EscapeV sphere(V tau) {
    const auto small = hn::Lt(hn::Abs(tau), constant(1.0));
    const V safe = hn::IfThenElse(small, constant(1.0), tau), u = hn::Div(constant(1.0), safe), uu = hn::Mul(u, u);
    const V e = hn::Exp(d, hn::Neg(safe)), two = constant(2.0), three = constant(3.0), nine = constant(9.0);
    const V value = hn::Mul(hn::Mul(constant(1.5), u),
                            hn::MulAdd(hn::Mul(two, hn::Add(u, uu)), e, hn::NegMulAdd(two, uu, constant(1.0))));
    const V falling = hn::MulAdd(nine, uu, hn::MulAdd(nine, u, three));
    const V slope = hn::Mul(uu, hn::NegMulAdd(e, falling, hn::MulAdd(nine, uu, constant(-1.5))));
    return choose(small, alternating_series(sphere_coefficients, tau), {value, slope});
}

/// 0 below low, 1 above high, a cubic with flat ends between.
EscapeV step(V x, double low, double high) {
    const V one = constant(1.0), width = constant(1.0 / (high - low));
    const V s = hn::Min(hn::Max(hn::Mul(hn::Sub(x, constant(low)), width), hn::Zero(d)), one);
    return {hn::Mul(hn::Mul(s, s), hn::NegMulAdd(constant(2.0), s, constant(3.0))),
            hn::Mul(hn::Mul(constant(6.0), width), hn::Mul(s, hn::Sub(one, s)))};
}

EscapeV lvg(V tau) {
    const V t = hn::Mul(constant(0.5), tau), one = constant(1.0);
    EscapeV beta = mean_of_decay(hn::Mul(constant(2.34), t));
    beta.slope = hn::Mul(beta.slope, constant(2.34));
    const EscapeV thin = step(hn::Abs(t), 0.0098, 0.0102);
    const V excess = hn::Sub(beta.probability, one);
    beta.slope = hn::MulAdd(thin.probability, beta.slope, hn::Mul(hn::CopySign(thin.slope, t), excess));
    beta.probability = hn::MulAdd(thin.probability, excess, one);
    const V safe = hn::Max(t, constant(6.0)), inverse = hn::Div(one, safe);
    const V log = hn::Log(d, hn::Mul(safe, constant(std::numbers::inv_sqrtpi)));
    const V wing = hn::Mul(constant(0.5), hn::Div(inverse, hn::Sqrt(log)));
    const V wing_slope = hn::Neg(hn::Mul(hn::Mul(wing, inverse), hn::Add(one, hn::Div(constant(0.5), log))));
    const EscapeV thick = step(t, 6.5, 7.5);
    beta.slope =
        hn::MulAdd(thick.slope, hn::Sub(wing, beta.probability), blend(thick.probability, beta.slope, wing_slope));
    beta.probability = blend(thick.probability, beta.probability, wing);
    return {beta.probability, hn::Mul(constant(0.5), beta.slope)};
}

EscapeV escape(Geometry geometry, V tau) {
    const V least = constant(deepest_maser), x = hn::Max(tau, least);
    EscapeV result = geometry == Geometry::sphere ? sphere(x)
                     : geometry == Geometry::lvg  ? lvg(x)
                                                  : mean_of_decay(hn::Mul(constant(3.0), x));
    if (geometry == Geometry::slab) result.slope = hn::Mul(constant(3.0), result.slope);
    result.slope = hn::IfThenElseZero(hn::Ge(tau, least), result.slope);
    return result;
}

/// As many clouds as a vector has lanes, on their way to statistical equilibrium.
class Group {
public:
    Group(const LevelSystem& system, Geometry geometry)
        : s_(system),
          geometry_(geometry),
          n_(system.size()),
          collisions_(n_ * n_ * lanes),
          rates_(n_ * n_ * lanes),
          x_(n_ * lanes),
          thermal_(n_ * lanes),
          next_(n_ * lanes),
          offset_(n_ * lanes),
          surplus_(n_ * lanes),
          background_(system.lines.size() * lanes) {}

    /// Populations of `count` <= lanes clouds; unused lanes repeat the last.
    void solve(const Conditions* clouds, std::size_t count, double* populations, Outcome* outcomes) {
        std::array<Conditions, lanes> group;
        for (std::size_t lane = 0; lane < lanes; ++lane) group[lane] = clouds[std::min(lane, count - 1)];
        fill_collisions(group);
        fill_background(group);
        start(count);
        for (int iteration = 1; iteration <= most_iterations && !all_ended(); ++iteration) iterate();
        for (std::size_t lane = 0; lane < count; ++lane) {
            for (std::size_t i = 0; i < n_; ++i) populations[lane * n_ + i] = x_[i * lanes + lane];
            outcomes[lane] = {iterations_[lane], stage_[lane] == Stage::done};
        }
    }

private:
    static constexpr int most_iterations = 600;
    enum class Stage { newton, fixed, done, failed };

    void fill_collisions(const std::array<Conditions, lanes>& clouds) {
        std::fill(collisions_.begin(), collisions_.end(), 0.0);
        alignas(64) double temperature[lanes], down[lanes];
        for (std::size_t lane = 0; lane < lanes; ++lane) temperature[lane] = clouds[lane].temperature;
        std::vector<std::array<TablePosition, lanes>> places(s_.partners.size());
        for (std::size_t p = 0; p < places.size(); ++p) {
            for (std::size_t lane = 0; lane < lanes; ++lane)
                places[p][lane] = table_position(s_.partners[p].temperatures, temperature[lane]);
        }
        const V cold = hn::Div(constant(-1.0), hn::Load(d, temperature));
        for (std::size_t c = 0; c < s_.pairs.size(); ++c) {
            std::fill_n(down, lanes, 0.0);
            for (std::size_t p = 0; p < places.size(); ++p) {
                const PartnerRates& partner = s_.partners[p];
                const std::size_t entries = partner.temperatures.size(), next = entries > 1 ? 1 : 0;
                const double* row = partner.rates.data() + c * entries;
                for (std::size_t lane = 0; lane < lanes; ++lane) {
                    const double* at = row + places[p][lane].first;
                    down[lane] += clouds[lane].density[static_cast<std::size_t>(partner.collider) - 1] *
                                  (at[0] + places[p][lane].weight * (at[next] - at[0]));
                }
            }
            const CollisionPair& pair = s_.pairs[c];
            const V rate = hn::Load(d, down), up = hn::Mul(hn::Mul(rate, constant(pair.weight_ratio)),
                                                           hn::Exp(d, hn::Mul(constant(pair.temperature), cold)));
            add(collisions_, pair.from, pair.to, rate);
            add(collisions_, pair.to, pair.from, up);
        }
    }

    void fill_background(const std::array<Conditions, lanes>& clouds) {
        for (std::size_t lane = 0; lane < lanes; ++lane) {
            column_[lane] = clouds[lane].column_per_width;
            for (std::size_t k = 0; k < s_.lines.size(); ++k)
                background_[k * lanes + lane] = occupation(s_.lines[k].temperature, clouds[lane].background);
        }
    }

    void add(std::vector<double>& matrix, std::size_t from, std::size_t to, V rate) {
        double* at = matrix.data() + (from * n_ + to) * lanes;
        hn::StoreU(hn::Add(hn::LoadU(d, at), rate), d, at);
    }
    [[nodiscard]] V level(const std::vector<double>& values, std::size_t i) const {
        return hn::LoadU(d, values.data() + i * lanes);
    }
    static void put(std::vector<double>& values, std::size_t i, V value) {
        hn::StoreU(value, d, values.data() + i * lanes);
    }

    /// Begins with populations that are all but thermal: so few photons escape that lines only connect the levels. From
    /// there, where no line is inverted, Newton's method reaches nearly all solutions in about ten steps; from the
    /// optically thin ones, which RADEX begins with, it circles for many clouds.
    void start(std::size_t count) {
        constexpr double escaping = 1e-8;
        rates_ = collisions_;
        std::fill(surplus_.begin(), surplus_.end(), 0.0);
        for (std::size_t k = 0; k < s_.lines.size(); ++k) {
            const RadiativeLine& line = s_.lines[k];
            const V a = constant(escaping * line.einstein_a), n = level(background_, k);
            add(rates_, line.upper, line.lower, hn::MulAdd(a, n, a));
            add(rates_, line.lower, line.upper, hn::Mul(hn::Mul(a, constant(line.weight_ratio)), n));
        }
        balance();
        x_ = thermal_ = next_;
        for (std::size_t lane = 0; lane < lanes; ++lane) {
            stage_[lane] = lane < count ? Stage::newton : Stage::failed;
            iterations_[lane] = 1;
            attempts_[lane] = 0;
            inertia_[lane] = 0.0;
            last_change_[lane] = HUGE_VAL;
        }
    }

    [[nodiscard]] bool all_ended() const {
        return std::all_of(stage_.begin(), stage_.end(),
                           [](Stage stage) { return stage == Stage::done || stage == Stage::failed; });
    }

    void iterate() {
        alignas(64) double newton[lanes];
        for (std::size_t lane = 0; lane < lanes; ++lane) newton[lane] = stage_[lane] == Stage::newton ? 1.0 : 0.0;
        rates_ = collisions_;
        std::fill(surplus_.begin(), surplus_.end(), 0.0);
        for (std::size_t k = 0; k < s_.lines.size(); ++k) add_line(k, hn::Load(d, newton));
        if (std::any_of(inertia_.begin(), inertia_.end(), [](double rate) { return rate > 0.0; })) add_inertia();
        balance();
        judge();
    }

    /// A step of time 1 / inertia instead of a jump into equilibrium: with the sum at 1, x_j' - x_j over the step is
    /// what rates of inertia x_j from every level to level j would do, so the chain stays a chain.
    void add_inertia() {
        const V inertia = hn::Load(d, inertia_.data());
        for (std::size_t j = 0; j < n_; ++j) {
            const V rate = hn::Mul(inertia, level(x_, j));
            for (std::size_t i = 0; i < n_; ++i) add(rates_, i, j, rate);
        }
    }

    [[nodiscard]] V optical_depth(const std::vector<double>& x, const RadiativeLine& line) const {
        const V scale = hn::Mul(constant(line.depth), hn::Load(d, column_.data()));
        return hn::Mul(scale, hn::MulSub(level(x, line.lower), constant(line.weight_ratio), level(x, line.upper)));
    }

    /// Rates of a line. Newton's method adds the change of its escape probability: with net rate R = beta S, to first
    /// order R' = beta S' + follow (x_u' - ratio x_l') + follow (ratio x_l - x_u), follow = -d beta / d tau S d tau /
    /// d(-x_u). Where follow is negative (a line that absorbs more than it emits) the matrix would lose its signs: left
    /// out.
    void add_line(std::size_t k, V newton) {
        const RadiativeLine& line = s_.lines[k];
        const V ratio = constant(line.weight_ratio), a = constant(line.einstein_a), n = level(background_, k);
        const V upper = level(x_, line.upper), lower = level(x_, line.lower);
        const EscapeV beta = escape(geometry_, optical_depth(x_, line));
        const V rate = hn::Mul(a, beta.probability), absorbing = hn::Mul(ratio, n);
        const V source = hn::Mul(a, hn::NegMulAdd(absorbing, lower, hn::MulAdd(upper, n, upper)));
        const V scale = hn::Mul(constant(line.depth), hn::Load(d, column_.data()));
        const V follow = hn::Mul(newton, hn::Max(hn::Zero(d), hn::Neg(hn::Mul(hn::Mul(beta.slope, source), scale))));
        add(rates_, line.upper, line.lower, hn::Add(hn::MulAdd(rate, n, rate), follow));
        add(rates_, line.lower, line.upper, hn::Mul(ratio, hn::MulAdd(rate, n, follow)));
        const V moved = hn::Mul(follow, hn::MulSub(ratio, lower, upper));
        put(surplus_, line.upper, hn::Add(level(surplus_, line.upper), moved));
        put(surplus_, line.lower, hn::Sub(level(surplus_, line.lower), moved));
    }

    /// next_ (sum 1) with inflow - outflow = surplus_ for the chain rates_, which is used up. State after state, from
    /// the last, is replaced by the ways through it.
    void balance() {
        for (std::size_t k = n_; k-- > 1;) {
            const double* HWY_RESTRICT out = rates_.data() + k * n_ * lanes;
            V sum = hn::Zero(d);
            for (std::size_t j = 0; j < k; ++j) sum = hn::Add(sum, hn::LoadU(d, out + j * lanes));
            const V inverse = hn::Div(constant(1.0), sum), through = hn::Mul(level(surplus_, k), inverse);
            for (std::size_t i = 0; i < k; ++i) {
                double* HWY_RESTRICT row = rates_.data() + i * n_ * lanes;
                const V share = hn::Mul(hn::LoadU(d, row + k * lanes), inverse);
                hn::StoreU(share, d, row + k * lanes);
                for (std::size_t j = 0; j < k; ++j)
                    hn::StoreU(hn::MulAdd(share, hn::LoadU(d, out + j * lanes), hn::LoadU(d, row + j * lanes)), d,
                               row + j * lanes);
            }
            for (std::size_t j = 0; j < k; ++j)
                put(surplus_, j, hn::MulAdd(through, hn::LoadU(d, out + j * lanes), level(surplus_, j)));
            put(offset_, k, hn::Neg(through));
        }
        substitute();
    }

    /// Populations as first x next + offset, from the first state up; the first follows from the sum.
    void substitute() {
        put(next_, 0, constant(1.0));
        put(offset_, 0, hn::Zero(d));
        V sum = constant(1.0), sum_offset = hn::Zero(d);
        for (std::size_t k = 1; k < n_; ++k) {
            V share = hn::Zero(d), offset = level(offset_, k);
            for (std::size_t i = 0; i < k; ++i) {
                const V in = hn::LoadU(d, rates_.data() + (i * n_ + k) * lanes);
                share = hn::MulAdd(level(next_, i), in, share);
                offset = hn::MulAdd(level(offset_, i), in, offset);
            }
            put(next_, k, share);
            put(offset_, k, offset);
            sum = hn::Add(sum, share);
            sum_offset = hn::Add(sum_offset, offset);
        }
        const V first = hn::Div(hn::Sub(constant(1.0), sum_offset), sum);
        for (std::size_t k = 0; k < n_; ++k) put(next_, k, hn::MulAdd(first, level(next_, k), level(offset_, k)));
    }

    /// Largest change from x_ to next_ of the populations above `floor`, relative; infinite for NaN.
    [[nodiscard]] V largest_change(double floor) const {
        V most = hn::Zero(d);
        for (std::size_t i = 0; i < n_; ++i) {
            const V old = level(x_, i), now = level(next_, i);
            const V change = hn::Div(hn::Abs(hn::Sub(now, old)), hn::Max(hn::Abs(now), constant(floor)));
            most = hn::Max(most, hn::IfThenElse(hn::Ge(change, hn::Zero(d)), change, hn::Inf(d)));
        }
        return most;
    }

    /// Largest change of an optical depth from x_ to next_, relative above 0.01.
    [[nodiscard]] V largest_depth_change() const {
        V most = hn::Zero(d);
        for (const RadiativeLine& line : s_.lines) {
            const V old = optical_depth(x_, line), now = optical_depth(next_, line);
            most = hn::Max(most, hn::Div(hn::Abs(hn::Sub(now, old)), hn::Max(hn::Abs(now), constant(0.01))));
        }
        return most;
    }

    /// Largest factor by which a population above 1e-5 grows or falls; infinite where one is not positive.
    [[nodiscard]] double largest_factor(std::size_t lane) const {
        double most = 1.0;
        for (std::size_t i = lane; i < x_.size(); i += lanes) {
            if (!(std::max(x_[i], next_[i]) > 1e-5)) continue;
            const double factor = next_[i] / x_[i];
            most = std::max(most, factor > 0.0 ? std::max(factor, 1.0 / factor) : HUGE_VAL);
        }
        return most;
    }

    /// Decides for each cloud what its new populations are worth, and takes them or not.
    void judge() {
        constexpr double newton_floor = 1e-12, newton_tolerance = 1e-9, fixed_floor = 1e-10;
        alignas(64) double in_newton[lanes], in_fixed[lanes], depth[lanes];
        hn::Store(largest_change(newton_floor), d, in_newton);
        hn::Store(largest_change(fixed_floor), d, in_fixed);
        hn::Store(largest_depth_change(), d, depth);
        for (std::size_t lane = 0; lane < lanes; ++lane) {
            Stage& stage = stage_[lane];
            if (stage == Stage::done || stage == Stage::failed) continue;
            ++iterations_[lane];
            if (!(in_newton[lane] < 1e300)) {
                stage = Stage::failed;
            } else if (stage == Stage::newton) {
                newton_step(lane, in_newton[lane]);
                if (in_newton[lane] < newton_tolerance && inertia_[lane] == 0.0) stage = Stage::fixed;
            } else if (in_fixed[lane] < tolerance && depth[lane] < tolerance) {
                take(lane, 1.0);
                stage = Stage::done;
            } else {
                stage = ++attempts_[lane] < most_attempts ? Stage::newton : Stage::failed;
            }
        }
    }

    /// Free steps first. Where thirty are not enough, the cloud begins again with steps of time, longer while
    /// populations change little, shorter and repeated where they change much. A free step that changes no less than
    /// the one before swings about the solution: half of it is taken.
    void newton_step(std::size_t lane, double change) {
        constexpr int free_steps = 30;
        constexpr double first_inertia = 1e-4, least_inertia = 1e-14, calm = 4.0, wild = 20.0;  // [s-1], factors
        double& inertia = inertia_[lane];
        const bool free = iterations_[lane] < free_steps;
        if (iterations_[lane] == free_steps) {
            for (std::size_t i = lane; i < x_.size(); i += lanes) x_[i] = thermal_[i];
            inertia = first_inertia;
            return;
        }
        const double factor = largest_factor(lane), last = std::exchange(last_change_[lane], change);
        if (!free && factor > wild) {
            inertia = std::max(10.0 * inertia, least_inertia);
            return;
        }
        const bool swings = !free && inertia == 0.0 && change > 0.5 * last;
        take(lane, swings ? 0.5 : 1.0);
        if (factor < calm) inertia = inertia > least_inertia ? 0.1 * inertia : 0.0;
    }

    /// The new populations of a cloud, or the part `share` of the way to them; none below a tenth of the old.
    void take(std::size_t lane, double share) {
        double sum = 0.0;
        for (std::size_t i = lane; i < x_.size(); i += lanes) {
            x_[i] = std::max(x_[i] + share * (next_[i] - x_[i]), 0.1 * x_[i]);
            sum += x_[i];
        }
        for (std::size_t i = lane; i < x_.size(); i += lanes) x_[i] /= sum;
    }

    static constexpr int most_attempts = 5;
    const LevelSystem& s_;
    Geometry geometry_;
    std::size_t n_;
    std::vector<double> collisions_, rates_;  ///< from -> to (n x n x lanes)
    std::vector<double> x_, thermal_, next_, offset_, surplus_;
    std::vector<double> background_;  ///< photons per mode (lines x lanes)
    alignas(64) std::array<double, lanes> column_{}, inertia_{}, last_change_{};
    std::array<Stage, lanes> stage_{};
    std::array<int, lanes> iterations_{}, attempts_{};
};

void solve_clouds(const LevelSystem& system, Geometry geometry, const Conditions* clouds, std::size_t count,
                  double* populations, Outcome* outcomes) {
    Group group(system, geometry);
    for (std::size_t i = 0; i < count; i += lanes)
        group.solve(clouds + i, std::min(lanes, count - i), populations + i * system.size(), outcomes + i);
}

}  // namespace ism::simulate::lines::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
// NOLINTEND(misc-use-internal-linkage)

#if HWY_ONCE

namespace ism::simulate::lines {
namespace {

HWY_EXPORT(solve_clouds);

}  // namespace

void solve_levels(const LevelSystem& system, Geometry geometry, std::span<const Conditions> clouds,
                  std::span<double> populations, std::span<Outcome> outcomes) {
    if (populations.size() != clouds.size() * system.size() || outcomes.size() != clouds.size())
        throw InputError({.where = "solve_levels", .found = "the arrays do not have one row per cloud"});
    if (clouds.empty()) return;
    HWY_DYNAMIC_DISPATCH(solve_clouds)
    (system, geometry, clouds.data(), clouds.size(), populations.data(), outcomes.data());
}

std::vector<std::int64_t> balance_targets() {
    std::vector<std::int64_t> targets;
    for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) targets.push_back(target);
    return targets;
}

}  // namespace ism::simulate::lines
#endif
