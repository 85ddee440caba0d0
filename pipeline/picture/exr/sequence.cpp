#include "pipeline/picture/exr/sequence.h"

#include <utility>

#include "pipeline/picture/frame_name.h"
#include "shotspec/base/disk/unsynced_file.h"

namespace nightreel {

ExrSequence::ExrSequence(std::filesystem::path folder, std::string pattern, ExrHeader header)
    : folder_(std::move(folder)), pattern_(std::move(pattern)), header_(std::move(header)) {}

void ExrSequence::add(std::int64_t number, const FrameRgb& scene) {
    header_.frame = number;
    std::vector<std::byte> bytes = encode_exr(scene, header_);
    collect();
    pending_ = std::async(std::launch::async,
                          [number,
                           folder = folder_,
                           name = frame_file_name(pattern_, number),
                           coded = std::move(bytes)] {
                              write_file_unsynced(folder / name, coded);
                              return WrittenFrame{number, name, digest_of(coded), coded.size()};
                          });
}

std::vector<WrittenFrame> ExrSequence::finish() {
    collect();
    return std::exchange(written_, {});
}

void ExrSequence::collect() {
    if (!pending_) return;
    std::future<WrittenFrame> done = std::move(*pending_);
    pending_.reset();
    written_.push_back(done.get());
}

}  // namespace nightreel
