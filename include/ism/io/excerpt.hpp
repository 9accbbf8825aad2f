#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace ism::io {

/// The lines around a place in a text, with carets under the part that is meant; goes behind ErrorText::found:
///
///          41 | 1.0e4, 3.2e2, 1.0
///       >  42 | 1.0e4, 2.1e7, 1.0
///             |        ^^^^^
///
/// `begin` and `length` are in bytes. Very long lines are cut around the place. Starts with a newline, has none at its
/// end.
[[nodiscard]] std::string excerpt(std::string_view text, std::size_t begin, std::size_t length);

/// Number of the line, from 1, in which byte `begin` stands.
[[nodiscard]] std::size_t line_number(std::string_view text, std::size_t begin);

}  // namespace ism::io
