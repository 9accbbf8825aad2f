#pragma once
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace ism::explain {

/// A place in a JSON file whose members are read with a check: what is missing or of another kind is refused with the
/// name of the file and the place in it.
class JsonView {
public:
    /// Throws InputError with the byte at which the text stops being JSON.
    static JsonView parsed(const std::string& text, const std::string& file);

    [[nodiscard]] bool has(const std::string& key) const { return value_->is_object() && value_->contains(key); }
    [[nodiscard]] bool is_null() const { return value_->is_null(); }
    [[nodiscard]] JsonView at(const std::string& key) const;
    [[nodiscard]] std::vector<JsonView> items() const;
    /// Members of an object, in the order of the text.
    [[nodiscard]] std::vector<std::pair<std::string, JsonView>> members() const;
    [[nodiscard]] std::string text() const;
    [[nodiscard]] bool truth() const;
    [[nodiscard]] std::size_t count() const;
    /// null is NaN: JSON has no other word for it.
    [[nodiscard]] double number() const;
    [[nodiscard]] std::vector<double> numbers() const;
    [[nodiscard]] std::vector<std::string> texts() const;
    [[nodiscard]] std::string dump() const { return value_->dump(); }

    [[noreturn]] void refuse(const std::string& allowed) const;

private:
    using Json = nlohmann::ordered_json;
    JsonView(std::shared_ptr<const Json> root, const Json& value, std::string file, std::string place)
        : root_(std::move(root)), value_(&value), file_(std::move(file)), place_(std::move(place)) {}

    std::shared_ptr<const Json> root_;  // keeps the whole text's tree alive
    const Json* value_;                 // the place in it
    std::string file_, place_;
};

}  // namespace ism::explain
