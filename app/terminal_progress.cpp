#include "terminal_progress.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include <sys/ioctl.h>
#include <unistd.h>

#include <ism/base/text.hpp>

namespace ism::app {
namespace {

using namespace std::chrono_literals;

std::size_t terminal_width() {
    winsize size{};
    if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
    return 80;
}

std::string bar(double fraction, std::size_t width) {
    const auto filled = static_cast<std::size_t>(fraction * static_cast<double>(width));
    return "[" + std::string(filled, '#') + std::string(width - filled, '.') + "]";
}

}  // namespace

std::string duration_text(double seconds) {
    if (!(seconds >= 0.0) || seconds > 1e9) return "?";
    if (seconds < 59.95) return to_text(std::round(seconds * 10.0) / 10.0, 3) + " s";
    const auto whole = std::lround(seconds);
    if (whole < 3600) return std::to_string(whole / 60) + " min " + std::to_string(whole % 60) + " s";
    return std::to_string(whole / 3600) + " h " + std::to_string(whole / 60 % 60) + " min";
}

TerminalProgress::TerminalProgress() : terminal_(::isatty(STDERR_FILENO) == 1) {}

void TerminalProgress::begin(const std::string& what, std::size_t total) { start(what, total, true); }

void TerminalProgress::begin_shares(const std::string& what, std::size_t total) { start(what, total, false); }

void TerminalProgress::start(const std::string& what, std::size_t total, bool counted) {
    const std::scoped_lock lock(mutex_);
    what_ = what;
    counted_ = counted;
    note_.clear();
    total_ = total;
    done_ = logged_tenth_ = 0;
    active_ = true;
    start_ = Clock::now();
    drawn_ = start_ - 1s;
    if (terminal_) draw(start_);
}

void TerminalProgress::advance(std::size_t count, const std::string& note) {
    const std::scoped_lock lock(mutex_);
    done_ += count;
    if (!note.empty()) note_ = note;
    const auto now = Clock::now();
    if (terminal_ && now - drawn_ >= 100ms) draw(now);
    if (!terminal_) log_line(now);
}

void TerminalProgress::end() {
    const std::scoped_lock lock(mutex_);
    if (!active_) return;
    active_ = false;
    const auto now = Clock::now();
    if (terminal_) {
        draw(now);
        std::fputc('\n', stderr);
    } else {
        std::fprintf(stderr, "%s: finished, %s\n", what_.c_str(), state(now).c_str());
    }
}

std::string TerminalProgress::state(Clock::time_point now) const {
    const double seconds = std::chrono::duration<double>(now - start_).count();
    const double rate = seconds > 0.0 ? static_cast<double>(done_) / seconds : 0.0;
    if (!counted_) return note_;
    std::string text = std::to_string(done_) + "/" + std::to_string(total_);
    if (done_ > 0) text += "  " + to_text(rate, 3) + "/s";
    if (!active_ || done_ >= total_)
        text += "  " + duration_text(seconds);
    else if (done_ > 0)
        text += "  " + duration_text(static_cast<double>(total_ - done_) / rate) + " left";
    return note_.empty() ? text : text + "  " + note_;
}

void TerminalProgress::draw(Clock::time_point now) {
    drawn_ = now;
    const double fraction = total_ > 0 ? std::min(1.0, static_cast<double>(done_) / static_cast<double>(total_)) : 1.0;
    std::string line = what_ + " " + bar(fraction, 24) + " " + state(now);
    const std::size_t width = terminal_width();
    if (line.size() >= width) line.resize(width > 1 ? width - 1 : 1);
    std::fprintf(stderr, "\r\033[K%s", line.c_str());
    std::fflush(stderr);
}

void TerminalProgress::log_line(Clock::time_point now) {
    const std::size_t tenth = total_ > 0 ? 10 * done_ / total_ : 10;
    if (tenth <= logged_tenth_ || tenth >= 10) return;
    logged_tenth_ = tenth;
    std::fprintf(stderr, "%s: %zu %%, %s\n", what_.c_str(), 10 * tenth, state(now).c_str());
}

}  // namespace ism::app
