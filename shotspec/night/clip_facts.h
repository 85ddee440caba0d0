#pragma once
// A given clip as far as checking a night needs it. Plain values, any thread.

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "shotspec/describe/units.h"
#include "shotspec/night/resolved_edit.h"

namespace nightreel {

struct ClipFacts {
    ClipKind kind = ClipKind::take;
    FrameRange frames;              // numbers of all its frames; a movie's are counted from 1
    PictureSize size;               // as shown
    std::optional<FrameRate> rate;  // absent: the files do not say
    std::vector<ClipFile> files;    // of the frames asked for; of a movie the only one
    std::string problem = {};       // a sentence; empty when all is well
};

// What is at an absolute path, a pattern of frame names included, and the files of a part of it.
using ClipReader = std::function<ClipFacts(const std::filesystem::path& path,
                                           const std::optional<FrameRange>& range)>;

// SHA-256 of a file, which may be remembered. Error{unavailable} where it cannot be read.
using FileDigester = std::function<Digest(const std::filesystem::path& file)>;

// How files that a night names are looked at.
struct GivenFileReaders {
    ClipReader clips = {};     // without it clips are refused
    FileDigester digest = {};  // without it each file is read
};

}  // namespace nightreel
