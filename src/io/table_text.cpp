#include <algorithm>
#include <array>
#include <cmath>

#include <io/delimited_rows.hpp>
#include <io/table_formats.hpp>
#include <io/yaml_subset.hpp>

#include <ism/base/errors.hpp>
#include <ism/base/text.hpp>
#include <ism/io/table.hpp>

namespace ism::io {
namespace {

/// A number that reads back as itself. Large whole numbers get an exponent: readers take sixteen digits in a row for an
/// identifier that a double would change.
std::string entry_of(double value) {
    return std::abs(value) < 1e15 || !std::isfinite(value) ? to_text(value) : to_scientific(value);
}

Table table_of(std::string_view text, const std::string& source) {
    Table table;
    table.source.name = source;
    table.source.text = std::make_shared<const std::string>(text);
    return table;
}

enum class EcsvType { number, boolean, text, unreadable };

EcsvType ecsv_type(const std::string& name) {
    static constexpr std::array<std::string_view, 13> numbers = {"int8",    "int16",    "int32",  "int64",   "uint8",
                                                                 "uint16",  "uint32",   "uint64", "float16", "float32",
                                                                 "float64", "float128", "float"};
    if (std::find(numbers.begin(), numbers.end(), name) != numbers.end()) return EcsvType::number;
    if (name == "bool") return EcsvType::boolean;
    return name == "string" ? EcsvType::text : EcsvType::unreadable;
}

/// What the header of an ECSV file declares.
struct EcsvHeader {
    std::vector<Column> columns;
    std::vector<EcsvType> types;
    std::vector<std::pair<std::string, std::string>> meta;
    char delimiter = ' ';
    std::size_t data_begin = 0;  // first byte behind the header
};

std::string text_of(const YamlNode& node, std::string_view key) {
    const YamlNode* found = node.find(key);
    return found != nullptr ? found->text : std::string();
}

void keep_meta(const YamlNode& node, EcsvHeader& header) {
    for (const auto& item : node.items) keep_meta(item, header);
    for (const auto& [key, value] : node.entries) {
        if (value.kind == YamlNode::Kind::scalar) header.meta.emplace_back(key, value.text);
    }
}

void declare_column(const YamlNode& node, EcsvHeader& header, const std::string& source) {
    const std::string name = text_of(node, "name");
    if (name.empty()) throw InputError({.where = source, .found = "a column of the header has no name"});
    const bool array = node.find("subtype") != nullptr;
    header.columns.push_back(
        {.name = name, .unit = text_of(node, "unit"), .help = text_of(node, "description"), .values = {}, .texts = {}});
    header.types.push_back(array ? EcsvType::unreadable : ecsv_type(text_of(node, "datatype")));
}

/// The lines of the header without their "# ", and where the data begin.
std::vector<std::string_view> header_lines(std::string_view text, std::size_t& data_begin) {
    std::vector<std::string_view> found;
    std::size_t at = 0;
    while (at < text.size() && text[at] == '#') {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        std::string_view line = text.substr(at + 1, end - at - 1);
        if (line.starts_with(' ')) line.remove_prefix(1);
        found.push_back(line);
        at = std::min(end + 1, text.size());
    }
    data_begin = at;
    return found;
}

EcsvHeader ecsv_header(std::string_view text, const std::string& source) {
    EcsvHeader header;
    auto lines = header_lines(text, header.data_begin);
    if (lines.empty() || !lines.front().starts_with("%ECSV ")) {
        throw InputError({.where = source + ":1",
                          .found = "this is no ECSV file",
                          .allowed = "a first line '# %ECSV 1.0'",
                          .next = "a plain table of numbers can be given as .csv"});
    }
    if (!lines.front().starts_with("%ECSV 1.") && !lines.front().starts_with("%ECSV 0.9")) {
        throw InputError({.where = source + ":1",
                          .found = "ECSV version '" + std::string(trimmed(lines.front().substr(6))) + "'",
                          .allowed = "0.9, 1.x"});
    }
    lines.erase(lines.begin());
    const YamlNode root = parse_yaml(lines, source, 2);
    const YamlNode* types = root.find("datatype");
    if (types == nullptr || types->items.empty())
        throw InputError({.where = source,
                          .found = "the header declares no columns",
                          .allowed = "'datatype:' with a line for each column"});
    for (const auto& node : types->items) declare_column(node, header, source);
    if (const YamlNode* meta = root.find("meta")) keep_meta(*meta, header);
    const std::string delimiter = text_of(root, "delimiter");
    if (!delimiter.empty() && delimiter != "," && delimiter != " ")
        throw InputError({.where = source, .found = "delimiter '" + delimiter + "'", .allowed = "a blank or a comma"});
    header.delimiter = delimiter == "," ? ',' : ' ';
    return header;
}

/// The line of names must agree with the header.
void check_names(RowReader& rows, const Table& table) {
    std::vector<Field> names;
    if (!rows.next(names))
        throw InputError({.where = table.source.name,
                          .found = "the file ends behind the header",
                          .allowed = "a line of column names, then the rows"});
    std::string declared;
    for (const auto& column : table.columns) declared += (declared.empty() ? "" : ", ") + column.name;
    for (std::size_t j = 0; j < std::max(names.size(), table.columns.size()); ++j) {
        if (j < names.size() && j < table.columns.size() && names[j].text == table.columns[j].name) continue;
        const Field& shown = names[std::min(j, names.size() - 1)];
        fail_at(*table.source.text, table.source.name, shown.begin, shown.length,
                "the line of names differs from the header", declared);
    }
}

/// Turns the texts of a column into what its header declares; false where it must be left out.
bool convert(Column& column, EcsvType type, const Table& table) {
    if (type == EcsvType::text) return true;
    if (type == EcsvType::unreadable) return false;
    if (type == EcsvType::boolean) {
        for (auto& text : column.texts) text = text == "True" ? "1" : text == "False" ? "0" : text;
    }
    if (to_numbers(column)) return true;
    const auto number = [](const std::string& text) { return text.empty() || text == "--" || number_from(text); };
    const auto bad = std::find_if_not(column.texts.begin(), column.texts.end(), number);
    if (bad == column.texts.end()) return true;  // long integers: kept as text
    const auto row = static_cast<std::size_t>(bad - column.texts.begin());
    throw InputError(
        {.where = table.place(row),
         .found = "'" + *bad + "' in column '" + column.name + "' is no number" + table.shown(row, column.name),
         .allowed = "a number, nan or \"\" for a missing one",
         .effect = std::to_string(std::count_if(column.texts.begin(), column.texts.end(),
                                                [&](const auto& t) { return !number(t); })) +
                   " of " + std::to_string(column.texts.size()) + " rows are affected"});
}

/// "wavelength [um]" is a name and a unit.
void split_unit(Column& column) {
    const std::size_t open = column.name.rfind('[');
    if (open == std::string::npos || open == 0 || column.name.back() != ']') return;
    column.unit = trimmed(std::string_view(column.name).substr(open + 1, column.name.size() - open - 2));
    column.name = trimmed(std::string_view(column.name).substr(0, open));
}

char delimiter_of(std::string_view line) {
    for (const char c : {',', ';', '\t'}) {
        if (line.find(c) != std::string_view::npos) return c;
    }
    return ',';
}

/// Comments "# key: value" in front of a CSV table.
void read_comments(std::string_view text, Table& table) {
    for (std::size_t at = 0; at < text.size() && text[at] == '#';) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        const std::string_view line = trimmed(text.substr(at + 1, end - at - 1));
        if (const std::size_t colon = line.find(": "); colon != std::string_view::npos) {
            table.meta.emplace_back(line.substr(0, colon), trimmed(line.substr(colon + 2)));
        }
        at = end + 1;
    }
}

/// Where the first line stands that is neither blank nor a comment; the end of the text where there is none.
std::size_t first_content(std::string_view text) {
    std::size_t at = 0;
    while (at < text.size()) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        const std::string_view line = trimmed(text.substr(at, end - at));
        if (!line.empty() && line.front() != '#') return at;
        at = std::min(end + 1, text.size());
    }
    return text.size();
}

