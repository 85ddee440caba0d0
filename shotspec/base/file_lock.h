#pragma once
// An exclusive lock of a file or folder (flock). The system lets go of it when its process dies, so
// others can tell what is in use from what was left over. A value that moves; two of them exclude
// each other within a process too. One thread.

#include <filesystem>

#include "shotspec/base/descriptor.h"

namespace nightreel {

class FileLock {
  public:
    FileLock() = default;  // of nothing

    // Opens `path` with flags of open(2), O_CLOEXEC added, mode 0666, and locks it unless somebody
    // else has. Never waits and never throws: the owner knows what a failure means.
    FileLock(const std::filesystem::path& path, int flags);

    // Whether the file could be opened. Where it could not, nothing is held.
    bool opened() const { return static_cast<bool>(file_); }

    bool held() const { return opened() && locked_; }

    // Whether what was opened still goes by this name: it may have been removed and made again
    // between opening and locking.
    bool is_of(const std::filesystem::path& path) const;

  private:
    Descriptor file_;
    bool locked_ = false;
};

}  // namespace nightreel
