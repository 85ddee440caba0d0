#pragma once
// Whether a published take is what it was: its files against publish.json, or against SHA256SUMS
// where publish.json is lost. Reads every byte, changes nothing. Any thread.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/takes/publish_record.h"
#include "shotspec/base/pulse.h"

namespace nightreel {

struct TakeCheck {
    std::filesystem::path folder;
    std::optional<PublishRecord> record;  // of publish.json, where it can be understood
    std::string fault;                    // why publish.json cannot be; empty: it can, or is lost
    std::vector<std::string> expected;    // names of files that are known to belong to the take
    std::vector<std::string> missing;
    std::vector<std::string> changed;
    std::vector<std::string> added;  // nobody wrote them down

    // Everything that belongs to the take is there as it was.
    bool is_whole() const { return missing.empty() && changed.empty(); }

    // And nothing else is.
    bool is_untouched() const { return is_whole() && added.empty(); }
};

// Every name is relative to `folder`, with '/', sorted. A folder that is not there misses its
// publish.json. Error{unavailable} for what cannot be read.
TakeCheck check_take(const std::filesystem::path& folder, const Pulse& pulse = {});

// "2 files missing, 1 changed"; empty for a whole take.
std::string damage_text(const TakeCheck& check);

// Folders below `root` that hold a publish.json or SHA256SUMS, sorted, those set aside left out;
// `root` itself may be one. Hidden folders are not looked into.
std::vector<std::filesystem::path> takes_below(const std::filesystem::path& root);

// A damaged take is moved beside its place: "damaged.take01.1".
inline constexpr std::string_view damaged_prefix = "damaged.";

}  // namespace nightreel
