#pragma once
#include <string_view>

namespace ism::observe {

/// The text of a file of data/filters ("pacs.dat") that is built into the library; empty for any other name.
[[nodiscard]] std::string_view embedded_filters(std::string_view file_name);

}  // namespace ism::observe
