#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ism/base/dataset.hpp>
#include <ism/base/progress.hpp>
#include <ism/emulate/activation.hpp>
#include <ism/emulate/emulator_file.hpp>
#include <ism/emulate/network.hpp>
#include <ism/train/split.hpp>

/// Where a stand-in learns: a Dataset goes in, a Network with its measured error comes out.
///
/// Loss, for outputs declared on a logarithmic scale: the mean over models and outputs of
///
///     w (ln y' - ln y)^2,   w = 1 / (1 + (faint peak / y)^2) + 1e-6,   peak = the largest output of the model
///
/// (rho(ln y' - ln y) in its place where a robust loss is asked for, `Loss`), so that its square root is the relative
/// error where the output matters, and what is fainter than `faint` of the peak (the Wien side of a cold spectrum, say)
/// is learned only roughly, down to 1e-10 `faint` of the peak and not below. Where `faint` is 0, zeros cannot be
/// learned in log: they are left out and counted. For linear outputs: the mean squared error in units of each output's
/// spread. Masked values never enter.
namespace ism::train {

enum class Method {
    adam,  ///< Adam with decoupled weight decay (AdamW; Loshchilov & Hutter 2019, arXiv:1711.05101)
    soap,  ///< Adam in the eigenbasis of the gradients' covariances (SOAP; Vyas et al. 2024, arXiv:2409.11321)
};
[[nodiscard]] std::string to_string(Method method);
/// Throws InputError for anything but "adam" and "soap".
[[nodiscard]] Method method_from_string(std::string_view text);

/// How a residual counts: as its square, or less where it is larger than a scale, so that wrong values among the data
/// do not bend the network (src/train/loss.hpp has the formulae).
enum class Loss { square, huber, log_cosh, student, cauchy };
[[nodiscard]] std::string to_string(Loss loss);
/// Throws InputError for anything but "square", "huber", "log-cosh", "student" and "cauchy".
[[nodiscard]] Loss loss_from_string(std::string_view text);

enum class Device { automatic, cpu, cuda };  ///< automatic: CUDA where LibTorch finds a device, else the processor
[[nodiscard]] std::string to_string(Device device);
/// Throws InputError for anything but "auto", "cpu" and "cuda".
[[nodiscard]] Device device_from_string(std::string_view text);

/// What to learn with. The defaults learn THEMIS to the accuracy of docs/train.md.
struct TrainConfig {
    // The network.
    std::size_t width = 128;  ///< neurons of a hidden layer
    std::size_t depth = 4;    ///< hidden layers
    bool ladder = true;       ///< the first hidden layer is made of tanh steps that start evenly spread along each
                              ///< parameter: it resolves detail down to range * parameters / width from the start
    bool residual = true;     ///< hidden layers are x + f(W x + b), but for the first and what follows the ladder
    std::size_t order = 1;    ///< the network begins with all monomials of degree 1 .. order of the scaled parameters
    double growth = 0.0;      ///< > 0: each hidden layer hands on the n values that it is given and adds ceil(growth n)
                              ///< of its own; `width`, `ladder` and `residual` are then not used
    std::size_t components = 64;  ///< principal components between the hidden layers and the outputs; 0: none;
                                  ///< no more are used than there are outputs or the width has neurons
    emulate::Activation activation = emulate::Activation::gelu_tanh;

