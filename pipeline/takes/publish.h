#pragma once
// The version folder of a take. It is put together in a hidden folder beside its place, checked,
// synced and renamed in one step: whoever looks sees no take or a whole one, also after a crash.
// Published takes never change. Any thread, any process, any number of attempts at once.

#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "pipeline/takes/publish_record.h"
#include "shotspec/base/digest.h"

namespace nightreel {

inline constexpr const char* publish_file = "publish.json";
inline constexpr const char* checksums_file = "SHA256SUMS";

struct TakeFile {
    std::filesystem::path source;  // on the same file system it is linked, elsewhere copied
    std::string name;              // "exr/aurora_sq010_sh0010_gen_v001_t01.1001.exr"
    Digest digest;                 // what its bytes must be
};

enum class PublishOutcome { published, already_there };

// `folder` is the take's final place; `token` tells attempts apart and is unique to this one. Files
// are checked against their digests where they arrive; publish.json is written last. The same take
// at the same place is not touched; another one there is Error{bad_input} that names both digests.
// What dead attempts left beside the place is removed; live ones are left alone.
[[nodiscard]] PublishOutcome publish_take(const std::filesystem::path& folder,
                                          std::span<const TakeFile> files,
                                          PublishRecord record,
                                          std::string_view token);

// Over names and digests, in the order of the names.
Digest take_digest_of(std::span<const TakeFile> files);

// Reads the publish.json of a take. Error{unavailable} when there is none, Error{corrupt} when it
// cannot be understood.
PublishRecord read_publish_record(const std::filesystem::path& folder);

}  // namespace nightreel
