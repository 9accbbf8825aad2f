#pragma once
#include <cstdint>
#include <vector>

#include <doctest/doctest.h>
#include <hwy/targets.h>

namespace ism {

/// Runs `check` with each of the instruction sets forced, and gives the choice back afterwards.
template <class Check>
void on_every_target(const std::vector<std::int64_t>& targets, Check check) {
    REQUIRE(!targets.empty());
    for (const std::int64_t target : targets) {
        CAPTURE(hwy::TargetName(target));
        hwy::SetSupportedTargetsForTest(target);
        hwy::GetChosenTarget().Update(target);
        check();
    }
    hwy::SetSupportedTargetsForTest(0);
    hwy::GetChosenTarget().DeInit();
}

}  // namespace ism
