#include "worker/memory_kills.h"

#include <fstream>

#include <catch2/catch.hpp>

#include "tests/support/temporary_folder.h"

namespace nightreel {
namespace {

namespace fs = std::filesystem;

// A machine as far as its counters go.
struct Machine {
    void write(const fs::path& file, const std::string& text) const {
        fs::create_directories((folder.path() / file).parent_path());
        std::ofstream(folder.path() / file) << text;
    }

    std::uint64_t kills() const { return memory_kills(folder.path()); }

    TemporaryFolder folder;
};

}  // namespace

TEST_CASE("kills for memory are counted in the worker's own group", "[worker]") {
    const Machine machine;
    machine.write("proc/vmstat", "nr_free_pages 12\noom_kill 40\n");
    machine.write("proc/self/cgroup", "0::/system.slice/worker.service\n");
    machine.write("sys/fs/cgroup/system.slice/worker.service/memory.events",
                  "low 0\nhigh 0\nmax 9\noom 2\noom_kill 3\noom_group_kill 0\n");
    machine.write("sys/fs/cgroup/memory.events", "oom_kill 30\n");
    CHECK(machine.kills() == 3);
}

TEST_CASE("in a container the group is the one that is mounted", "[worker]") {
    const Machine machine;
    machine.write("proc/vmstat", "oom_kill 40\n");
    machine.write("proc/self/cgroup", "0::/docker/0123\n");
    machine.write("sys/fs/cgroup/memory.events", "oom 1\noom_kill 1\n");
    CHECK(machine.kills() == 1);
}

TEST_CASE("control groups of version 1 count too", "[worker]") {
    const Machine machine;
    machine.write("proc/vmstat", "oom_kill 40\n");
    machine.write("proc/self/cgroup", "9:cpu,cpuacct:/a\n4:hugetlb,memory:/b\n0::/c\n");
    machine.write("sys/fs/cgroup/memory/b/memory.oom_control",
                  "oom_kill_disable 0\nunder_oom 0\noom_kill 5\n");
    CHECK(machine.kills() == 5);
}

TEST_CASE("without groups the machine's counter is used, and without that none", "[worker]") {
    const Machine machine;
    CHECK(machine.kills() == 0);
    machine.write("proc/vmstat", "nr_free_pages 12\noom_kill 40\n");
    CHECK(machine.kills() == 40);
}

}  // namespace nightreel