    // The search for its weights.
    Method method = Method::soap;
    double learning_rate = 1e-2;  ///< at its highest; falls to 0 along half a cosine
    std::size_t warm_up = 200;    ///< steps in which the rate rises linearly
    double weight_decay = 0.0;    ///< per step and learning rate, of the weights (not of biases)
    Loss loss = Loss::square;     ///< masked values take part in none
    double loss_scale = 0.0;      ///< relative error (linear outputs: spreads) beyond which a robust loss gives way;
                                  ///< 0: three times the median error that the network has just then
    std::size_t batch = 1024;     ///< models per step
    std::size_t epochs = 4000;    ///< passes through the data
    double budget = 900.0;        ///< [s]; the rate falls faster where training would last longer; 0: no limit
    std::size_t patience = 1000;  ///< stop after so many epochs without progress on the validation data; 0: never
    double averaging = 0.99;      ///< decay per step of the running average of the weights that is kept; 0: none
    std::optional<double> faint = std::nullopt;  ///< see the loss above; 0: every value weighs the same; default 2e-5
                                                 ///< on a wavelength axis, 0 elsewhere

    // The data.
    double validation = 0.05;  ///< share of the models that judges progress
    double test = 0.1;         ///< share that is touched once, at the end, for the error table
    std::uint64_t seed = 1;    ///< split, first weights, order of the batches

    // The machine.
    Device device = Device::automatic;
    unsigned threads = 0;  ///< at most; 0: as ism::thread_count(). One thread: the same seed gives the same bits
};

/// Lines of fewer models than this have defaults of their own. (Between 1400, where these have a third of the error,
/// and 11,000, where they have up to twice the error, nothing was measured.)
inline constexpr std::size_t few_models = 4000;

/// The defaults for a dataset: those of TrainConfig; for lines (outputs with names) of few models, a network that
/// begins with a polynomial of order 3, learns with the Huber loss, which does not spend it on the few values at a
/// kink, and loses a little weight per step, which keeps it tame beyond the last models (docs/lines.md has the
/// figures).
[[nodiscard]] TrainConfig defaults_for(const ModelInfo& info, std::size_t models);

/// Throws InputError naming the option, its value and what is allowed.
void check(const TrainConfig& config);

/// One point of the loss curve; losses as defined above.
struct EpochRecord {
    std::size_t epoch = 0;
    double seconds = 0.0;
    double learning_rate = 0.0;
    double training_loss = 0.0;
    double validation_loss = 0.0;  ///< of the averaged weights; robust losses: mean square of the smaller 90 %
};

/// Errors of one output on the test data.
struct OutputError {
    std::size_t values = 0;  ///< how many test values were compared; the rest is NaN where none was
    double median = 0.0, percentile_99 = 0.0, maximum = 0.0;
};

struct TrainReport {
    std::vector<EpochRecord> curve;
    std::size_t best_epoch = 0;
    std::string ended_by;  ///< "epochs", "budget", "patience" or "interrupt"
    double seconds = 0.0;
    std::string device;             ///< "cpu, 2 threads" or "cuda"
    std::size_t failed_models = 0;  ///< left out because their computation had failed
    std::size_t raised = 0;         ///< outputs, zeros too, that were learned as `floor` of the peak
    double floor = 0.0;             ///< the share of the peak that they were learned as
    std::size_t zeros_left_out = 0;
    Split split;
    std::vector<emulate::ErrorRow> errors;       ///< empty where there is no test data
    std::vector<OutputError> errors_per_output;  ///< (M); empty where there is no test data
};

struct Training {
    emulate::EmulatorRecord emulator;  ///< provenance is left to the caller
    TrainReport report;
};

/// Learns. Ctrl-C (ism::request_stop) ends early with the best network so far.
///
/// `test`: models to measure the error on instead of a share of `dataset`; same declaration. nullptr: split `dataset`.
/// Throws InputError (too few models, NaN or negative outputs where a logarithm is needed, impossible settings) and
/// NumericalError where the loss stops being a number.
[[nodiscard]] Training train(const Dataset& dataset, const TrainConfig& config, Progress& progress,
                             const Dataset* test = nullptr);

/// The settings as name-value pairs, for provenance.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> settings(const TrainConfig& config);

/// The sidecar NAME.ism.log.json: settings, split, loss curve, error table, error of each output, time.
[[nodiscard]] std::string log_json(const Training& training, const TrainConfig& config);

}  // namespace ism::train
