#pragma once
// A disk that can do less than a local one: calls that a network file system refuses are refused,
// and the process can be killed before any call that changes the disk. Linked into a test, it takes
// the place of the C library's functions for the whole process; preloaded into a program
// (LD_PRELOAD), it reads its rules from NIGHTREEL_TEST_DISK: "exchange=22 link=1 clone=95".
// Main thread.

#include <limits>
#include <stdexcept>

#include <sys/wait.h>
#include <unistd.h>

namespace nightreel {

struct NarrowDisk {
    int exchange = 0;       // errno of renameat2(RENAME_EXCHANGE); 0: permitted
    int link = 0;           // errno of link
    int clone = 0;          // errno of ioctl(FICLONE)
    int lock = 0;           // errno of flock
    int kill_before = 0;    // the process kills itself before this change of the disk, and
                            // syncs nothing; 0: it does not
    int seconds_ahead = 0;  // of the process's wall clock, not of the disk's
};

void set_disk(const NarrowDisk& disk);  // counts changes anew

// What network file systems answer.
inline constexpr NarrowDisk network_disk{22, 1, 95, 9};  // EINVAL, EPERM, EOPNOTSUPP, EBADF

// Rules for as long as this lives.
class DiskFor {
  public:
    explicit DiskFor(const NarrowDisk& disk) { set_disk(disk); }

    ~DiskFor() { set_disk({}); }

    DiskFor(const DiskFor&) = delete;
    DiskFor& operator=(const DiskFor&) = delete;
};

inline constexpr int never = std::numeric_limits<int>::max();

// Does `work` in a process of its own under these rules. True when it was killed before the
// `before`th change of the disk, false when it came to its end.
template <class Work>
bool is_killed(NarrowDisk disk, int before, const Work& work) {
    const pid_t child = ::fork();
    if (child == 0) {
        disk.kill_before = before;
        set_disk(disk);
        try {
            work();
        } catch (...) {
            ::_exit(1);
        }
        ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    if (!WIFSIGNALED(status) && WEXITSTATUS(status) != 0) throw std::runtime_error("work failed");
    return WIFSIGNALED(status);
}

}  // namespace nightreel
