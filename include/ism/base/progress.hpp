#pragma once
#include <cstddef>
#include <string>

namespace ism {

/// What a long computation tells the outside; the library calls it, the program draws it.
///
/// Implementations are called from several threads and must be cheap.
class Progress {
public:
    Progress() = default;
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;
    virtual ~Progress() = default;
    /// A job of `total` items begins.
    virtual void begin(const std::string& what, std::size_t total) = 0;
    /// A job begins whose `total` shares cannot be counted by the user (parts of a time, say): the notes say where it
    /// is.
    virtual void begin_shares(const std::string& what, std::size_t total) { begin(what, total); }
    /// `count` more items are finished; `note` is shown beside the bar (the loss, say).
    virtual void advance(std::size_t count, const std::string& note) = 0;
    virtual void end() = 0;
};

/// Says nothing.
class SilentProgress final : public Progress {
public:
    void begin(const std::string&, std::size_t) override {}
    void advance(std::size_t, const std::string&) override {}
    void end() override {}
};

}  // namespace ism
