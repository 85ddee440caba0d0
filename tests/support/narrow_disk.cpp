#include "tests/support/narrow_disk.h"

#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>

#include <dlfcn.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace nightreel {
namespace {

NarrowDisk rules;
int changes = 0;

int rule(const std::string& text, const std::string& name) {
    const std::size_t at = text.find(name + "=");
    return at == std::string::npos ? 0 : std::atoi(text.c_str() + at + name.size() + 1);
}

__attribute__((constructor)) void read_rules() {
    const char* text = std::getenv("NIGHTREEL_TEST_DISK");
    if (text == nullptr) return;
    rules = {rule(text, "exchange"), rule(text, "link"), rule(text, "clone"), rule(text, "lock")};
}

// The function that this one stands in front of.
template <class Function>
Function* behind(const char* name) {
    return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

void change() {
    if (rules.kill_before > 0 && ++changes == rules.kill_before) ::kill(::getpid(), SIGKILL);
}

int refused(int reason) {
    errno = reason;
    return -1;
}

}  // namespace

void set_disk(const NarrowDisk& disk) {
    rules = disk;
    changes = 0;
}

}  // namespace nightreel

using namespace nightreel;

extern "C" {

int rename(const char* from, const char* to) noexcept {
    change();
    return behind<int(const char*, const char*)>("rename")(from, to);
}

int renameat2(int from_at, const char* from, int to_at, const char* to, unsigned flags) noexcept {
    change();
    if ((flags & RENAME_EXCHANGE) != 0 && rules.exchange != 0) return refused(rules.exchange);
    return behind<int(int, const char*, int, const char*, unsigned)>("renameat2")(
        from_at, from, to_at, to, flags);
}

int link(const char* from, const char* to) noexcept {
    change();
    if (rules.link != 0) return refused(rules.link);
    return behind<int(const char*, const char*)>("link")(from, to);
}

int unlink(const char* path) noexcept {
    change();
    return behind<int(const char*)>("unlink")(path);
}

int unlinkat(int at, const char* path, int flags) noexcept {
    change();
    return behind<int(int, const char*, int)>("unlinkat")(at, path, flags);
}

int rmdir(const char* path) noexcept {
    change();
    return behind<int(const char*)>("rmdir")(path);
}

int mkdir(const char* path, mode_t mode) noexcept {
    change();
    return behind<int(const char*, mode_t)>("mkdir")(path, mode);
}

int fsync(int file) {
    change();
    return rules.kill_before > 0 ? 0 : behind<int(int)>("fsync")(file);
}

// Of files that only grow, where a killed writer leaves a part of a line.
ssize_t write(int file, const void* bytes, size_t count) {
    const auto through = behind<ssize_t(int, const void*, size_t)>("write");
    if (rules.kill_before > 0 && (::fcntl(file, F_GETFL) & O_APPEND) != 0) {
        change();
        const bool is_torn = changes + 1 == rules.kill_before;
        if (is_torn && through(file, bytes, count / 2) >= 0) change();
        ++changes;
    }
    return through(file, bytes, count);
}

int ftruncate(int file, off_t size) noexcept {
    change();
    return behind<int(int, off_t)>("ftruncate")(file, size);
}

int flock(int file, int operation) noexcept {
    if (rules.lock != 0) return refused(rules.lock);
    return behind<int(int, int)>("flock")(file, operation);
}

int clock_gettime(clockid_t clock, timespec* time) noexcept {
    const int failed = behind<int(clockid_t, timespec*)>("clock_gettime")(clock, time);
    if (clock == CLOCK_REALTIME) time->tv_sec += rules.seconds_ahead;
    return failed;
}

int ioctl(int file, unsigned long request, ...) noexcept {
    std::va_list arguments;
    va_start(arguments, request);
    void* argument = va_arg(arguments, void*);
    va_end(arguments);
    if (request == FICLONE) {
        change();
        if (rules.clone != 0) return refused(rules.clone);
    }
    return behind<int(int, unsigned long, ...)>("ioctl")(file, request, argument);
}

}  // extern "C"
