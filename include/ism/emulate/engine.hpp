#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace ism::emulate {

/// Who does the arithmetic. All engines pass the same tests; one engine gives the same bits for a point whether it is
/// evaluated alone, in a batch, or on another thread.
enum class Engine {
    best,       ///< the fastest this machine can run, or the one that the environment variable ISMULATE_SIMD names
    reference,  ///< readable double precision, one point at a time
    scalar,     ///< the fast path without vector instructions of its own
    sse4,
    avx2,
    avx512,
    neon,
};

[[nodiscard]] std::string to_string(Engine engine);
/// Throws InputError listing the names for an unknown one.
[[nodiscard]] Engine engine_from_string(std::string_view name);

/// The engines that this machine can run, the reference first and the fastest last.
[[nodiscard]] std::vector<Engine> available_engines();

/// What `engine` stands for on this machine: itself, or for `best` the one that ISMULATE_SIMD names, else the fastest.
/// Throws InputError where this machine cannot run it.
[[nodiscard]] Engine resolved(Engine engine);

}  // namespace ism::emulate
