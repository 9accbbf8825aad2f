#include <ism/base/provenance.hpp>

#include <ism/base/text.hpp>

#ifndef ISMULATE_VERSION
#error "the build gives ISMULATE_VERSION from the file VERSION"
#endif

namespace ism {
namespace {

std::string quoted(const std::string& text) {
    std::string out = "\"";
    for (const char c : valid_utf8(text)) {
        static constexpr char hex[] = "0123456789abcdef";
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (byte < 0x20) {
            out += "\\u00";
            out += hex[byte >> 4];
            out += hex[byte & 15];
        } else {
            out += c;
        }
    }
    return out + '"';
}

std::string object(const std::vector<std::pair<std::string, std::string>>& entries) {
    std::string out = "{";
    for (const auto& [key, value] : entries) out += (out.size() > 1 ? ", " : "") + quoted(key) + ": " + quoted(value);
    return out + "}";
}

}  // namespace

std::string version() { return ISMULATE_VERSION; }

std::string Provenance::json() const {
    std::string out =
        "{\"program\": \"ismulate\", \"version\": " + quoted(version()) + ", \"command\": " + quoted(command);
    if (!seed.empty()) out += ", \"seed\": " + quoted(seed);
    return out + ", \"settings\": " + object(settings) + ", \"inputs\": " + object(inputs) + "}";
}

}  // namespace ism
