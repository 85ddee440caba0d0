#include "worker/device_memory.h"

#include <fstream>

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <unistd.h>

namespace fs = std::filesystem;

namespace nightreel {
namespace {

struct Groups {
    fs::path root = fs::temp_directory_path() / fmt::format("nightreel_groups_{}", getpid());

    ~Groups() { fs::remove_all(root); }

    void write(const std::string& path, const std::string& text) const {
        fs::create_directories((root / path).parent_path());
        std::ofstream(root / path) << text << "\n";
    }

    std::optional<std::uint64_t> bytes(const std::string& membership) const {
        write("membership", membership);
        return control_group_bytes(root / "membership", root / "cgroup");
    }
};

}  // namespace

TEST_CASE("a process may use what the narrowest of its groups allows", "[device_memory]") {
    const Groups groups;
    groups.write("cgroup/farm/memory.max", "8589934592");
    groups.write("cgroup/farm/job/memory.max", "max");
    REQUIRE(groups.bytes("0::/farm/job") == std::uint64_t{8} << 30U);
    groups.write("cgroup/farm/job/memory.max", "4294967296");
    REQUIRE(groups.bytes("0::/farm/job") == std::uint64_t{4} << 30U);
    REQUIRE(groups.bytes("0::/other") == std::nullopt);
    groups.write("cgroup/memory.max", "1073741824");
    REQUIRE(groups.bytes("0::/not/seen/from/in/here") == std::uint64_t{1} << 30U);
}

TEST_CASE("the first version of memory controllers is read as well", "[device_memory]") {
    const Groups groups;
    groups.write("cgroup/memory/slurm/memory.limit_in_bytes", "2147483648");
    groups.write("cgroup/memory/memory.limit_in_bytes", "9223372036854771712");
    REQUIRE(groups.bytes("8:cpu,cpuacct:/slurm\n7:memory:/slurm") == std::uint64_t{2} << 30U);
    REQUIRE(groups.bytes("7:memory:/") == std::nullopt);
}

TEST_CASE("memory of a GPU is what its driver says", "[device_memory]") {
    REQUIRE(gpu_memory_bytes(0, NIGHTREEL_FAKE_DRIVER) == std::uint64_t{80} << 30U);
    REQUIRE(gpu_memory_bytes(1, NIGHTREEL_FAKE_DRIVER) == std::uint64_t{24} << 30U);
    REQUIRE(gpu_memory_bytes(2, NIGHTREEL_FAKE_DRIVER) == std::nullopt);
    REQUIRE(gpu_memory_bytes(0, "/no/such/driver.so") == std::nullopt);
}

TEST_CASE("a machine has memory", "[device_memory]") {
    REQUIRE(device_memory_bytes("cpu") > std::uint64_t{1} << 28U);
}

}  // namespace nightreel
