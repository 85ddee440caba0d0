#pragma once
// The section `client` of a farm file: how people and scripts find a farm. Plain values, any
// thread.

#include <optional>
#include <string>

#include "shotspec/describe/fields.h"

namespace nightreel {

struct ClientSection {
    std::optional<std::string> scheduler;
    std::optional<std::string> scheduler_key;
    std::optional<std::string> key_file;
};

template <class Visitor>
void describe(ClientSection& value, Visitor& field) {
    field("scheduler",
          value.scheduler,
          {.meaning = "Address of the scheduler.",
           .example = "tcp://farm01:7411",
           .fallback = "that of `worker`, else of `scheduler`"});
    field("scheduler_key",
          value.scheduler_key,
          {.meaning = "Public key of the scheduler, 64 hexadecimal digits (0-9, a-f); `nightreel "
                      "keys` prints it.",
           .fallback = "that of `worker`, else of `scheduler`"});
    field("key_file",
          value.key_file,
          {.meaning = "File with the key pair of the person or script that uses this file.",
           .example = "${HOME}/.config/nightreel/me.key",
           .fallback = "operator.key in the folder `keys`"});
}

}  // namespace nightreel
