#pragma once
// The units of a night as blocks of Afanasy. A task of a block can wait for the task with its own
// number of another block (tasks_depend_mask), or for all of that block (depend_mask). Pure, any
// thread. Source: CGRU, afanasy/src/server/block.cpp, constructDependTasks().

#include <string>
#include <vector>

#include "plugins/unit_arrays.h"

namespace nightreel {

struct AfanasyBlock {
    std::string name;                    // "take"; later ones of a stage are "take-2", "take_2"
    std::vector<ArrayMember> members;    // one for each number from the first to the last
    std::vector<std::string> waits_for;  // regular expressions of names of blocks
    std::vector<std::string> partners;   // the same; of each the task with the same number
};

// After what they wait for. The job must outlive them.
std::vector<AfanasyBlock> afanasy_blocks_of(const ManagerJob& job);

std::vector<const Unit*> units_in(const AfanasyBlock& block);

}  // namespace nightreel
