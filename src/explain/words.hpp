#pragma once
#include <string>

/// Numbers as people read them.
namespace ism::explain {

/// "0.053 %", "4.1 %", "320 %": two significant digits of 100 x share.
[[nodiscard]] std::string percent(double share);
/// "37.9 MB", "512 B": powers of 1000.
[[nodiscard]] std::string bytes_text(double bytes);
/// "3.2 us", "41 ms", "12.4 s", "3 min 20 s", "2.1 h".
[[nodiscard]] std::string seconds_text(double seconds);
/// `digits` significant digits without exponent where 1e-3 <= |value| < 1e5, else "2.2e-05".
[[nodiscard]] std::string number(double value, int digits = 3);
/// 20000 -> "20,000".
[[nodiscard]] std::string grouped(std::size_t count);

}  // namespace ism::explain
