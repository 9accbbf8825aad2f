#pragma once
#include <string_view>

namespace ism::simulate::dust {

/// The text of a table of data/ that is built into the library ("bpass_z008_binary.dat"); empty for any other name.
/// Origin, licence and unit of each: its own header lines and data/README.md.
[[nodiscard]] std::string_view embedded_table(std::string_view file_name);

}  // namespace ism::simulate::dust