void append_rows(std::string& out, const Table& table, char delimiter) {
    for (std::size_t i = 0; i < table.row_count(); ++i) {
        for (std::size_t j = 0; j < table.columns.size(); ++j) {
            const Column& column = table.columns[j];
            if (j > 0) out += delimiter;
            out += column.is_text() ? quoted_field(column.texts[i], delimiter) : entry_of(column.values[i]);
        }
        if (table.columns.size() == 1 && (out.empty() || out.back() == '\n'))
            out += "\"\"";  // no blank line: it is no row
        out += '\n';
    }
}

}  // namespace

Table ecsv_declaration(std::string_view header, const std::string& source) {
    EcsvHeader declared = ecsv_header(header, source);
    Table table;
    table.columns = std::move(declared.columns);
    table.meta = std::move(declared.meta);
    return table;
}

Table table_from_ecsv(std::string_view text, const std::string& source) {
    Table table = table_of(text, source);
    EcsvHeader header = ecsv_header(text, source);
    table.columns = std::move(header.columns);
    table.meta = std::move(header.meta);
    table.source.delimiter = header.delimiter;
    RowReader rows(*table.source.text, header.data_begin, header.delimiter, source);
    check_names(rows, table);
    read_rows(rows, table);
    check_table(table, source);
    Table kept = table;  // `table` keeps every column as text, so that messages can show them
    kept.columns.clear();
    for (std::size_t j = 0; j < table.columns.size(); ++j) {
        Column column = table.columns[j];
        if (convert(column, header.types[j], table)) {
            kept.columns.push_back(std::move(column));
        } else {
            kept.warnings.push_back("column '" + column.name + "' was left out: it holds arrays or objects");
        }
    }
    check_read_table(kept);
    return kept;
}

