#pragma once
// What orders say of the model that they run. A plain value, any thread.

#include <string>

#include "shotspec/base/digest.h"
#include "shotspec/describe/fields.h"

namespace nightreel {

inline constexpr const char* device_class_meaning =
    "Device class that the task must run on, if its shot is reproducible: strict.";

struct ModelReference {
    std::string name;
    std::string folder;  // absolute, as the submitter saw it; a worker may look in its own model
                         // roots first
    Digest digest;       // of the model card
};

template <class Visitor>
void describe(ModelReference& value, Visitor& field) {
    field("name", value.name, {.meaning = "Name of the model."});
    field("folder", value.folder, {.meaning = "Path of the model's folder.", .in_digest = false});
    field("digest", value.digest, {.meaning = "Digest of the model card."});
}

}  // namespace nightreel
