#pragma once
#include <string>

#include <ism/base/errors.hpp>

/// The text of the error that `work` throws, "no error of this kind" where it throws none.
template <class Expected = ism::InputError, class Work>
std::string error_of(const Work& work) {
    try {
        work();
    } catch (const Expected& error) {
        return error.what();
    }
    return "no error of this kind";
}

inline bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }
