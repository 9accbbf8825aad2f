#include <io/yaml_subset.hpp>

#include <algorithm>
#include <array>
#include <cstdint>

#include <ism/base/errors.hpp>
#include <ism/base/text.hpp>

namespace ism::io {
namespace {

constexpr int deepest = 32;  // levels of nesting; a header has 5

constexpr bool blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

bool starts_item(std::string_view text) { return text == "-" || text.starts_with("- "); }

void append_utf8(std::string& out, std::uint32_t code) {
    const auto byte = [&out](std::uint32_t value) { out += static_cast<char>(static_cast<unsigned char>(value)); };
    if (code < 0x80) {
        byte(code);
    } else if (code < 0x800) {
        byte(0xc0 | (code >> 6));
        byte(0x80 | (code & 0x3f));
    } else if (code < 0x10000) {
        byte(0xe0 | (code >> 12));
        byte(0x80 | ((code >> 6) & 0x3f));
        byte(0x80 | (code & 0x3f));
    } else {
        byte(0xf0 | ((code >> 18) & 7));
        byte(0x80 | ((code >> 12) & 0x3f));
        byte(0x80 | ((code >> 6) & 0x3f));
        byte(0x80 | (code & 0x3f));
    }
}

/// Flow style: {a: 1, b: [x, 'y']}, quoted and plain scalars; the text may hold newlines.
class FlowParser {
public:
    explicit FlowParser(std::string_view text) : text_(text) {}

    /// The one value of the whole text; false where the text is no YAML.
    bool parse(YamlNode& node) {
        skip_blanks();
        if (!value(node, 0)) return false;
        skip_blanks();
        return at_ == text_.size() || text_[at_] == '#';
    }

private:
    [[nodiscard]] bool more() const { return at_ < text_.size(); }
    [[nodiscard]] char here() const { return text_[at_]; }

    void skip_blanks() {
        while (more() && blank(here())) ++at_;
    }

    void skip_tag() {
        while (more() && (here() == '!' || here() == '&')) {
            while (more() && !blank(here()) && here() != ',' && here() != '}' && here() != ']') ++at_;
            skip_blanks();
        }
    }

    bool value(YamlNode& node, int depth) {
        if (depth > deepest) return false;
        skip_tag();
        if (!more()) return true;  // a tag alone: null
        switch (here()) {
            case '{':
                return collection(node, depth, '}', YamlNode::Kind::mapping);
            case '[':
                return collection(node, depth, ']', YamlNode::Kind::sequence);
            case '\'':
                return single_quoted(node.text);
            case '"':
                return double_quoted(node.text);
            default:
                return plain(node.text, depth > 0);
        }
    }

    bool collection(YamlNode& node, int depth, char close, YamlNode::Kind kind) {
        node.kind = kind;
        ++at_;
        for (skip_blanks(); more() && here() != close; skip_blanks()) {
            if (!(kind == YamlNode::Kind::mapping ? entry(node, depth) : value(node.items.emplace_back(), depth + 1)))
                return false;
            skip_blanks();
            if (more() && here() == ',') {
                ++at_;
            } else if (!more() || here() != close) {
                return false;
            }
        }
        if (!more()) return false;
        ++at_;
        return true;
    }

    bool entry(YamlNode& node, int depth) {
        YamlNode key;
        const std::size_t start = at_;
        if (!value(key, depth + 1) || key.kind != YamlNode::Kind::scalar || at_ == start) return false;
        auto& added = node.entries.emplace_back(std::move(key.text), YamlNode{}).second;
        skip_blanks();
        if (!more() || here() != ':') return more() && (here() == ',' || here() == '}');
        ++at_;
        skip_blanks();
        if (more() && (here() == ',' || here() == '}')) return true;
        return value(added, depth + 1);
    }

    /// Newlines inside a scalar: one is a blank, n + 1 are n newlines.
    void fold(std::string& out) {
        while (!out.empty() && (out.back() == ' ' || out.back() == '\t')) out.pop_back();
        std::size_t newlines = 0;
        for (; more() && blank(here()); ++at_) newlines += here() == '\n' ? 1 : 0;
        out += newlines == 1 ? std::string(" ") : std::string(newlines - 1, '\n');
    }

    bool single_quoted(std::string& out) {
        for (++at_; more();) {
            if (here() == '\n') {
                fold(out);
            } else if (here() != '\'') {
                out += text_[at_++];
            } else if (at_ + 1 < text_.size() && text_[at_ + 1] == '\'') {
                out += '\'';
                at_ += 2;
            } else {
                ++at_;
                return true;
            }
        }
        return false;
    }

    bool double_quoted(std::string& out) {
        for (++at_; more();) {
            const char c = here();
            if (c == '\n') {
                fold(out);
            } else if (c == '"') {
                ++at_;
                return true;
            } else if (c != '\\') {
                out += text_[at_++];
            } else if (!escape(out)) {
                return false;
            }
        }
        return false;
    }

