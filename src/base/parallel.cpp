#include <ism/base/parallel.hpp>

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#ifdef __linux__
#include <sched.h>
#endif

#include <ism/base/errors.hpp>

namespace ism {
namespace {

std::atomic<unsigned> chosen_threads{0};
std::atomic<int> signal_received{0};
thread_local bool inside_parallel_for = false;

/// Cores this process may use: fewer than the machine has under taskset or a batch system.
unsigned available_cores() {
#ifdef __linux__
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) == 0) return static_cast<unsigned>(CPU_COUNT(&allowed));
#endif
    return std::max(1U, std::thread::hardware_concurrency());
}

/// Hands out items; keeps the first exception.
class Job {
public:
    Job(std::size_t count, const std::function<void(std::size_t)>& work) : count_(count), work_(work) {}

    void run() {
        inside_parallel_for = true;
        for (std::size_t i = next_++; i < count_ && !failed_; i = next_++) {
            try {
                work_(i);
            } catch (...) {
                keep_first(std::current_exception());
            }
        }
        inside_parallel_for = false;
    }

    void rethrow() const {
        if (error_) std::rethrow_exception(error_);
    }

private:
    void keep_first(std::exception_ptr error) {
        const std::scoped_lock lock(mutex_);
        if (!error_) error_ = std::move(error);
        failed_ = true;
    }

    std::size_t count_;
    const std::function<void(std::size_t)>& work_;
    std::atomic<std::size_t> next_{0};
    std::atomic<bool> failed_{false};
    std::mutex mutex_;
    std::exception_ptr error_;
};

}  // namespace

unsigned thread_count() {
    const unsigned chosen = chosen_threads;
    return chosen > 0 ? chosen : available_cores();
}

void set_thread_count(unsigned count) { chosen_threads = count; }

void parallel_for(std::size_t count, const std::function<void(std::size_t)>& work) {
    const std::size_t threads = std::min<std::size_t>(thread_count(), count);
    if (threads <= 1 || inside_parallel_for) {
        for (std::size_t i = 0; i < count; ++i) work(i);
        return;
    }
    Job job(count, work);
    std::vector<std::jthread> helpers;
    try {
        for (std::size_t t = 1; t < threads; ++t) helpers.emplace_back([&job] { job.run(); });
    } catch (const std::system_error&) {  // the system gives no more threads: those there are do the work
    }
    job.run();
    helpers.clear();  // joins
    job.rethrow();
}

bool stop_requested() noexcept { return signal_received != 0; }

int stop_signal() noexcept { return signal_received; }

void request_stop(int signal) noexcept { signal_received = signal; }

void throw_if_stopped() {
    if (stop_requested()) throw Interrupted("stopped by signal " + std::to_string(stop_signal()), stop_signal());
}

}  // namespace ism
