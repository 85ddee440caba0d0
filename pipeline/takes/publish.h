#pragma once
// The version folder of a take. It is put together in a hidden folder beside its place, checked and
// synced (prepare_take), and renamed once its attempt has been accepted (commit_take): whoever
// looks sees no take or a whole one, also after a crash, and nothing of an attempt that was
// dropped. Published takes never change; one that was damaged is moved aside for a whole one. Takes
// may be large: a pulse is told of every few megabytes that are copied or checked, and may end the
// work by what it throws. Any thread, any process, any number of attempts at once.

#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "pipeline/plan/task_request.h"
#include "pipeline/takes/publish_record.h"
#include "shotspec/base/digest.h"
#include "shotspec/base/pulse.h"

namespace nightreel {

inline constexpr const char* publish_file = "publish.json";
inline constexpr const char* checksums_file = "SHA256SUMS";

struct TakeFile {
    std::filesystem::path source;
    std::string name;  // "exr/aurora_sq010_sh0010_gen_v001_t01.1001.exr"
    Digest digest;     // what its bytes must be
    // Writes the file where that is more than a copy of `source`: a frame with another header.
    std::function<void(const std::filesystem::path& target)> write = {};
};

// Puts the take together beside `folder`, its final place, and says what to commit; nothing when
// this very take is there and whole. `token` tells attempts apart and is unique to this one. Files
// are checked against their digests where they arrive; publish.json is written last. Another take
// in the place is Error{bad_input} that names both digests, and so is a folder that is no take.
[[nodiscard]] std::optional<TaskCommit> prepare_take(const std::filesystem::path& folder,
                                                     std::span<const TakeFile> files,
                                                     PublishRecord record,
                                                     std::string_view token,
                                                     LinkPolicy link,
                                                     const Pulse& pulse = {});

// Makes a prepared take visible. A damaged copy of it in the place is kept beside it as
// "damaged.take01.1"; a whole one stays, and the prepared one is removed. May be said again after a
// crash. Other attempts at the same place are cleared away. Error{bad_input} when another take has
// come into the place, Error{internal} when nothing is prepared nor published.
void commit_take(const TaskCommit& commit, const Pulse& pulse = {});

// Reports of the quality of a take lie below this folder. They say what a take looks like and are
// no part of what it is: a take that is published again by a release that measures more is the
// same.
inline constexpr std::string_view reports_folder = "quality/";

// Over names and digests, in the order of the names, without reports.
Digest take_digest_of(std::span<const TakeFile> files);

// Reads the publish.json of a take. Error{unavailable} when there is none, Error{corrupt} when it
// cannot be understood.
PublishRecord read_publish_record(const std::filesystem::path& folder);

}  // namespace nightreel
