#include "plugins/afanasy/afanasy_blocks.h"

#include <algorithm>
#include <limits>
#include <set>

#include <fmt/format.h>

namespace nightreel {
namespace {

using Numbers = std::set<std::int64_t>;

// Numbers that begin a block of their own: where others wait for some members of an array alone,
// those are blocks. So a shot that fails stops no other.
std::vector<Numbers> cuts_of(const std::vector<UnitArray>& arrays) {
    std::vector<Numbers> cuts(arrays.size());
    for (const UnitArray& array : arrays) {
        for (const ArrayWait& wait : array.waits) {
            const Numbers members(wait.members.begin(), wait.members.end());
            for (const std::int64_t member : members) {
                if (!members.contains(member - 1)) cuts[wait.array].insert(member);
                if (!members.contains(member + 1)) cuts[wait.array].insert(member + 1);
            }
        }
    }
    return cuts;
}

// A numeric block has no gaps.
std::vector<AfanasyBlock> blocks_in(const UnitArray& array, const Numbers& cuts) {
    std::vector<AfanasyBlock> blocks;
    for (const ArrayMember& member : array.members) {
        const bool follows = !blocks.empty() &&
                             blocks.back().members.back().number + 1 == member.number &&
                             !cuts.contains(member.number);
        if (!follows) {
            const std::size_t count = blocks.size() + 1;
            AfanasyBlock& block = blocks.emplace_back();
            block.name = count == 1 ? array.name : fmt::format("{}_{}", array.name, count);
        }
        blocks.back().members.push_back(member);
    }
    return blocks;
}

// A regular expression that matches the name alone. Without backslashes: afserver stores masks
// without quoting them, and could not read its own jobs after a restart.
std::string pattern_of(const std::string& name) {
    std::string pattern;
    for (const char character : name) {
        const bool is_special =
            std::string_view(".+*?()[{|$").find(character) != std::string_view::npos;
        pattern += is_special ? fmt::format("[{}]", character) : std::string(1, character);
    }
    return pattern;
}

bool has_any(const AfanasyBlock& block, const std::vector<std::int64_t>& numbers) {
    return std::ranges::any_of(block.members, [&](const ArrayMember& member) {
        return std::ranges::binary_search(numbers, member.number);
    });
}

}  // namespace

std::vector<AfanasyBlock> afanasy_blocks_of(const ManagerJob& job) {
    const std::vector<UnitArray> arrays =
        unit_arrays_of(job, std::numeric_limits<std::int32_t>::max());
    const std::vector<Numbers> cuts = cuts_of(arrays);
    std::vector<std::vector<AfanasyBlock>> of_array;
    std::vector<AfanasyBlock> all;
    for (std::size_t at = 0; at < arrays.size(); ++at) {
        of_array.push_back(blocks_in(arrays[at], cuts[at]));
        for (AfanasyBlock& block : of_array.back()) {
            std::vector<std::int64_t> own;
            for (const ArrayMember& member : block.members) own.push_back(member.number);
            for (const ArrayWait& wait : arrays[at].waits) {
                const bool by_task = wait.what == ArrayWaitsFor::partners;
                if (!by_task && wait.members.empty()) {
                    const bool is_cut = of_array[wait.array].size() > 1;
                    block.waits_for.push_back(pattern_of(arrays[wait.array].name) +
                                              (is_cut ? "(_[0-9]+)?" : ""));
                    continue;
                }
                for (const AfanasyBlock& other : of_array[wait.array]) {
                    if (!has_any(other, by_task ? own : wait.members)) continue;
                    (by_task ? block.partners : block.waits_for).push_back(pattern_of(other.name));
                }
            }
            all.push_back(block);
        }
    }
    return all;
}

std::vector<const Unit*> units_in(const AfanasyBlock& block) {
    std::vector<const Unit*> units;
    for (const ArrayMember& member : block.members) units.push_back(member.unit);
    return units;
}

}  // namespace nightreel
