#pragma once
// What movies of a take are called, in a result and in a published take. Pure; any thread.

#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "pipeline/tasks/kinds.h"
#include "shotspec/picture/movie_format.h"

namespace nightreel {

// The review movie, which is always there, and those that are asked for beside it.
inline std::vector<MovieFormat> all_formats(const std::optional<std::vector<MovieFormat>>& others) {
    std::vector<MovieFormat> formats{MovieFormat::h264};
    if (others) formats.insert(formats.end(), others->begin(), others->end());
    return formats;
}

inline std::string movie_file_of(MovieFormat format) {
    if (format == MovieFormat::h264) return movie_file;
    return fmt::format("movie_{}.{}", word_of(format), movie_extension(format));
}

inline std::string published_movie(const std::string& base_name, MovieFormat format) {
    return fmt::format("mov/{}_{}.{}", base_name, word_of(format), movie_extension(format));
}

}  // namespace nightreel
