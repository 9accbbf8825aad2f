#include <io/delimited_rows.hpp>

#include <algorithm>
#include <limits>
#include <set>

#include <ism/base/errors.hpp>
#include <ism/base/text.hpp>
#include <ism/io/excerpt.hpp>

namespace ism::io {
namespace {

constexpr std::size_t exact_digits = 15;  // integers of more digits may not survive as double

bool is_long_integer(std::string_view text) {
    if (!text.empty() && (text.front() == '-' || text.front() == '+')) text.remove_prefix(1);
    return text.size() > exact_digits &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_missing(std::string_view text) { return text.empty() || text == "--"; }

}  // namespace

void fail_at(std::string_view text, const std::string& source, std::size_t begin, std::size_t length,
             const std::string& found, const std::string& allowed, const std::string& effect) {
    throw InputError({.where = source + ":" + std::to_string(line_number(text, begin)),
                      .found = found + excerpt(text, begin, length),
                      .allowed = allowed,
                      .effect = effect});
}

bool RowReader::at_line_end() const {
    return at_ >= text_.size() || text_[at_] == '\n' ||
           (text_[at_] == '\r' && at_ + 1 < text_.size() && text_[at_ + 1] == '\n');
}

void RowReader::skip_blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || (text_[at_] == '\t' && delimiter_ != '\t'))) ++at_;
}

void RowReader::skip_empty_lines() {
    while (at_ < text_.size()) {
        const std::size_t first = text_.find_first_not_of(" \t\r", at_);
        if (first == std::string_view::npos) {
            at_ = text_.size();
        } else if (text_[first] == '\n') {
            at_ = first + 1;
        } else if (text_[first] == '#') {
            at_ = std::min(text_.find('\n', first), text_.size() - 1) + 1;
        } else {
            return;
        }
    }
}

void RowReader::quoted(Field& field) {
    for (++at_; at_ < text_.size(); ++at_) {
        if (text_[at_] != '"') {
            field.text += text_[at_];
        } else if (at_ + 1 < text_.size() && text_[at_ + 1] == '"') {
            field.text += text_[at_++];
        } else {
            ++at_;
            return;
        }
    }
    fail_at(text_, source_, field.begin, 1, "a quote is opened here and never closed", "\"text\"");
}

Field RowReader::field() {
    Field field{{}, at_, 0};
    if (at_ < text_.size() && text_[at_] == '"') {
        quoted(field);
        field.length = at_ - field.begin;
        skip_blanks();
        if (!at_line_end() && text_[at_] != delimiter_ && delimiter_ != ' ') {
            fail_at(text_, source_, at_, 1, "there is something between a closing quote and the next entry",
                    "\"text\", with \"\" for a quote inside");
        }
        return field;
    }
    while (!at_line_end() && text_[at_] != delimiter_ && !(delimiter_ == ' ' && text_[at_] == '\t')) ++at_;
    const std::string_view raw = trimmed(text_.substr(field.begin, at_ - field.begin));
    field.text = raw;
    field.length = raw.size();
    return field;
}

bool RowReader::next(std::vector<Field>& fields) {
    fields.clear();
    skip_empty_lines();
    if (at_ >= text_.size()) return false;
    while (true) {
        skip_blanks();
        if (delimiter_ == ' ' && at_line_end()) break;
        fields.push_back(field());
        if (at_line_end()) break;
        if (delimiter_ != ' ') ++at_;  // over the delimiter
    }
    at_ = std::min(text_.find('\n', std::min(at_, text_.size())), text_.size() - 1) + 1;
    return true;
}

void read_rows(RowReader& rows, Table& table) {
    for (const auto& column : table.columns) table.source.names.push_back(column.name);
    std::vector<Field> fields;
    std::size_t wrong = 0, first_wrong = 0, first_length = 0, found = 0;
    while (rows.next(fields)) {
        const std::size_t begin = fields.front().begin;
        if (fields.size() == table.columns.size()) {
            for (std::size_t j = 0; j < fields.size(); ++j) table.columns[j].texts.push_back(std::move(fields[j].text));
            table.source.row_begin.push_back(begin);
        } else if (wrong++ == 0) {
            first_wrong = begin;
            first_length = fields.back().begin + fields.back().length - begin;
            found = fields.size();
        }
    }
    if (wrong == 0) return;
    const std::size_t total = wrong + table.source.row_begin.size();
    fail_at(*table.source.text, table.source.name, first_wrong, first_length,
            "this row has " + std::to_string(found) + " entries",
            std::to_string(table.columns.size()) + " entries, one for each column",
            std::to_string(wrong) + " of " + std::to_string(total) + " rows are affected");
}

bool to_numbers(Column& column) {
    std::vector<double> values;
    values.reserve(column.texts.size());
    for (const auto& text : column.texts) {
        const auto number = is_missing(text) ? std::numeric_limits<double>::quiet_NaN() : number_from(text);
        if (!number || is_long_integer(text)) return false;
        values.push_back(*number);
    }
    column.values = std::move(values);
    column.texts.clear();
    return true;
}

std::string quoted_field(const std::string& text, char delimiter) {
    const bool blank_edge =
        !text.empty() && (text.front() == ' ' || text.back() == ' ' || text.front() == '#' ||
                          text.starts_with("\xef\xbb\xbf"));  // at the begin: a comment, a byte-order mark
    const bool plain =
        !blank_edge && text.find_first_of("\"\n\r\t") == std::string::npos && text.find(delimiter) == std::string::npos;
    if (plain && !(text.empty() && delimiter == ' ')) return text;
    std::string out = "\"";
    for (const char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
    return out + '"';
}

void check_table(const Table& table, const std::string& where) {
    std::set<std::string_view> names;
    if (table.columns.empty()) throw InputError({.where = where, .found = "the table has no column"});
    for (const auto& column : table.columns) {
        if (column.name.empty()) throw InputError({.where = where, .found = "a column has no name"});
        if (!names.insert(column.name).second)
            throw InputError({.where = where, .found = "two columns are called '" + column.name + "'"});
        const std::size_t rows = column.size();
        if (rows != table.row_count()) {
            throw InputError(
                {.where = where,
                 .found = "column '" + column.name + "' has " + std::to_string(rows) + " rows",
                 .allowed = std::to_string(table.row_count()) + " as in column '" + table.columns.front().name + "'"});
        }
    }
}

void check_read_table(const Table& table) {
    for (const auto& column : table.columns) {
        if (is_utf8(column.name) && is_utf8(column.unit) && is_utf8(column.help)) continue;
        throw InputError({.where = table.source.name,
                          .found = "the name, unit or description of column '" + valid_utf8(column.name) +
                                   "' holds bytes that are no UTF-8 text",
                          .next = "save the file as UTF-8, or: iconv -f latin1 -t utf8 OLD > NEW"});
    }
    if (!table.columns.empty() || table.warnings.empty()) return check_table(table, table.source.name);
    throw InputError({.where = table.source.name,
                      .found = "no column can be used: " + table.warnings.front(),
                      .allowed = "at least one column of numbers or text"});
}

}  // namespace ism::io
