#pragma once
// The log files of attempts on the worker's own disk: one each, the oldest removed. One thread at a
// time.

#include <cstddef>
#include <cstdint>
#include <filesystem>

#include "scheduler/protocol/messages.h"

namespace nightreel {

class AttemptLogs {
  public:
    static constexpr std::size_t kept_max = 2'000;
    static constexpr std::uint64_t bytes_max = std::uint64_t{1} << 30;
    static constexpr std::size_t swept_every = 200;

    // Makes the folder when it is not there.
    explicit AttemptLogs(std::filesystem::path folder);

    // Where an attempt's log goes.
    std::filesystem::path path_of(const wire::Attempt& attempt) const;

    // Called for each attempt; now and then removes the oldest of too many.
    void tidy();

    // Keeps the newest that are neither more nor larger than this, and the newest in any case.
    void sweep(std::size_t kept = kept_max, std::uint64_t bytes = bytes_max) const;

  private:
    std::filesystem::path folder_;
    std::size_t begun_ = 0;
};

}  // namespace nightreel
