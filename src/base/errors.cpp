#include <ism/base/errors.hpp>

#include <algorithm>
#include <numeric>
#include <vector>

namespace ism {

std::string ErrorText::str() const {
    std::string text = where.empty() ? found : where + ": " + found;
    if (!allowed.empty()) text += "\n  allowed: " + allowed;
    if (!effect.empty()) text += "\n  " + effect;
    if (!next.empty()) text += "\n  " + next;
    return text;
}

void refuse_name(const std::string& name, const std::vector<std::string>& names, ErrorText text,
                 const std::string& otherwise) {
    for (const auto& known : names) text.allowed += (text.allowed.empty() ? "" : ", ") + known;
    if (!otherwise.empty()) text.allowed += (text.allowed.empty() ? "" : ", or ") + otherwise;
    text.next = did_you_mean(name, names);
    throw InputError(text);
}

std::size_t edit_distance(const std::string& a, const std::string& b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
        }
    }
    return row.back();
}

}  // namespace ism
