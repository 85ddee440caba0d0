#include "pipeline/tasks/inputs.h"

#include <algorithm>

#include <fmt/format.h>

namespace nightreel {

std::filesystem::path TaskInputs::folder_of(const Digest& digest) const {
    const auto found =
        std::find_if(inputs_.begin(), inputs_.end(), [&](const InputArtifact& input) {
            return input.digest == digest;
        });
    if (found == inputs_.end()) {
        throw LostInput(digest,
                        fmt::format("input {} is missing in the request", digest.short_hex()));
    }
    std::error_code error;
    if (!std::filesystem::is_directory(found->folder, error)) {
        throw LostInput(
            digest, fmt::format("input {}: {} does not exist", digest.short_hex(), found->folder));
    }
    return found->folder;
}

void TaskInputs::rethrow_as_lost(const Digest& digest, const Error& error) {
    switch (error.kind()) {
        case ErrorKind::bad_input:
        case ErrorKind::corrupt:
        case ErrorKind::unavailable:
            throw LostInput(digest, fmt::format("input {}: {}", digest.short_hex(), error.what()));
        case ErrorKind::usage:
        case ErrorKind::unreachable:
        case ErrorKind::not_allowed:
        case ErrorKind::timed_out:
        case ErrorKind::cancelled:
        case ErrorKind::needs_approval:
        case ErrorKind::out_of_memory:
        case ErrorKind::crash:
        case ErrorKind::unfit:
        case ErrorKind::internal:
            throw;
    }
    throw;
}

}  // namespace nightreel
