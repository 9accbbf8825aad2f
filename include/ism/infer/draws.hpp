#pragma once
#include <cstddef>
#include <span>
#include <vector>

namespace ism::infer {

/// What happened on the way to one draw.
struct DrawStatistics {
    double acceptance = 0;    ///< mean acceptance probability of the points tried
    double energy = 0;        ///< Hamiltonian of the trajectory; 0 for the ensemble
    unsigned leapfrogs = 0;   ///< gradients taken; 1 for the ensemble
    unsigned char depth = 0;  ///< doublings of the trajectory; 0 for the ensemble
    bool divergent = false;   ///< the trajectory left the level set: the step is too long for a narrow place
};

/// Chains as a sampler leaves them, in unconstrained space.
struct Draws {
    std::size_t chains = 0;
    std::size_t length = 0;
    std::size_t dimension = 0;
    std::vector<double> positions;           ///< (chains x length x D)
    std::vector<double> log_density;         ///< (chains x length)
    std::vector<DrawStatistics> statistics;  ///< (chains x length)
    std::vector<double> step_size;           ///< (chains); of NUTS
    std::size_t evaluations = 0;             ///< of the density, warm-up included

    Draws(std::size_t chain_count, std::size_t draw_count, std::size_t d)
        : chains(chain_count),
          length(draw_count),
          dimension(d),
          positions(chain_count * draw_count * d),
          log_density(chain_count * draw_count),
          statistics(chain_count * draw_count) {}

    [[nodiscard]] std::span<double> position(std::size_t chain, std::size_t draw) noexcept {
        return std::span(positions).subspan((chain * length + draw) * dimension, dimension);
    }
    [[nodiscard]] std::span<const double> position(std::size_t chain, std::size_t draw) const noexcept {
        return std::span(positions).subspan((chain * length + draw) * dimension, dimension);
    }
};

}  // namespace ism::infer
