#pragma once
#include <ism/base/provenance.hpp>
#include <ism/io/table.hpp>

#include "context.hpp"

namespace ism::app {

/// Refuses -o before the work starts where the file exists already, its folder does not, or its ending is unknown.
void check_table_output(const Context& context);

/// Writes the table to -o, or to standard output as ECSV (--json: as one JSON object of columns), with its provenance.
void put_table(const Context& context, io::Table table, const Provenance& provenance);

}  // namespace ism::app
