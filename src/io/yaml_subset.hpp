#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ism::io {

/// A value of a YAML text.
struct YamlNode {
    enum class Kind { scalar, sequence, mapping };
    Kind kind = Kind::scalar;
    std::string text{};                                       ///< of a scalar; "" for null
    std::vector<YamlNode> items{};                            ///< of a sequence
    std::vector<std::pair<std::string, YamlNode>> entries{};  ///< of a mapping

    /// The value of `key`, or null where there is none or this is no mapping.
    [[nodiscard]] const YamlNode* find(std::string_view key) const noexcept;
};

/// Parses the part of YAML that stands in the headers of ECSV files: block and flow collections, plain, quoted and
/// block scalars over several lines. Tags and anchors are passed over, aliases are not resolved.
///
/// `lines` come without their comment mark. Throws InputError whose place is "source:line" with `first_line` the number
/// of lines[0].
[[nodiscard]] YamlNode parse_yaml(const std::vector<std::string_view>& lines, const std::string& source,
                                  std::size_t first_line);

/// A scalar written so that any YAML reader gets the same string back (never a number, a truth value or null).
[[nodiscard]] std::string yaml_string(const std::string& text);

}  // namespace ism::io
