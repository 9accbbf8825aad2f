#pragma once
#include <string>
#include <vector>

#include <ism/explain/report.hpp>

#include "context.hpp"

namespace ism::app {

/// Refuses a page before the work starts where its name does not end in .html, it exists already, or its folder does
/// not exist. `option` is how the name was given.
void check_page(const Context& context, const std::string& option, const std::string& path);

/// Refuses, before the work starts, a folder that holds pictures already, unless --force.
void check_figures(const Context& context, const std::string& folder);

/// Each picture as an .svg file of its own in `folder`, which is made, called after its heading: for slides and papers.
/// All or, where one is in the way, none.
void write_figures(const Context& context, const std::vector<explain::Figure>& figures, const std::string& folder);

}  // namespace ism::app
