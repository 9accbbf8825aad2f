#include <ism/infer/diagnostics.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

#include <ism/infer/normal.hpp>

namespace ism::infer {
namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

/// Chains by value, (chains x length).
struct Chains {
    std::vector<double> draws;
    std::size_t chains;
    [[nodiscard]] std::size_t length() const { return draws.size() / chains; }
    [[nodiscard]] std::span<const double> chain(std::size_t c) const {
        return std::span(draws).subspan(c * length(), length());
    }
};

double mean_of(std::span<const double> values) {
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

/// Divided by n - 1.
double variance_of(std::span<const double> values) {
    const double mean = mean_of(values);
    double sum = 0;
    for (const double value : values) sum += (value - mean) * (value - mean);
    return sum / static_cast<double>(values.size() - 1);
}

bool usable(ChainView view) {
    return view.chains > 0 && view.length() >= 4 &&
           std::all_of(view.draws.begin(), view.draws.end(), [](double x) { return std::isfinite(x); });
}

/// Each chain cut in two halves; the middle draw of an odd number is left out.
Chains split(std::span<const double> draws, std::size_t chains) {
    const std::size_t length = draws.size() / chains, half = length / 2;
    Chains halves{.draws = {}, .chains = 2 * chains};
    halves.draws.reserve(2 * chains * half);
    for (std::size_t c = 0; c < chains; ++c) {
        for (const std::size_t start : {c * length, (c + 1) * length - half}) {
            const auto part = draws.subspan(start, half);
            halves.draws.insert(halves.draws.end(), part.begin(), part.end());
        }
    }
    return halves;
}

using Order = std::vector<std::uint32_t>;  // indices of draws, the smallest draw first

Order order_of(std::span<const double> draws) {
    std::vector<std::pair<double, std::uint32_t>> keyed(draws.size());
    for (std::size_t i = 0; i < draws.size(); ++i) keyed[i] = {draws[i], static_cast<std::uint32_t>(i)};
    std::sort(keyed.begin(), keyed.end());
    Order order(draws.size());
    std::transform(keyed.begin(), keyed.end(), order.begin(), [](const auto& one) { return one.second; });
    return order;
}

/// Order of the distances to a centre, from that of the draws: merged outwards, without sorting again.
Order order_of_distances(std::span<const double> draws, const Order& order, double centre) {
    auto right = std::partition_point(order.begin(), order.end(), [&](std::uint32_t i) { return draws[i] < centre; });
    auto left = std::make_reverse_iterator(right);
    Order merged;
    merged.reserve(order.size());
    while (merged.size() < order.size()) {
        const bool take_right =
            left == order.rend() || (right != order.end() && draws[*right] - centre <= centre - draws[*left]);
        merged.push_back(take_right ? *right++ : *left++);
    }
    return merged;
}

/// Normal quantiles of the ranks 1, 1.5, 2 ... n among n draws; made once for each n that a thread meets in a row.
std::span<const double> quantiles_of_ranks(std::size_t n) {
    thread_local std::vector<double> quantiles;
    if (quantiles.size() != 2 * n - 1) {
        quantiles.resize(2 * n - 1);
        for (std::size_t i = 0; i < n; ++i) {  // they are antisymmetric about the middle
            const double rank = 1 + 0.5 * static_cast<double>(i);
            quantiles[i] = normal_quantile((rank - 0.375) / (static_cast<double>(n) + 0.25));
            quantiles[2 * n - 2 - i] = -quantiles[i];
        }
    }
    return quantiles;
}

/// Draws replaced by the normal quantiles of their ranks (eq. 14; ties share their mean rank).
Chains rank_normalised(const Chains& chains, const Order& order) {
    const std::size_t n = chains.draws.size();
    const auto quantiles = quantiles_of_ranks(n);
    Chains normal{.draws = std::vector<double>(n), .chains = chains.chains};
    for (std::size_t first = 0, last = 0; first < n; first = last) {
        last = first + 1;
        while (last < n && chains.draws[order[last]] == chains.draws[order[first]]) ++last;
        const double z = quantiles[first + last - 1];  // rank (first + last + 1) / 2
        for (std::size_t i = first; i < last; ++i) normal.draws[order[i]] = z;
    }
    return normal;
}

/// Square root of the pooled variance over the variance within chains (eq. 1-4).
double r_hat_of(const Chains& chains) {
    const auto n = static_cast<double>(chains.length());
    std::vector<double> means;
    double within = 0;
    for (std::size_t c = 0; c < chains.chains; ++c) {
        means.push_back(mean_of(chains.chain(c)));
        within += variance_of(chains.chain(c)) / static_cast<double>(chains.chains);
    }
    return std::sqrt((n * variance_of(means) / within + n - 1) / n);
}

/// Autocovariances of all chains, averaged, one lag at a time: long lags are seldom asked for.
class Autocovariance {
public:
    explicit Autocovariance(const Chains& chains) : centred_(chains) {
        for (std::size_t c = 0; c < chains.chains; ++c) {
            means_.push_back(mean_of(chains.chain(c)));
            double* draws = centred_.draws.data() + c * chains.length();
            for (std::size_t i = 0; i < chains.length(); ++i) draws[i] -= means_.back();
        }
    }

    [[nodiscard]] double at(std::size_t lag) const {
        double sum = 0;
        for (std::size_t c = 0; c < centred_.chains; ++c) {
            const auto chain = centred_.chain(c);
            sum +=
                std::inner_product(chain.begin() + static_cast<std::ptrdiff_t>(lag), chain.end(), chain.begin(), 0.0);
        }
        return sum / static_cast<double>(centred_.draws.size());
    }

    [[nodiscard]] const std::vector<double>& means() const { return means_; }

private:
    Chains centred_;
    std::vector<double> means_;
};

/// Effective sample size: number of draws over the integrated autocorrelation time (eq. 10-12), summed over Geyer's
/// initial positive, monotone sequence of pairs (Geyer 1992, doi:10.1214/ss/1177011137).
double ess_of(const Chains& chains) {
    const auto [least, most] = std::minmax_element(chains.draws.begin(), chains.draws.end());
    const auto all = static_cast<double>(chains.draws.size());
    if (!(*most > *least)) return all;
    const std::size_t n = chains.length();
    const Autocovariance covariance(chains);
    const double biased = covariance.at(0);
    const double within = biased * static_cast<double>(n) / static_cast<double>(n - 1);
    const double pooled = biased + (chains.chains > 1 ? variance_of(covariance.means()) : 0);
    const auto correlation = [&](std::size_t lag) { return 1 - (within - covariance.at(lag)) / pooled; };

    std::vector<double> rho(n + 2, 0.0);
    double even = 1, odd = correlation(1);
    rho[0] = even, rho[1] = odd;
    std::size_t t = 1;
    for (; t + 3 < n && even + odd > 0; t += 2) {
        even = correlation(t + 1), odd = correlation(t + 2);
        if (even + odd >= 0) rho[t + 1] = even, rho[t + 2] = odd;
    }
    const std::size_t end = t - 1;  // first lag after the pairs that count
    if (even > 0) rho[end] = even;
    for (std::size_t i = 1; i + 3 <= end; i += 2) {
        if (rho[i + 1] + rho[i + 2] > rho[i - 1] + rho[i]) rho[i + 1] = rho[i + 2] = 0.5 * (rho[i - 1] + rho[i]);
    }
    const double sum = std::accumulate(rho.begin(), rho.begin() + static_cast<std::ptrdiff_t>(end), 0.0);
    return all / std::max(2 * sum - 1 + rho[end], 1 / std::log10(all));
}

/// Halves of chains and their ranks, sorted once for all that is asked of them.
class SplitRanks {
public:
    explicit SplitRanks(ChainView view)
        : halves_(split(view.draws, view.chains)),
          order_(order_of(halves_.draws)),
          normal_(rank_normalised(halves_, order_)) {}

    [[nodiscard]] const Chains& normal() const { return normal_; }

    /// Of the draws and of their distances to the median, the larger one.
    [[nodiscard]] double r_hat() const {
        if (halves_.chains < 4) return not_a_number;  // one chain
        const std::size_t n = order_.size();
        const double median = 0.5 * (halves_.draws[order_[(n - 1) / 2]] + halves_.draws[order_[n / 2]]);
        Chains folded = halves_;
        for (double& x : folded.draws) x = std::abs(x - median);
        return std::max(r_hat_of(normal_),
                        r_hat_of(rank_normalised(folded, order_of_distances(halves_.draws, order_, median))));
    }

private:
    Chains halves_;
    Order order_;
    Chains normal_;
};

double ess_of_squares(ChainView view, const std::vector<double>& squares) {
    return ess_of(split(squares, view.chains));
}

}  // namespace

double quantile(std::span<const double> draws, double p) {
    std::vector<double> values(draws.begin(), draws.end());
    const double position = p * static_cast<double>(values.size() - 1);
    const auto below = static_cast<std::ptrdiff_t>(position);
    const auto at = values.begin() + below;
    std::nth_element(values.begin(), at, values.end());
    const double fraction = position - static_cast<double>(below);
    if (at + 1 == values.end()) return *at;
    const double next = *std::min_element(at + 1, values.end());
    return (1 - fraction) * *at + fraction * next;
}

double sorted_quantile(std::span<const double> sorted, double p) {
    const double position = p * static_cast<double>(sorted.size() - 1);
    const auto below = static_cast<std::size_t>(position);
    if (below + 1 == sorted.size()) return sorted.back();
    const double fraction = position - static_cast<double>(below);
    return (1 - fraction) * sorted[below] + fraction * sorted[below + 1];
}

double rank_r_hat(ChainView view) { return usable(view) ? SplitRanks(view).r_hat() : not_a_number; }

double bulk_ess(ChainView view) { return usable(view) ? ess_of(SplitRanks(view).normal()) : not_a_number; }

double mean_ess(ChainView view) { return usable(view) ? ess_of(split(view.draws, view.chains)) : not_a_number; }

double quantile_ess(ChainView view, double p) {
    if (!usable(view)) return not_a_number;
    const double limit = quantile(view.draws, p);
    std::vector<double> below(view.draws.size());
    std::transform(view.draws.begin(), view.draws.end(), below.begin(), [&](double x) { return x <= limit ? 1 : 0; });
    return ess_of(split(below, view.chains));
}

double tail_ess(ChainView view) { return std::min(quantile_ess(view, 0.05), quantile_ess(view, 0.95)); }

double mean_error(ChainView view) { return std::sqrt(variance_of(view.draws) / mean_ess(view)); }

double deviation_error(ChainView view) {
    if (!usable(view)) return not_a_number;
    const double mean = mean_of(view.draws);
    std::vector<double> squares, fourths;
    for (const double x : view.draws) squares.push_back((x - mean) * (x - mean));
    for (const double square : squares) fourths.push_back(square * square);
    const double variance = mean_of(squares);
    const double error_of_variance2 = (mean_of(fourths) - variance * variance) / ess_of_squares(view, squares);
    return std::sqrt(error_of_variance2 / variance / 4);
}

Diagnostics diagnose(ChainView view) {
    Diagnostics of{.mean = mean_of(view.draws),
                   .deviation = std::sqrt(variance_of(view.draws)),
                   .mean_error = mean_error(view),
                   .r_hat = not_a_number,
                   .bulk_ess = not_a_number,
                   .tail_ess = tail_ess(view)};
    if (!usable(view)) return of;
    const SplitRanks ranks(view);
    of.r_hat = ranks.r_hat();
    of.bulk_ess = ess_of(ranks.normal());
    return of;
}

}  // namespace ism::infer
