#include "json_view.hpp"

#include <limits>

#include <ism/base/errors.hpp>

namespace ism::explain {
namespace {

constexpr const char* nothing_done = "nothing was written";

}  // namespace

JsonView JsonView::parsed(const std::string& text, const std::string& file) {
    try {
        const auto root = std::make_shared<const Json>(Json::parse(text));
        return {root, *root, file, ""};
    } catch (const nlohmann::json::parse_error& error) {
        throw InputError({.where = file,
                          .found = "it is no JSON from byte " + std::to_string(error.byte) + " of " +
                                   std::to_string(text.size()) + " on",
                          .effect = nothing_done,
                          .next = "the file is damaged or something else: make it again, or name another"});
    }
}

void JsonView::refuse(const std::string& allowed) const {
    std::string found = value_->dump(-1, ' ', false, Json::error_handler_t::replace);
    if (found.size() > 60) found = std::string("a long ") + value_->type_name();
    throw InputError({.where = file_,
                      .found = (place_.empty() ? std::string("the file") : "'" + place_ + "'") + " is " + found,
                      .allowed = allowed,
                      .effect = nothing_done,
                      .next = "the file is damaged or from another program: make it again with ismulate"});
}

JsonView JsonView::at(const std::string& key) const {
    if (!value_->is_object()) refuse("an object with '" + key + "'");
    const std::string place = place_.empty() ? key : place_ + "." + key;
    if (value_->contains(key)) return {root_, (*value_)[key], file_, place};
    throw InputError({.where = file_,
                      .found = "it has no '" + place + "'",
                      .effect = nothing_done,
                      .next = "the file is incomplete or of another version of ismulate: make it again"});
}

std::vector<JsonView> JsonView::items() const {
    if (!value_->is_array()) refuse("a list");
    std::vector<JsonView> views;
    for (std::size_t i = 0; i < value_->size(); ++i)
        views.push_back({root_, (*value_)[i], file_, place_ + "[" + std::to_string(i) + "]"});
    return views;
}

std::vector<std::pair<std::string, JsonView>> JsonView::members() const {
    if (!value_->is_object()) refuse("an object");
    std::vector<std::pair<std::string, JsonView>> views;
    for (const auto& [key, ignored] : value_->items()) views.emplace_back(key, at(key));
    return views;
}

std::string JsonView::text() const {
    if (!value_->is_string()) refuse("a text");
    return value_->get<std::string>();
}

bool JsonView::truth() const {
    if (!value_->is_boolean()) refuse("true or false");
    return value_->get<bool>();
}

std::size_t JsonView::count() const {
    if (!value_->is_number_unsigned()) refuse("a whole number, 0 or more");
    return value_->get<std::size_t>();
}

double JsonView::number() const {
    if (value_->is_null()) return std::numeric_limits<double>::quiet_NaN();
    if (!value_->is_number()) refuse("a number");
    return value_->get<double>();
}

std::vector<double> JsonView::numbers() const {
    if (!value_->is_array()) refuse("a list of numbers");
    std::vector<double> numbers;
    numbers.reserve(value_->size());
    for (const auto& item : *value_) {
        if (!item.is_number() && !item.is_null()) refuse("a list of numbers");
        numbers.push_back(item.is_null() ? std::numeric_limits<double>::quiet_NaN() : item.get<double>());
    }
    return numbers;
}

std::vector<std::string> JsonView::texts() const {
    std::vector<std::string> texts;
    for (const auto& item : items()) texts.push_back(item.text());
    return texts;
}

}  // namespace ism::explain