    bool escape(std::string& out) {
        ++at_;
        if (!more()) return false;
        const char c = text_[at_++];
        static constexpr std::string_view names = "0abtnvfre\"/\\ ", values("\0\a\b\t\n\v\f\r\x1b\"/\\ ", 13);
        if (const auto i = names.find(c); i != std::string_view::npos) {
            out += values[i];
            return true;
        }
        if (c == '\n') {  // an escaped end of line joins the lines
            skip_blanks();
            return true;
        }
        return hexadecimal(out, c == 'x' ? 2U : c == 'u' ? 4U : c == 'U' ? 8U : 0U);
    }

    bool hexadecimal(std::string& out, unsigned digits) {
        if (digits == 0 || at_ + digits > text_.size()) return false;
        std::uint32_t code = 0;
        for (unsigned i = 0; i < digits; ++i) {
            static constexpr std::string_view hex = "0123456789abcdef";
            const char c = text_[at_++];
            const auto digit = hex.find(c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c);
            if (digit == std::string_view::npos) return false;
            code = code * 16 + static_cast<std::uint32_t>(digit);
        }
        if (code > 0x10ffff) return false;
        append_utf8(out, code);
        return true;
    }

    bool plain(std::string& out, bool in_collection) {
        while (more()) {
            const char c = here();
            const bool last = at_ + 1 == text_.size();
            if (c == ':' && in_collection &&
                (last || blank(text_[at_ + 1]) || text_[at_ + 1] == ',' || text_[at_ + 1] == '}'))
                break;
            if (in_collection && (c == ',' || c == '}' || c == ']' || c == '{' || c == '[')) break;
            if (c == '#' && !out.empty() && blank(out.back())) break;
            if (c == '\n') {
                fold(out);
            } else {
                out += text_[at_++];
            }
        }
        while (!out.empty() && blank(out.back())) out.pop_back();
        if (out == "null" || out == "~" || out == "Null" || out == "NULL") out.clear();
        return true;
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

struct Line {
    std::size_t indent = 0;
    std::string_view text;   // without indentation
    std::size_t number = 0;  // in the file
};

/// Block style, line by line.
class BlockParser {
public:
    BlockParser(const std::vector<std::string_view>& lines, const std::string& source, std::size_t first_line)
        : source_(source) {
        for (std::size_t i = 0; i < lines.size(); ++i) {
            std::string_view text = lines[i];
            while (!text.empty() && blank(text.back())) text.remove_suffix(1);
            if (text == "---" || text == "...") continue;
            const std::size_t indent = std::min(text.find_first_not_of(' '), text.size());
            lines_.push_back({indent, text.substr(indent), first_line + i});
        }
    }

    YamlNode parse() {
        YamlNode node;
        skip_empty();
        if (more()) node = block(0);
        skip_empty();
        if (more()) fail("this line does not belong to what stands before it");
        return node;
    }

private:
    [[nodiscard]] bool more() const { return at_ < lines_.size(); }
    [[nodiscard]] const Line& here() const { return lines_[at_]; }

    void skip_empty() {
        while (more() && (here().text.empty() || here().text.front() == '#')) ++at_;
    }

    [[noreturn]] void fail(const std::string& found) const {
        const Line& line = lines_[std::min(at_, lines_.size() - 1)];
        throw InputError(
            {.where = source_ + ":" + std::to_string(line.number),
             .found = "the header is not YAML: " + found + ": '" + std::string(line.text.substr(0, 80)) + "'",
             .next = "an ECSV header is easiest written by astropy or ismulate; a plain table can be given as .csv"});
    }

    YamlNode block(int depth) {
        if (depth > deepest) fail("it is nested too deeply");
        return starts_item(here().text) ? sequence(depth) : mapping(depth);
    }

    YamlNode sequence(int depth) {
        if (depth > deepest) fail("it is nested too deeply");
        YamlNode node{.kind = YamlNode::Kind::sequence};
        const std::size_t indent = here().indent;
        for (; more() && here().indent == indent && starts_item(here().text); skip_empty()) {
            Line& line = lines_[at_];
            const std::size_t skipped = std::min(line.text.find_first_not_of(' ', 1), line.text.size());
            const std::string_view rest = line.text.substr(skipped);
            if (starts_item(rest) ||
                key_end(rest) != std::string_view::npos) {  // a collection that begins on this line
                line = {line.indent + skipped, rest, line.number};
                node.items.push_back(block(depth + 1));
            } else {
                node.items.push_back(value(rest, indent, depth, false));
            }
        }
        return node;
    }

    YamlNode mapping(int depth) {
        if (depth > deepest) fail("it is nested too deeply");
        YamlNode node{.kind = YamlNode::Kind::mapping};
        const std::size_t indent = here().indent;
        for (; more() && here().indent == indent && !starts_item(here().text); skip_empty()) {
            const std::string_view text = here().text;
            const std::size_t colon = key_end(text);
            if (colon == std::string_view::npos) fail("'key: value' is expected");
            YamlNode key;
            if (!FlowParser(text.substr(0, colon)).parse(key)) fail("this is no key");
            node.entries.emplace_back(key.text, value(text.substr(colon + 1), indent, depth, true));
        }
        return node;
    }

    /// Position of the ':' that ends a key at the begin of `text`; npos where there is none.
    [[nodiscard]] static std::size_t key_end(std::string_view text) {
        if (text.empty() || text.front() == '{' || text.front() == '[' || text.front() == '!')
            return std::string_view::npos;
        std::size_t from = 0;
        if (text.front() == '\'' || text.front() == '"') {
            from = text.find(text.front(), 1);
            if (from == std::string_view::npos) return from;
        }
        for (std::size_t i = text.find(':', from); i != std::string_view::npos; i = text.find(':', i + 1)) {
            if (i + 1 == text.size() || text[i + 1] == ' ') return i;
        }
        return std::string_view::npos;
    }

    /// What follows a key or a dash; `rest` is the rest of the line at hand.
    YamlNode value(std::string_view rest, std::size_t indent, int depth, bool after_key) {
        rest = without_tags(rest);
        if (rest.starts_with('|') || rest.starts_with('>')) return block_scalar(rest.front() == '>', indent);
        if (!rest.empty() && rest.front() != '#') return flow(rest, indent);
        ++at_;
        skip_empty();
        if (!more()) return {};
        const bool same_level = after_key && here().indent == indent && starts_item(here().text);
        if (here().indent > indent || same_level) return block(depth + 1);
        return {};
    }

    static std::string_view without_tags(std::string_view rest) {
        for (rest = trimmed(rest); !rest.empty() && (rest.front() == '!' || rest.front() == '&');
             rest = trimmed(rest)) {
            rest.remove_prefix(std::min(rest.find_first_of(" \t{["), rest.size()));
        }
        return rest;
    }

    YamlNode flow(std::string_view rest, std::size_t indent) {
        std::string joined(rest);
        const std::size_t first = at_;
        for (++at_; more() && (here().text.empty() || here().indent > indent); ++at_)
            joined.append("\n").append(here().text);
        YamlNode node;
        if (!FlowParser(joined).parse(node)) {
            at_ = first;
            fail("a bracket or quote is not closed, or a comma is missing");
        }
        return node;
    }

    YamlNode block_scalar(bool folded, std::size_t indent) {
        YamlNode node;
        std::size_t inner = 0;
        for (++at_; more() && (here().text.empty() || here().indent > indent); ++at_) {
            if (inner == 0) inner = here().indent;
            if (!node.text.empty()) node.text += folded ? ' ' : '\n';
            if (!folded && here().indent > inner) node.text.append(here().indent - inner, ' ');
            node.text += here().text;
        }
        return node;
    }

    const std::string& source_;
    std::vector<Line> lines_;
    std::size_t at_ = 0;
};

/// True where YAML would take the plain text for something else than a string.
bool needs_quotes(const std::string& text) {
    static constexpr std::array<std::string_view, 11> reserved = {"null", "true", "false", "yes", "no",  "on",
                                                                  "off",  "y",    "n",     "nan", ".nan"};
    if (text.empty() || text.find(": ") != std::string::npos || text.back() == ':' || text.back() == ' ') return true;
    const auto safe = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("_ ./*()+-:=^").find(c) != std::string_view::npos;
    };
    const char first = text.front();
    const bool letter = (first >= 'a' && first <= 'z') || (first >= 'A' && first <= 'Z');
    if (!letter || !std::all_of(text.begin(), text.end(), safe)) return true;
    std::string lower = text;
    for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return std::find(reserved.begin(), reserved.end(), lower) != reserved.end();
}

std::string double_quoted(const std::string& text) {
    std::string out = "\"";
    for (const char c : text) {
        static constexpr std::string_view hex = "0123456789abcdef";
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (c == '\n') {
            out += "\\n";
        } else if (byte < 0x20 || byte == 0x7f) {
            out += "\\x";
            out += hex[byte >> 4];
            out += hex[byte & 15];
        } else {
            out += c;
        }
    }
    return out + '"';
}

}  // namespace

const YamlNode* YamlNode::find(std::string_view key) const noexcept {
    for (const auto& [name, node] : entries) {
        if (name == key) return &node;
    }
    return nullptr;
}

YamlNode parse_yaml(const std::vector<std::string_view>& lines, const std::string& source, std::size_t first_line) {
    return BlockParser(lines, source, first_line).parse();
}

std::string yaml_string(const std::string& text) {
    if (!needs_quotes(text)) return text;
    const bool control =
        std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
    if (control) return double_quoted(text);
    std::string out = "'";
    for (const char c : text) out += c == '\'' ? std::string("''") : std::string(1, c);
    return out + '\'';
}

}  // namespace ism::io
