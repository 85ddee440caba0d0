#include "scheduler/protocol/keys.h"

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <sys/stat.h>

#include "shotspec/base/error.h"
#include "shotspec/base/files.h"
#include "tests/support/narrow_disk.h"
#include "tests/support/temporary_folder.h"

namespace nightreel::wire {

TEST_CASE("a key pair survives its file, which its owner alone can read", "[protocol]") {
    const TemporaryFolder folder;
    const auto path = folder.path() / "a.key";
    const KeyPair made = ensure_key_pair(path);
    const KeyPair read = ensure_key_pair(path);
    CHECK(read.public_key == made.public_key);
    CHECK(read.secret == made.secret);
    CHECK(PublicKey::from_text(made.public_key.text()) == made.public_key);

    struct stat facts {};

    REQUIRE(::stat(path.c_str(), &facts) == 0);
    CHECK((facts.st_mode & 0777U) == 0600U);
}

TEST_CASE("a disk without links keeps keys as well, and never replaces one", "[protocol]") {
    const TemporaryFolder folder;
    const DiskFor network(network_disk);
    const auto path = folder.path() / "a.key";
    const KeyPair keys = make_key_pair();
    write_key_pair(path, keys);
    CHECK(read_key_pair(path).public_key == keys.public_key);
    CHECK_THROWS_WITH(write_key_pair(path, make_key_pair()), Catch::Contains("already exists"));
    CHECK(read_key_pair(path).secret == keys.secret);
    CHECK(names_in(folder.path()) == std::vector<std::string>{"a.key"});
}

TEST_CASE("a key file is refused with its reason and a remedy", "[protocol]") {
    const TemporaryFolder folder;
    const auto path = folder.path() / "a.key";
    CHECK_THROWS_WITH(read_key_pair(path), Catch::Contains("keys make"));

    write_key_pair(path, make_key_pair());
    CHECK_THROWS_WITH(write_key_pair(path, make_key_pair()), Catch::Contains("never overwritten"));

    REQUIRE(::chmod(path.c_str(), 0640) == 0);
    CHECK_THROWS_WITH(read_key_pair(path), Catch::Contains("chmod 600"));

    const auto mixed = folder.path() / "mixed.key";
    KeyPair keys = make_key_pair();
    keys.public_key = make_key_pair().public_key;
    write_key_pair(mixed, keys);
    CHECK_THROWS_WITH(read_key_pair(mixed), Catch::Contains("do not belong"));

    const auto text = folder.path() / "text.key";
    write_file_atomically(text, std::string_view("hello"));
    REQUIRE(::chmod(text.c_str(), 0600) == 0);
    CHECK_THROWS_WITH(read_key_pair(text), Catch::Contains("not a Nightreel key file"));
}

TEST_CASE("an allow-list names each peer once and each fault with its line", "[protocol]") {
    const std::string a = make_key_pair().public_key.text();
    const std::string b = make_key_pair().public_key.text();
    const auto parse = [](const std::string& text) { return parse_allow_list(text, "allowed"); };

    const AllowList list =
        parse(fmt::format("# the farm\nworker render01 {}\n\nadmin ada {} # me\n", a, b));
    CHECK(list.size() == 2);
    CHECK(list.find(PublicKey::from_text(a)) == Peer{"render01", Role::worker});
    CHECK(list.find(PublicKey::from_text(b)) == Peer{"ada", Role::admin});
    CHECK_FALSE(list.find(make_key_pair().public_key));

    CHECK_THROWS_WITH(parse("\nking a " + a),
                      Catch::Contains("allowed:2") && Catch::Contains("king"));
    CHECK_THROWS_WITH(parse("worker a"), Catch::Contains("three words"));
    CHECK_THROWS_WITH(parse("worker a 12"), Catch::Contains("64 lower-case"));
    CHECK_THROWS_WITH(parse(fmt::format("worker a {}\nview a {}", a, b)),
                      Catch::Contains("already has a key"));
    CHECK_THROWS_WITH(parse(fmt::format("worker a {}\nview b {}", a, a)),
                      Catch::Contains("the same key"));
}

}  // namespace nightreel::wire
