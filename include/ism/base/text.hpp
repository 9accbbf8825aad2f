#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Small text tools shared by the file readers: locale-free and strict.
namespace ism {

/// The shortest text that reads back as the same double; "nan" for NaN.
[[nodiscard]] std::string to_text(double value);
/// The same with an exponent: "1.8867764509335338e+17".
[[nodiscard]] std::string to_scientific(double value);
/// `digits` significant digits, for people.
[[nodiscard]] std::string to_text(double value, int digits);
/// A number that fills the whole text (Fortran's D exponent is accepted), nothing else.
[[nodiscard]] std::optional<double> number_from(std::string_view text);
/// Words separated by blanks and tabs.
[[nodiscard]] std::vector<std::string_view> words(std::string_view line);
/// Lines without their end; a final newline makes no extra line; \r\n is understood.
[[nodiscard]] std::vector<std::string_view> lines(std::string_view text);
[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char separator);
[[nodiscard]] std::string_view trimmed(std::string_view text);
[[nodiscard]] bool is_utf8(std::string_view text);
/// The text with U+FFFD for each byte that is not UTF-8: names of files may hold any byte, JSON may not.
[[nodiscard]] std::string valid_utf8(std::string_view text);

}  // namespace ism
