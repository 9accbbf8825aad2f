#pragma once
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <ism/base/model.hpp>
#include <ism/emulate/emulator_file.hpp>
#include <ism/emulate/engine.hpp>

namespace ism::emulate {

/// What happens to a point outside the box in which the emulator was trained.
enum class Outside {
    refuse,   ///< InputError before anything is computed
    nan,      ///< its outputs are NaN
    nearest,  ///< the nearest point of the box is taken; the derivative across the edge is 0. A NaN parameter still
              ///< gives NaN
};

[[nodiscard]] std::string to_string(Outside outside);
/// Throws InputError for anything but "refuse", "nan" and "nearest".
[[nodiscard]] Outside outside_from_string(std::string_view name);

struct EmulatorOptions {
    Outside outside = Outside::refuse;
    Engine engine = Engine::best;
};

/// A trained network as a Model: spectra in microseconds, with exact derivatives.
///
/// All members may be called from several threads at once. Once a thread has made a call of some size, no later call of
/// that size allocates memory, except that batches of more than 2000 points are shared out with parallel_for where it
/// has more than one thread. A point gives the same bits alone, in any batch, and on any number of threads.
class Emulator final : public Model {
public:
    /// Throws InputError where the record is refused by check() or the engine does not run on this machine.
    explicit Emulator(EmulatorRecord record, EmulatorOptions options = {});
    /// Reads an .ism file; throws what read_emulator throws.
    explicit Emulator(const std::string& path, EmulatorOptions options = {});
    ~Emulator() override;

    /// The ranges are those of the training domain.
    [[nodiscard]] const ModelInfo& info() const noexcept override { return record_.info; }
    /// Everything the file holds: error table, provenance, weights.
    [[nodiscard]] const EmulatorRecord& record() const noexcept { return record_; }
    /// The engine in use; never Engine::best.
    [[nodiscard]] Engine engine() const noexcept { return engine_; }

    /// parameters (N x P), outputs (N x M), in the declared units; the float face takes half the memory.
    /// Throws InputError where sizes do not fit, or a point is outside and options say refuse.
    void evaluate(std::span<const double> parameters, std::span<double> outputs) const override;
    void evaluate(std::span<const double> parameters, std::span<float> outputs) const;

    [[nodiscard]] bool differentiable() const noexcept override { return true; }
    /// The same with the Jacobian (N x M x P), in output units per parameter unit; any number of points.
    void evaluate_with_jacobian(std::span<const double> parameters, std::span<double> outputs,
                                std::span<double> jacobian) const override;

    /// What the last layer gives (N x M), before units and exponentials: for comparison with the trainer.
    void evaluate_standardised(std::span<const double> parameters, std::span<float> outputs) const;

private:
    class Evaluation;

    EmulatorRecord record_;
    Outside outside_;
    Engine engine_;
    std::unique_ptr<const Evaluation> evaluation_;
};

/// The emulator of the outputs `indices` only, in that order: only they are computed. Throws InputError as with_outputs
/// does.
[[nodiscard]] EmulatorRecord with_outputs(const EmulatorRecord& record, std::span<const std::size_t> indices);

}  // namespace ism::emulate
