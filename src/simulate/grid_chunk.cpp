#include <simulate/grid_chunk.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

#include <ism/base/errors.hpp>
#include <ism/base/parallel.hpp>
#include <ism/base/text.hpp>

namespace ism::simulate {
namespace {

constexpr std::size_t block_size = 16;       // also the most that is computed after the user asked to stop
constexpr std::size_t longest_reason = 500;  // bytes

std::string one_line(std::string text) {
    std::replace(text.begin(), text.end(), '\n', ' ');
    if (text.size() > longest_reason) {
        std::size_t end = longest_reason;
        while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U)
            --end;  // not inside a UTF-8 character
        text.resize(end);
    }
    return text;
}

/// Why the outputs of a model cannot be used; empty where they can. Gaps are no reason while one output is left.
std::string problem_of(const Model& model, std::span<const double> outputs) {
    const ModelInfo& info = model.info();
    if (model.leaves_gaps()) {
        const bool gaps = std::ranges::none_of(outputs, [](double value) { return std::isinf(value); });
        if (gaps && std::ranges::any_of(outputs, [](double value) { return std::isfinite(value); })) return {};
        if (gaps) return "the model has no value for any output here";
    }
    const auto bad =
        std::find_if_not(outputs.begin(), outputs.end(), [](double value) { return std::isfinite(value); });
    if (bad == outputs.end()) return {};
    const auto j = static_cast<std::size_t>(bad - outputs.begin());
    const Axis& axis = info.axis;
    const std::string place =
        axis.values.empty() ? axis.labels[j]
                            : axis.name + " " + to_text(axis.values[j], 6) + (axis.unit.empty() ? "" : " " + axis.unit);
    return "the model gave " + to_text(*bad) + " at " + place;
}

class Chunk {
public:
    Chunk(const Model& model, const GridManifest& manifest, const Design& design, std::size_t chunk)
        : model_(model),
          p_(manifest.info.parameter_count()),
          m_(manifest.info.output_count()),
          n_(manifest.chunk_size(chunk)) {
        part_.parameters.resize(n_ * p_);
        part_.outputs.resize(n_ * m_);
        part_.status.assign(n_, 0);
        part_.reason.resize(n_);
        for (std::size_t i = 0; i < n_; ++i) place(manifest.info, design, chunk * manifest.chunk + i, parameters(i, 1));
    }

    std::optional<GridPart> compute() {
        for (std::size_t first = 0; first < n_; first += block_size) {
            if (stop_requested()) return std::nullopt;
            const std::size_t count = std::min(block_size, n_ - first);
            if (!evaluated(first, count)) {
                for (std::size_t i = first; i < first + count; ++i) evaluate_alone(i);
            }
            for (std::size_t i = first; i < first + count; ++i) check(i);
        }
        return std::move(part_);
    }

private:
    std::span<double> parameters(std::size_t first, std::size_t count) {
        return std::span(part_.parameters).subspan(first * p_, count * p_);
    }
    std::span<double> outputs(std::size_t first, std::size_t count) {
        return std::span(part_.outputs).subspan(first * m_, count * m_);
    }

    static void place(const ModelInfo& info, const Design& design, std::size_t item, std::span<double> point) {
        design.point(item, point);
        for (std::size_t k = 0; k < point.size(); ++k) point[k] = info.parameters[k].from_unit_interval(point[k]);
    }

    bool evaluated(std::size_t first, std::size_t count) {
        try {
            model_.evaluate(parameters(first, count), outputs(first, count));
            return true;
        } catch (const NumericalError&) {
            return false;
        } catch (const InputError&) {
            return false;
        }
    }

    void evaluate_alone(std::size_t i) {
        try {
            model_.evaluate(parameters(i, 1), outputs(i, 1));
        } catch (const NumericalError& error) {
            fail(i, error.what());
        } catch (const InputError& error) {
            fail(i, error.what());
        }
    }

    void check(std::size_t i) {
        if (part_.status[i] != 0) return;
        const std::string problem = problem_of(model_, outputs(i, 1));
        if (!problem.empty()) fail(i, problem);
    }

    void fail(std::size_t i, const std::string& reason) {
        part_.status[i] = 1;
        part_.reason[i] = reason.empty() ? "the model gave no reason" : one_line(reason);
        std::ranges::fill(outputs(i, 1), std::numeric_limits<double>::quiet_NaN());
    }

    const Model& model_;
    std::size_t p_, m_, n_;
    GridPart part_;
};

}  // namespace

std::optional<GridPart> compute_chunk(const Model& model, const GridManifest& manifest, const Design& design,
                                      std::size_t chunk) {
    return Chunk(model, manifest, design, chunk).compute();
}

}  // namespace ism::simulate
