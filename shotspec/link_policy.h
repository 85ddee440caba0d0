#pragma once
// How the files of a published take come out of the store. A plain value; any thread.

#include <array>
#include <string_view>
#include <utility>

#include "shotspec/describe/fields.h"

namespace nightreel {

enum class LinkPolicy {
    automatic,  // a clone that shares its blocks where the file system has them, else a copy
    hard,       // one file with two names, which nobody may write to any more; else as automatic
};

template <>
struct EnumWords<LinkPolicy> {
    static constexpr auto words = std::to_array<std::pair<LinkPolicy, std::string_view>>(
        {{LinkPolicy::automatic, "auto"}, {LinkPolicy::hard, "hard"}});
};

}  // namespace nightreel
