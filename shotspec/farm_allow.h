#pragma once
// Who may connect to a farm, and what each key may do. Plain values, any thread.

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "shotspec/describe/fields.h"

namespace nightreel {

// What a key may do. All but worker include those before them.
enum class FarmRole { view, submit, operate, approve, admin, worker };

template <>
struct EnumWords<FarmRole> {
    static constexpr auto words =
        std::to_array<std::pair<FarmRole, std::string_view>>({{FarmRole::view, "view"},
                                                              {FarmRole::submit, "submit"},
                                                              {FarmRole::operate, "operate"},
                                                              {FarmRole::approve, "approve"},
                                                              {FarmRole::admin, "admin"},
                                                              {FarmRole::worker, "worker"}});
};

struct AllowedKey {
    std::string name;
    FarmRole role = FarmRole::view;
    std::string key;
};

template <class Visitor>
void describe(AllowedKey& value, Visitor& field) {
    field(
        "name",
        value.name,
        {.meaning = "Name of the person or worker who holds the key; workers are listed under it.",
         .required = true,
         .example = "render01"});
    field("role",
          value.role,
          {.meaning = "What the key may do. view, submit, operate, approve, admin: each role "
                      "includes those before it. worker: renders, and nothing else.",
           .required = true,
           .example = "worker"});
    field("key",
          value.key,
          {.meaning = "Public key, 64 hexadecimal digits (0-9, a-f); `nightreel keys` prints it.",
           .required = true});
}

}  // namespace nightreel
