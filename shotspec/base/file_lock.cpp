#include "shotspec/base/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

namespace nightreel {

FileLock::FileLock(const std::filesystem::path& path, int flags)
    : file_(::open(path.c_str(), flags | O_CLOEXEC, 0666)),
      locked_(file_ && ::flock(file_.get(), LOCK_EX | LOCK_NB) == 0) {}

bool FileLock::is_of(const std::filesystem::path& path) const {
    struct stat ours {};

    struct stat named {};

    return opened() && ::fstat(file_.get(), &ours) == 0 && ::stat(path.c_str(), &named) == 0 &&
           ours.st_ino == named.st_ino && ours.st_dev == named.st_dev;
}

}  // namespace nightreel
