#pragma once
// A small take on disk, as tests publish it.

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "pipeline/takes/publish.h"
#include "shotspec/base/files.h"

namespace nightreel {

enum class PublishOutcome { published, already_there };

// An attempt that is accepted at once.
inline PublishOutcome publish_take(const std::filesystem::path& folder,
                                   std::span<const TakeFile> files,
                                   const PublishRecord& record,
                                   std::string_view token,
                                   LinkPolicy link = LinkPolicy::automatic) {
    const auto commit = prepare_take(folder, files, record, token, link);
    if (!commit) return PublishOutcome::already_there;
    commit_take(*commit);
    return PublishOutcome::published;
}

// Files below `folder`, whose bytes follow from `seed`.
inline std::vector<TakeFile> take_files(const std::filesystem::path& folder, int seed, int frames) {
    std::filesystem::create_directories(folder);
    std::vector<TakeFile> files;
    const auto add = [&](const std::string& source, const std::string& name, std::size_t bytes) {
        std::string text = fmt::format("{} {} ", name, seed);
        text.resize(bytes, static_cast<char>('a' + seed % 26));
        write_file_atomically(folder / source, text);
        files.push_back({folder / source, name, digest_of(text)});
    };
    for (int frame = 1001; frame < 1001 + frames; ++frame) {
        add(fmt::format("frame.{}.exr", frame), fmt::format("exr/a_t01.{}.exr", frame), 20'000);
    }
    add("movie.mp4", "mov/a_t01_h264.mp4", 50'000);
    add("contact.png", "contact/a_t01.png", 3'000);
    return files;
}

inline PublishRecord record_of(int frames) {
    PublishRecord record;
    record.take.show = "aurora";
    record.take.shot = "sq010_sh0010";
    record.take.frames = {1001, 1000 + frames};
    record.cut = cut_of(record.take.frames, 2);
    record.frame_pattern = "exr/a_t01.%04d.exr";
    return record;
}

}  // namespace nightreel
