#pragma once
#include <cstddef>
#include <functional>

namespace ism {

/// Threads that parallel_for uses: the number set, else the cores this process may run on.
[[nodiscard]] unsigned thread_count();
/// 0 = as many as there are cores.
void set_thread_count(unsigned count);

/// Runs work(i) for i = 0 .. count-1 on thread_count() threads, items taken one after another.
///
/// The first exception stops the handing out of items and is thrown again here, when every thread has ended.
/// Inside a parallel_for a second one runs on the calling thread.
void parallel_for(std::size_t count, const std::function<void(std::size_t)>& work);

/// True once the user has asked to stop (SIGINT, SIGTERM); long loops look at it between items.
[[nodiscard]] bool stop_requested() noexcept;
/// The signal that asked, 0 if none.
[[nodiscard]] int stop_signal() noexcept;
/// Called by the program's signal handler; async-signal-safe.
void request_stop(int signal) noexcept;
/// Throws Interrupted where a stop was requested.
void throw_if_stopped();

}  // namespace ism
