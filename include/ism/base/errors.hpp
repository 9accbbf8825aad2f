#pragma once
#include <concepts>
#include <stdexcept>
#include <string>
#include <vector>

namespace ism {

/// What an error tells the user, in the order he reads it. Empty parts are left out of the text.
struct ErrorText {
    std::string where{};    ///< file:line, option or parameter: "cloud.csv:42", "-p U"
    std::string found{};    ///< what was met: "U = 2e7 is outside the range of model 'dust'"
    std::string allowed{};  ///< what would have been accepted: "1e-2 .. 1e6"
    std::string effect{};   ///< how much is affected and what state the output is in: "nothing was written"
    std::string next{};     ///< what to do now: "ismulate describe dust lists the ranges"

    /// The parts as sentences, one line each after the first.
    [[nodiscard]] std::string str() const;
};

/// Base of all errors thrown by ismulate. Thrown as such it means a bug of ours (exit status 1).
class Error : public std::runtime_error {
public:
    explicit Error(const ErrorText& text) : std::runtime_error(text.str()) {}
    /// One sentence. A template, so that `Error({.found = ...})` can only mean an ErrorText.
    template <std::convertible_to<std::string> Text>
    explicit Error(const Text& text) : std::runtime_error(text) {}
    /// Exit status of the program when this error ends it.
    [[nodiscard]] virtual int exit_status() const noexcept { return 1; }
};

/// The user's input cannot be used as it is (exit status 2).
class InputError : public Error {
public:
    using Error::Error;
    [[nodiscard]] int exit_status() const noexcept override { return 2; }
};

/// The numbers failed: no convergence, energy not conserved, NaN loss (exit status 3).
class NumericalError : public Error {
public:
    using Error::Error;
    [[nodiscard]] int exit_status() const noexcept override { return 3; }
};

/// The machine failed: disk full, no memory, no permission (exit status 4).
class MachineError : public Error {
public:
    using Error::Error;
    [[nodiscard]] int exit_status() const noexcept override { return 4; }
};

/// The user asked to stop (exit status 128 + signal).
class Interrupted : public Error {
public:
    Interrupted(const std::string& text, int signal) : Error(text), signal_(signal) {}
    [[nodiscard]] int exit_status() const noexcept override { return 128 + signal_; }

private:
    int signal_;
};

/// The candidates nearest to `word` in spelling, as "did you mean 'a' or 'b'?"; empty when none is near.
template <class Names>
std::string did_you_mean(const std::string& word, const Names& candidates);

/// Throws InputError for a name that is none of `names`. `text` says where and what was found; the names, followed by
/// `otherwise` where something else would do too, and those near in spelling are put in.
[[noreturn]] void refuse_name(const std::string& name, const std::vector<std::string>& names, ErrorText text,
                              const std::string& otherwise = "");

/// Number of single-character edits between two words (Levenshtein).
std::size_t edit_distance(const std::string& a, const std::string& b);

template <class Names>
std::string did_you_mean(const std::string& word, const Names& candidates) {
    std::string text;
    for (const auto& name : candidates) {
        const std::string candidate(name);  // NOLINT(performance-unnecessary-copy-initialization): names may be views
        if (edit_distance(word, candidate) <= 1 + word.size() / 3) {
            text += (text.empty() ? "did you mean '" : " or '") + candidate + "'";
        }
    }
    return text.empty() ? text : text + "?";
}

}  // namespace ism
