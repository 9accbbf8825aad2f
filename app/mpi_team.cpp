#include "mpi_team.hpp"

#include <cstdlib>
#include <string>

#include <ism/base/errors.hpp>
#include <ism/base/text.hpp>

#ifdef ISMULATE_MPI
#define OMPI_SKIP_MPICXX 1  // the C interface only: Open MPI's retired C++ one would need another library
#define MPICH_SKIP_MPICXX 1
#include <mpi.h>
#endif

namespace ism::app {
namespace {

/// Number of processes as Open MPI, MPICH and Intel MPI tell their children; 0 where none of them started us.
int announced_processes() {
    for (const char* name : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "MPI_LOCALNRANKS"}) {
        const char* text = std::getenv(name);
        const auto number = text == nullptr ? std::nullopt : number_from(text);
        if (number) return static_cast<int>(*number);
    }
    return 0;
}

}  // namespace

#ifdef ISMULATE_MPI

MpiTeam::MpiTeam() {
    if (announced_processes() == 0) return;
    int provided = 0;
    if (MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &provided) != MPI_SUCCESS)
        throw MachineError("MPI could not be started");
    started_ = true;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
    MPI_Comm_size(MPI_COMM_WORLD, &size_);
}

MpiTeam::~MpiTeam() {
    if (started_) MPI_Finalize();
}

int MpiTeam::largest(int value) const {
    int result = value;
    if (started_) MPI_Allreduce(&value, &result, 1, MPI_INT, MPI_MAX, MPI_COMM_WORLD);
    return result;
}

#else

MpiTeam::MpiTeam() {
    const int processes = announced_processes();
    if (processes <= 1) return;
    throw InputError({.where = "mpirun",
                      .found = "this ismulate was built without MPI: each of the " + std::to_string(processes) +
                               " processes would do all of the work",
                      .next = "configure with -DISMULATE_MPI=ON, or use --shard i/N and ismulate grid --merge"});
}

MpiTeam::~MpiTeam() = default;

int MpiTeam::largest(int value) const { return value; }

#endif

}  // namespace ism::app
