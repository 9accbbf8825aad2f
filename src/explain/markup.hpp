#pragma once
#include <string>
#include <string_view>

/// Text for HTML and SVG.
namespace ism::explain {

/// &, <, >, quotes escaped; control characters and broken UTF-8 become U+FFFD.
[[nodiscard]] std::string escaped(std::string_view text);
/// A length in pixels: one decimal, no exponent, whatever the locale.
[[nodiscard]] std::string pixels(double value);
/// "erg s-1 H-1" -> "erg s⁻¹ H⁻¹", "um" -> "µm": FITS units for people.
[[nodiscard]] std::string unit_text(std::string_view unit);
/// "name [unit]", or "name" for a pure number.
[[nodiscard]] std::string with_unit(const std::string& name, std::string_view unit);
/// -12 -> "⁻¹²".
[[nodiscard]] std::string superscript(int value);
/// 340000000 -> "3.4×10⁸"; three significant digits, plain between 0.001 and 9999.
[[nodiscard]] std::string value_text(double value, int digits = 3);
/// The text, or as many of its characters as asked for, the last one being "…".
[[nodiscard]] std::string shortened(const std::string& text, std::size_t characters);
/// Characters that are seen: bytes that begin one in UTF-8.
[[nodiscard]] std::size_t character_count(std::string_view text);

}  // namespace ism::explain
