#pragma once
// The log files of attempts on the worker's own disk: one each, the oldest removed. One thread.

#include <cstddef>
#include <filesystem>

#include "scheduler/protocol/messages.h"

namespace nightreel {

class AttemptLogs {
  public:
    static constexpr std::size_t kept_max = 2'000;
    static constexpr std::size_t swept_every = 200;

    // Makes the folder when it is not there.
    explicit AttemptLogs(std::filesystem::path folder);

    // Where an attempt's log goes. Now and then the oldest of too many are removed.
    std::filesystem::path begin(const wire::Attempt& attempt);

    void sweep(std::size_t kept = kept_max) const;

  private:
    std::filesystem::path folder_;
    std::size_t begun_ = 0;
};

}  // namespace nightreel
