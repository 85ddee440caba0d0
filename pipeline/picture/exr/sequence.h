#pragma once
// Frames of a take on their way to disk. The caller's thread codes; a helper hashes and writes the
// frame before at the same time. The folder's owner syncs it, all frames at once. One thread calls;
// at most two coded frames are in memory.

#include <cstdint>
#include <filesystem>
#include <future>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/picture/exr/exr.h"

namespace nightreel {

struct WrittenFrame {
    std::int64_t number = 0;
    std::string name;  // of the file, without its folder
    Digest digest;
    std::uint64_t bytes = 0;
};

class ExrSequence {
  public:
    // `pattern` as frame_name.h makes it; the number in `header` is replaced by each frame's own.
    ExrSequence(std::filesystem::path folder, std::string pattern, ExrHeader header);

    // A fault of the frame before is thrown here; its file may be there in part.
    void add(std::int64_t number, const FrameRgb& scene);

    // Waits for the last frame. The frames in the order they were given.
    std::vector<WrittenFrame> finish();

  private:
    void collect();

    std::filesystem::path folder_;
    std::string pattern_;
    ExrHeader header_;
    std::vector<WrittenFrame> written_;
    std::optional<std::future<WrittenFrame>> pending_;  // waits for the helper when destroyed
};

}  // namespace nightreel
