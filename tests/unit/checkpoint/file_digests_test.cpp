#include "pipeline/checkpoint/format/file_digests.h"

#include <chrono>
#include <filesystem>
#include <fstream>

#include <catch2/catch.hpp>

#include "shotspec/base/error.h"
#include "shotspec/base/files.h"
#include "tests/support/temporary_folder.h"

namespace nightreel {
namespace {

namespace fs = std::filesystem;

// Hours later than whatever is written now.
class LaterClock final : public Clock {
  public:
    Millis steady() const override { return system_.steady(); }

    Millis wall() const override { return system_.wall() + std::chrono::hours(5); }

  private:
    SystemClock system_;
};

// Other bytes under the same size and the same time of writing, which anybody can set.
void exchange_behind_the_back(const fs::path& file, std::string_view bytes) {
    const auto written = fs::last_write_time(file);
    std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
    fs::last_write_time(file, written);
}

}  // namespace

TEST_CASE("a file that is as it was is not read again, in this process or the next", "[digests]") {
    const TemporaryFolder folder;
    const fs::path file = folder.path() / "weights";
    const fs::path memory = folder.path() / "memory.json";
    write_file_atomically(file, "one");
    const LaterClock clock;
    REQUIRE(FileDigests(memory, clock).of(file) == digest_of("one"));

    // Nothing but the memory says this digest.
    std::string remembered = read_file(memory);
    const std::string digits = digest_of("one").hex();
    remembered.replace(remembered.find(digits), digits.size(), digest_of("never").hex());
    write_file_atomically(memory, remembered);
    REQUIRE(FileDigests(memory, clock).of(file) == digest_of("never"));
    REQUIRE(FileDigests({}, clock).of(file) == digest_of("one"));
}

TEST_CASE("a file that changed is read again, whatever its size and its time say", "[digests]") {
    const TemporaryFolder folder;
    const fs::path file = folder.path() / "weights";
    write_file_atomically(file, "one");
    const LaterClock clock;
    FileDigests digests(folder.path() / "memory.json", clock);
    REQUIRE(digests.of(file) == digest_of("one"));
    exchange_behind_the_back(file, "two");
    REQUIRE(digests.of(file) == digest_of("two"));
    write_file_atomically(file, "six");
    REQUIRE(digests.of(file) == digest_of("six"));
    fs::remove(file);
    REQUIRE_THROWS_AS(digests.of(file), Error);
}

TEST_CASE("a file that was written just now may change unnoticed: it is not remembered",
          "[digests]") {
    const TemporaryFolder folder;
    const fs::path file = folder.path() / "weights";
    const fs::path memory = folder.path() / "memory.json";
    write_file_atomically(file, "one");
    const SystemClock clock;
    REQUIRE(FileDigests(memory, clock).of(file) == digest_of("one"));
    REQUIRE_FALSE(fs::exists(memory));
}

TEST_CASE("a memory that is damaged or cannot be written costs time and nothing else",
          "[digests]") {
    const TemporaryFolder folder;
    const fs::path file = folder.path() / "weights";
    const fs::path memory = folder.path() / "memory.json";
    write_file_atomically(file, "one");
    const LaterClock clock;
    for (const char* text : {"", "[1]", "{\"x\": 3}", "{\"x\": {\"stamp\": {}}}"}) {
        CAPTURE(text);
        write_file_atomically(memory, std::string_view(text));
        CHECK(FileDigests(memory, clock).of(file) == digest_of("one"));
    }
    CHECK(FileDigests("/nowhere/memory.json", clock).of(file) == digest_of("one"));
}

}  // namespace nightreel
