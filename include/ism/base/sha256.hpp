#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace ism {

/// SHA-256 (FIPS 180-4) of bytes that arrive in pieces.
class Sha256 {
public:
    void add(std::string_view bytes);
    /// The digest of everything added so far, 64 lower-case hexadecimal digits. Ends the use of this object.
    [[nodiscard]] std::string hex();

private:
    void add_block(const unsigned char* block);

    std::array<std::uint32_t, 8> state_{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                        0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    std::array<unsigned char, 64> pending_{};
    std::uint64_t length_ = 0;  // bytes added
};

/// SHA-256 of bytes at hand.
[[nodiscard]] std::string sha256(std::string_view bytes);

}  // namespace ism
