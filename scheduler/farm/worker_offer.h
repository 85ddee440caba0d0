#pragma once
// What a worker has: told by it, believed until it says otherwise. Values.

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shotspec/base/digest.h"
#include "shotspec/describe/fields.h"

namespace nightreel {

// A model that a worker found, and what is wrong with it there, if anything.
struct OfferedModel {
    std::string name;
    Digest digest;      // of its card
    std::string fault;  // empty: it can be used

    friend bool operator==(const OfferedModel&, const OfferedModel&) = default;
};

template <class Visitor>
void describe(OfferedModel& value, Visitor& field) {
    field("name", value.name, {.meaning = "Name of the model."});
    field("digest", value.digest, {.meaning = "Digest of the model card."});
    field("fault", value.fault, {.meaning = "Why it cannot be used; empty when it can."});
}

struct WorkerOffer {
    std::string device_class;  // all that may change the bytes of a result
    std::vector<OfferedModel> models;
    // Why nothing can be rendered there now (no device, store or output not mounted, disk full);
    // empty when it can.
    std::string fault;

    friend bool operator==(const WorkerOffer&, const WorkerOffer&) = default;
};

template <class Visitor>
void describe(WorkerOffer& value, Visitor& field) {
    field("device_class",
          value.device_class,
          {.meaning = "Device class: everything about the machine that can change output bytes."});
    field("models", value.models, {.meaning = "Models that the worker has."});
    field("fault", value.fault, {.meaning = "Why the worker can render nothing now, if so."});
}

// online: is given work. draining: finishes what it has, is given nothing. offline: also gives back
// what it has.
enum class WorkerMode { online, draining, offline };

template <>
struct EnumWords<WorkerMode> {
    static constexpr auto words =
        std::to_array<std::pair<WorkerMode, std::string_view>>({{WorkerMode::online, "online"},
                                                                {WorkerMode::draining, "draining"},
                                                                {WorkerMode::offline, "offline"}});
};

}  // namespace nightreel
