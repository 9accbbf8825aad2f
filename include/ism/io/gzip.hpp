#pragma once
#include <string>
#include <string_view>

namespace ism::io {

/// The whole file, decompressed where it begins as a gzip file does. Throws InputError where it is missing, damaged or
/// larger than 2 GiB when decompressed.
[[nodiscard]] std::string read_maybe_gzip(const std::string& path);

/// Decompresses gzip bytes; `name` is shown in errors.
[[nodiscard]] std::string gunzip(std::string_view bytes, const std::string& name);

}  // namespace ism::io
