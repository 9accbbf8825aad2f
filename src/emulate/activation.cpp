#include <ism/emulate/activation.hpp>

#include <ism/base/errors.hpp>

namespace ism::emulate {
namespace {

constexpr std::array names{"identity", "relu", "leaky_relu", "elu",       "selu",
                           "softplus", "tanh", "silu",       "gelu",       "gelu_tanh", "adaptive_silu"};
static_assert(names.size() == all_activations.size());

}  // namespace

std::string to_string(Activation activation) { return names[static_cast<std::size_t>(activation)]; }

Activation activation_from_string(std::string_view name) {
    for (const Activation activation : all_activations) {
        if (name == names[static_cast<std::size_t>(activation)]) return activation;
    }
    refuse_name(std::string(name), {names.begin(), names.end()},
                {.found = "unknown activation '" + std::string(name) + "'"});
}

}  // namespace ism::emulate
