#pragma once
// The units of a night as job arrays, for managers whose arrays can wait for "the member with my
// number" of another array: each unit waits only for units that it needs, so that a shot that fails
// stops no other, and there are as few arrays as that allows. Pure, any thread.

#include <cstdint>
#include <string>
#include <vector>

#include "plugins/manager_job.h"

namespace nightreel {

enum class ArrayWaitsFor {
    partners,  // each member for the one with its own number, which ends well
    results,   // for members that end well
    ends,      // for members that end, well or not
};

struct ArrayWait {
    std::size_t array = 0;  // an earlier one
    ArrayWaitsFor what = ArrayWaitsFor::partners;
    std::vector<std::int64_t> members = {};  // ascending, their numbers; empty: all

    auto operator<=>(const ArrayWait&) const = default;
};

struct ArrayMember {
    std::int64_t number = 0;
    const Unit* unit = nullptr;  // of the job
};

struct UnitArray {
    std::string name;                  // "sample03"; the stage's second array is "sample03-2"
    std::vector<ArrayMember> members;  // ascending; none has a number of `numbers_end` or more
    std::vector<ArrayWait> waits;      // what every member waits for

    std::vector<std::int64_t> numbers() const;
    std::vector<const Unit*> units() const;
};

// After what they wait for. The job must outlive them.
std::vector<UnitArray> unit_arrays_of(const ManagerJob& job, std::int64_t numbers_end);

}  // namespace nightreel
