#include "output.hpp"

#include <algorithm>
#include <cmath>
#include <iostream>

#include <nlohmann/json.hpp>

#include <ism/base/atomic_file.hpp>
#include <ism/base/errors.hpp>

namespace ism::app {
namespace {

/// The texts of a table may be of any encoding, JSON must be UTF-8.
std::string json_text(const nlohmann::ordered_json& json) {
    return json.dump(1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

nlohmann::ordered_json json_of(const io::Table& table) {
    nlohmann::ordered_json columns = nlohmann::ordered_json::array();
    for (const auto& column : table.columns) {
        nlohmann::ordered_json one{{"name", column.name}, {"unit", column.unit}, {"help", column.help}};
        if (column.is_text())
            one["values"] = column.texts;
        else
            one["values"] = column.values;  // NaN becomes null
        columns.push_back(std::move(one));
    }
    nlohmann::ordered_json meta = nlohmann::ordered_json::object();
    for (const auto& [key, value] : table.meta) meta[key] = value;
    return {{"columns", std::move(columns)}, {"meta", std::move(meta)}};
}

bool known_ending(const std::string& path) {
    const auto endings = {".ecsv", ".csv", ".fits", ".h5", ".json"};
    return std::any_of(endings.begin(), endings.end(), [&](const char* ending) { return path.ends_with(ending); });
}

}  // namespace

void check_table_output(const Context& context) {
    if (context.output.empty()) return;
    if (!known_ending(context.output)) {
        throw InputError({.where = "-o " + context.output,
                          .found = "the ending does not name a table format",
                          .allowed = ".ecsv, .csv, .fits, .h5, .json",
                          .effect = "nothing was computed"});
    }
    check_output(context.output, context.force);
}

void put_table(const Context& context, io::Table table, const Provenance& provenance) {
    table.meta.emplace_back("provenance", provenance.json());
    if (context.output.ends_with(".json")) {
        write_atomically(context.output, json_text(json_of(table)));
    } else if (!context.output.empty()) {
        io::write_table(context.output, table);
    }
    if (context.json)
        std::cout << json_text(json_of(table));
    else if (context.output.empty())
        std::cout << io::to_ecsv(table);
    else
        context.say("wrote " + context.output + ": " + std::to_string(table.row_count()) + " rows");
}

}  // namespace ism::app
