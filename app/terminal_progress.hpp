#pragma once
#include <chrono>
#include <mutex>
#include <string>

#include <ism/base/progress.hpp>

namespace ism::app {

/// A bar with rate and time left on a terminal; elsewhere a line every ten per cent. Writes to standard error.
class TerminalProgress final : public Progress {
public:
    TerminalProgress();
    void begin(const std::string& what, std::size_t total) override;
    void begin_shares(const std::string& what, std::size_t total) override;
    void advance(std::size_t count, const std::string& note) override;
    void end() override;

private:
    using Clock = std::chrono::steady_clock;
    void start(const std::string& what, std::size_t total, bool counted);
    void draw(Clock::time_point now);
    void log_line(Clock::time_point now);
    [[nodiscard]] std::string state(Clock::time_point now) const;

    std::mutex mutex_;
    bool terminal_;
    bool active_ = false;
    bool counted_ = true;  ///< whether the numbers of items mean something to the user
    std::string what_, note_;
    std::size_t done_ = 0, total_ = 0, logged_tenth_ = 0;
    Clock::time_point start_, drawn_;
};

/// "3.2 s", "4 min 10 s", "2 h 5 min".
[[nodiscard]] std::string duration_text(double seconds);

}  // namespace ism::app
