#include <simulate/grid_part.hpp>

#include <bit>
#include <cstring>

#include <ism/base/sha256.hpp>

namespace ism::simulate {
namespace {

constexpr std::string_view magic = "ISMPART1";
constexpr std::size_t hash_size = 64;
constexpr std::size_t head = 8 + hash_size;  // magic and checksum
static_assert(std::endian::native == std::endian::little, "parts are little endian");

void put(std::string& out, std::uint64_t value) { out.append(reinterpret_cast<const char*>(&value), sizeof value); }

template <class Value>
void put(std::string& out, const std::vector<Value>& values) {
    out.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(Value));
}

/// Takes values from the front of bytes; nothing is taken beyond the end.
class Taker {
public:
    explicit Taker(std::string_view bytes) : rest_(bytes) {}
    [[nodiscard]] bool ok() const noexcept { return ok_; }
    [[nodiscard]] bool at_end() const noexcept { return rest_.empty(); }

    std::string_view text(std::size_t size) {
        if (size > rest_.size()) ok_ = false;
        const std::string_view taken = ok_ ? rest_.substr(0, size) : std::string_view{};
        rest_.remove_prefix(taken.size());
        return taken;
    }
    std::uint64_t number() {
        std::uint64_t value = 0;
        const std::string_view bytes = text(sizeof value);
        if (ok_) std::memcpy(&value, bytes.data(), sizeof value);
        return value;
    }
    template <class Value>
    std::vector<Value> values(std::size_t count) {
        if (count > rest_.size() / sizeof(Value)) ok_ = false;
        std::vector<Value> taken(ok_ ? count : 0);
        const std::string_view bytes = text(taken.size() * sizeof(Value));
        if (!bytes.empty()) std::memcpy(taken.data(), bytes.data(), bytes.size());
        return taken;
    }

private:
    std::string_view rest_;
    bool ok_ = true;
};

}  // namespace

std::string to_bytes(const GridPart& part, const std::string& fingerprint, std::size_t chunk) {
    std::string payload = fingerprint;
    put(payload, chunk);
    put(payload, part.status.size());
    put(payload, part.parameters);
    put(payload, part.outputs);
    put(payload, part.status);
    for (const auto& reason : part.reason) {
        put(payload, reason.size());
        payload += reason;
    }
    return std::string(magic) + sha256(payload) + payload;
}

bool part_from_bytes(std::string_view bytes, const GridManifest& manifest, const std::string& fingerprint,
                     std::size_t chunk, GridPart& part, std::string& problem) {
    const auto wrong = [&problem](const char* text) {
        problem = text;
        return false;
    };
    if (bytes.size() < head || !bytes.starts_with(magic)) return wrong("it is truncated or no part of a grid");
    if (bytes.substr(magic.size(), hash_size) != sha256(bytes.substr(head))) return wrong("its checksum does not fit");
    Taker taker(bytes.substr(head));
    if (taker.text(hash_size) != fingerprint) return wrong("it belongs to another grid");
    const std::size_t n = manifest.chunk_size(chunk);
    if (taker.number() != chunk || taker.number() != n) return wrong("it is another part of the grid");
    part.parameters = taker.values<double>(n * manifest.info.parameter_count());
    part.outputs = taker.values<double>(n * manifest.info.output_count());
    part.status = taker.values<std::uint8_t>(n);
    part.reason.clear();
    for (std::size_t i = 0; i < n && taker.ok(); ++i) part.reason.emplace_back(taker.text(taker.number()));
    return taker.ok() && taker.at_end() ? true : wrong("its length does not fit");
}

std::string part_name(std::size_t chunk) {
    std::string digits = std::to_string(chunk);
    if (digits.size() < 6) digits.insert(0, 6 - digits.size(), '0');
    return "chunk-" + digits + ".part";
}

}  // namespace ism::simulate