Table table_from_csv(std::string_view text, const std::string& source) {
    if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);  // byte-order mark of spreadsheets
    Table table = table_of(text, source);
    read_comments(text, table);
    const std::size_t begin = first_content(text);
    if (begin == text.size())
        throw InputError({.where = source,
                          .found = "the file holds no table",
                          .allowed = "a line of column names, then rows of numbers"});
    const char delimiter = delimiter_of(text.substr(begin, text.find('\n', begin) - begin));
    table.source.delimiter = delimiter;
    std::vector<Field> names;
    RowReader rows(*table.source.text, begin, delimiter, source);
    rows.next(names);
    for (auto& name : names) {
        table.columns.push_back({.name = name.text, .unit = {}, .help = {}, .values = {}, .texts = {}});
        split_unit(table.columns.back());
        if (table.columns.back().name.empty())
            fail_at(*table.source.text, source, name.begin, std::max<std::size_t>(name.length, 1),
                    "a column has no name", "names separated by commas");
    }
    read_rows(rows, table);
    check_table(table, source);
    for (auto& column : table.columns) to_numbers(column);
    check_read_table(table);
    return table;
}

std::string to_ecsv(const Table& table) {
    check_table(table, "table");
    std::string out = "# %ECSV 1.0\n# ---\n# datatype:\n", names;
    for (const auto& column : table.columns) {
        out += "# - {name: " + yaml_string(column.name);
        if (!column.unit.empty()) out += ", unit: " + yaml_string(column.unit);
        out += std::string(", datatype: ") + (column.is_text() ? "string" : "float64");
        if (!column.help.empty()) out += ", description: " + yaml_string(column.help);
        out += "}\n";
        names += (names.empty() ? "" : " ") + quoted_field(column.name, ' ');
    }
    if (!table.meta.empty()) out += "# meta: !!omap\n";
    for (const auto& [key, value] : table.meta) out += "# - {" + yaml_string(key) + ": " + yaml_string(value) + "}\n";
    out += "# schema: astropy-2.0\n" + names + "\n";
    append_rows(out, table, ' ');
    return out;
}

std::string to_csv(const Table& table) {
    check_table(table, "table");
    std::string out, names;
    for (const auto& [key, value] : table.meta) {
        std::string line = key + ": " + value;
        std::replace_if(line.begin(), line.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
        out += "# " + line + "\n";
    }
    for (const auto& column : table.columns) {
        names += (names.empty() ? "" : ",") +
                 quoted_field(column.unit.empty() ? column.name : column.name + " [" + column.unit + "]", ',');
    }
    out += names + "\n";
    append_rows(out, table, ',');
    return out;
}

}  // namespace ism::io
