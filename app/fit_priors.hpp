#pragma once
#include <map>
#include <string>
#include <vector>

#include <ism/infer/prior.hpp>
#include <ism/infer/sed_fit.hpp>

#include "arguments.hpp"

namespace ism::app {

/// Priors of a TOML file: one table for each parameter,
///
///     [U]
///     shape = "log-uniform"      # uniform, log-uniform, normal, log-normal, fixed
///     low = 0.1                  # uniform ones need both; they cut the others
///     high = 1e4
///
/// with mean and width for the normal, median and width (of ln x) for the log-normal, value for a fixed one. Throws
/// InputError with file and line.
[[nodiscard]] std::map<std::string, infer::Prior> read_priors(const std::string& path);

/// -p NAME=VALUE fixes a parameter, -p NAME=LOW:HIGH makes it flat there on the scale of the parameter.
void add_choices(const std::vector<ParameterChoice>& choices, const ModelInfo& info,
                 std::map<std::string, infer::Prior>& priors);

/// Multiplicative errors of lines: "0.1" or "factor 1.3" (s = ln 1.3) for all, "13c*=0.2" for those that a glob fits;
/// of several the last one counts. Throws InputError where a glob fits no line or the error is out of range.
void add_multiplicative(const std::string& text, std::vector<infer::FluxBand>& lines);

/// "PACS=0.05,SPIRE=0.055".
[[nodiscard]] std::map<std::string, double> parse_calibration(const std::string& text);

}  // namespace ism::app
