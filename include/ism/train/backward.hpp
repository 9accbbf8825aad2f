#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <ism/base/progress.hpp>
#include <ism/infer/backward.hpp>

/// Where a backward network learns: synthetic sources go in, each seen once, and a network that estimates comes out.
///
/// Loss, for each coordinate on its scale: (mean - truth)^2, whose smallest expectation is at the mean of the
/// posterior, and twice the pinball loss (p - [truth < q]) (truth - q) of each quantile, whose smallest is at the
/// quantile of the posterior (Koenker & Bassett 1978, doi:10.2307/1913643); both over the half-width of the interval
/// that the network gives that source, held fixed, so that well known sources are learned as well as the others. So the
/// network needs no likelihood, and its intervals are those of all synthetic sources that look alike.
namespace ism::train {

struct BackwardConfig {
    std::size_t width = 256;      ///< neurons of a hidden layer
    std::size_t depth = 4;        ///< hidden layers
    std::size_t batch = 2048;     ///< synthetic sources of a step
    std::size_t steps = 30000;    ///< most
    double learning_rate = 5e-3;  ///< at its highest; falls to 0 along half a cosine
    std::size_t warm_up = 300;    ///< steps in which the rate rises linearly
    double averaging = 0.999;     ///< decay per step of the running average of the weights that is kept
    double budget = 300.0;        ///< [s]; the rate falls faster where training would last longer; 0: no limit
    std::size_t judged = 20000;   ///< fresh synthetic sources for the table of errors
    std::uint64_t seed = 1;
    unsigned threads = 0;  ///< at most; 0: as ism::thread_count()
};

/// Throws InputError naming the option, its value and what is allowed.
void check(const BackwardConfig& config);

/// How a coordinate is estimated, on synthetic sources that training never saw.
struct BackwardError {
    std::string name;
    double rms = 0.0;        ///< of mean - truth, on the scale of the coordinate (ln x where that is logarithmic)
    double prior_rms = 0.0;  ///< the same of an estimate that knows the prior only
    double inside_68 = 0.0, inside_95 = 0.0;  ///< how often the intervals hold the truth
};

struct BackwardTraining {
    infer::BackwardRecord network;  ///< provenance is left to the caller
    std::vector<BackwardError> errors;
    std::vector<double> losses;  ///< mean of each hundredth of the training
    std::size_t steps = 0;
    double seconds = 0.0;
    std::string ended_by;  ///< "steps", "budget" or "interrupt"
};

/// Learns to run `fit` backward. Throws InputError for impossible settings, NumericalError where the loss stops being a
/// number.
[[nodiscard]] BackwardTraining train_backward(const infer::SedFit& fit, const BackwardConfig& config,
                                              const infer::ObservingOptions& observing, Progress& progress);

}  // namespace ism::train
