#pragma once
#include <memory>

namespace ism::app {

/// The processes that mpirun started together; one process alone where there is no mpirun.
///
/// In a program built without MPI, being started by mpirun as one of several is refused with an InputError: each
/// process would do all of the work.
class MpiTeam {
public:
    MpiTeam();
    MpiTeam(const MpiTeam&) = delete;
    MpiTeam& operator=(const MpiTeam&) = delete;
    ~MpiTeam();  // NOLINT(performance-trivially-destructible): with MPI it is not

    [[nodiscard]] int rank() const noexcept { return rank_; }
    [[nodiscard]] int size() const noexcept { return size_; }
    /// The largest of the values that the processes give; every process waits for the others here.
    [[nodiscard]] int largest(int value) const;

private:
    int rank_ = 0, size_ = 1;
    [[maybe_unused]] bool started_ = false;  // used with MPI only
};

}  // namespace ism::app
