#include "pipeline/takes/publish.h"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <limits>
#include <thread>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "pipeline/takes/take_check.h"
#include "shotspec/base/error.h"
#include "shotspec/base/files.h"
#include "shotspec/describe/fields_json.h"
#include "shotspec/night/output_template.h"
#include "tests/support/narrow_disk.h"
#include "tests/support/program.h"
#include "tests/support/skip.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/takes/take_of.h"

namespace nightreel {

TEST_CASE("a published take has its files, a record of them and checksums that coreutils accept",
          "[publish]") {
    const TemporaryFolder folder;
    const auto files = take_files(folder.path() / "store", 1, 12);
    const auto place = folder.path() / "out/aurora/sq010/sq010_sh0010/v001/take01";
    REQUIRE(publish_take(place, files, record_of(12), "a1") == PublishOutcome::published);
    REQUIRE(names_in(place) ==
            std::vector<std::string>{"SHA256SUMS", "contact", "exr", "mov", "publish.json"});
    REQUIRE(names_in(place.parent_path()) == std::vector<std::string>{"take01"});
    REQUIRE(run_program("cd " + place.string() + " && sha256sum --strict -c SHA256SUMS").code == 0);

    const PublishRecord record = read_publish_record(place);
    REQUIRE(record.files.size() == files.size());
    REQUIRE(record.checksums == digest_of_file(place / checksums_file));
    REQUIRE(record.take_digest == take_digest_of(files));
    REQUIRE(record.cut == FrameRange{1003, 1010});
    for (const PublishedFile& file : record.files) {
        REQUIRE(digest_of_file(place / file.name) == file.sha256);
        REQUIRE(std::filesystem::file_size(place / file.name) == file.bytes);
    }
}

TEST_CASE("copying a take shows that it goes on, and stops at once when nobody wants it",
          "[publish]") {
    const TemporaryFolder folder;
    auto files = take_files(folder.path() / "store", 1, 3);
    const std::string large(std::size_t{5} << 20U, 'x');
    write_file_atomically(files[0].source, large);
    files[0].digest = digest_of(large);
    const auto place = folder.path() / "out/take01";
    std::vector<double> shares;
    const auto prepared = [&](const Pulse& pulse) {
        return prepare_take(place, files, record_of(5), "a", LinkPolicy::automatic, pulse);
    };
    std::size_t wanted = std::numeric_limits<std::size_t>::max();
    const Pulse pulse = [&](double share) {
        shares.push_back(share);
        if (shares.size() > wanted) throw Error(ErrorKind::cancelled, "stop");
    };
    const auto commit = prepared(pulse);
    // From inside files too, not only between them.
    CHECK(shares.size() > 2 * files.size() + 5);
    CHECK(std::is_sorted(shares.begin(), shares.end()));
    CHECK(shares.back() > 0.7);
    std::filesystem::remove_all(commit->from);
    const std::size_t all = std::exchange(shares, {}).size();
    for (wanted = 0; wanted < all; ++wanted) {
        shares.clear();
        REQUIRE_THROWS_WITH(prepared(pulse), Catch::EndsWith("stop"));
        REQUIRE(shares.size() == wanted + 1);
        REQUIRE(names_in(place.parent_path()).empty());
    }
    wanted = all;
    shares.clear();
    commit_take(*prepared(pulse));
    CHECK(check_take(place).is_untouched());
}

TEST_CASE("writing into a published file never reaches the store", "[publish]") {
    const TemporaryFolder folder;
    const auto files = take_files(folder.path() / "store", 1, 1);
    const auto place = folder.path() / "take01";
    REQUIRE(publish_take(place, files, record_of(5), "a") == PublishOutcome::published);
    for (const TakeFile& file : files) {
        REQUIRE(std::filesystem::hard_link_count(file.source) == 1);
        std::ofstream(place / file.name, std::ios::binary) << "painted";
        REQUIRE(digest_of_file(file.source) == file.digest);
    }
}

TEST_CASE("hard links are made when they are asked for, and then nobody may write", "[publish]") {
    const TemporaryFolder folder;
    const auto files = take_files(folder.path() / "store", 1, 1);
    const auto place = folder.path() / "take01";
    REQUIRE(publish_take(place, files, record_of(5), "a", LinkPolicy::hard) ==
            PublishOutcome::published);
    for (const TakeFile& file : files) {
        REQUIRE(std::filesystem::hard_link_count(file.source) == 2);
        for (const auto& path : {file.source, place / file.name}) {
            const auto mode = std::filesystem::status(path).permissions();
            REQUIRE(mode == std::filesystem::perms(0444));
        }
    }
}

TEST_CASE("where a disk has neither links nor clones, files are copied", "[publish]") {
    const TemporaryFolder folder;
    const auto files = take_files(folder.path() / "store", 1, 2);
    const auto place = folder.path() / "take01";
    const DiskFor network(network_disk);
    REQUIRE(publish_take(place, files, record_of(5), "a", LinkPolicy::hard) ==
            PublishOutcome::published);
    REQUIRE(std::filesystem::hard_link_count(files[0].source) == 1);
    REQUIRE(check_take(place).is_untouched());
}

TEST_CASE("files of another file system are copied", "[publish]") {
    const std::filesystem::path memory = "/dev/shm";
    if (!std::filesystem::exists(memory)) {
        skip_case("there is no second file system");
        return;
    }
    const TemporaryFolder folder;
    const auto store = memory / folder.path().filename();
    const auto files = take_files(store, 1, 3);
    const PublishOutcome outcome = publish_take(folder.path() / "take01", files, record_of(5), "a");
    std::filesystem::remove_all(store);
    REQUIRE(outcome == PublishOutcome::published);
    REQUIRE(run_program("cd " + (folder.path() / "take01").string() + " && sha256sum -c SHA256SUMS")
                .code == 0);
}

TEST_CASE("publishing the same take again changes nothing, in whatever order its files come",
          "[publish]") {
    const TemporaryFolder folder;
    const auto place = folder.path() / "take01";
    auto files = take_files(folder.path() / "store", 1, 6);
    REQUIRE(publish_take(place, files, record_of(6), "a") == PublishOutcome::published);
    const std::string record = read_file(place / publish_file);
    std::reverse(files.begin(), files.end());
    REQUIRE(publish_take(place, files, record_of(6), "b") == PublishOutcome::already_there);
    REQUIRE(read_file(place / publish_file) == record);
}

TEST_CASE("another take in the place is refused, both are named and nothing is touched",
          "[publish]") {
    const TemporaryFolder folder;
    const auto place = folder.path() / "take01";
    const auto one = take_files(folder.path() / "one", 1, 6);
    const auto two = take_files(folder.path() / "two", 2, 6);
    REQUIRE(publish_take(place, one, record_of(6), "a") == PublishOutcome::published);
    const std::string record = read_file(place / publish_file);
    REQUIRE_THROWS_WITH(publish_take(place, two, record_of(6), "b"),
                        Catch::Contains(take_digest_of(one).short_hex()) &&
                            Catch::Contains(take_digest_of(two).short_hex()) &&
                            Catch::Contains(place.string()));
    REQUIRE(read_file(place / publish_file) == record);
    REQUIRE(names_in(folder.path()) == std::vector<std::string>{"one", "take01", "two"});
}

TEST_CASE("a folder that is nobody's take is not replaced", "[publish]") {
    const TemporaryFolder folder;
    const auto files = take_files(folder.path() / "store", 1, 3);
    const auto place = folder.path() / "take01";
    std::filesystem::create_directories(place);
    write_file_atomically(place / "notes.txt", std::string_view("mine"));
    REQUIRE_THROWS_AS(publish_take(place, files, record_of(5), "a"), Error);
    write_file_atomically(place / publish_file, std::string_view("{"));
    REQUIRE_THROWS_AS(publish_take(place, files, record_of(5), "a"), Error);
    REQUIRE(read_file(place / "notes.txt") == "mine");
}

TEST_CASE("a damaged or missing file stops the take before anybody sees it", "[publish]") {
    const TemporaryFolder folder;
    const auto place = folder.path() / "out/take01";
    auto files = take_files(folder.path() / "store", 1, 6);
    write_file_atomically(files[3].source, std::string_view("damaged"));
    try {
        static_cast<void>(publish_take(place, files, record_of(6), "a"));
        FAIL("a damaged file was published");
    } catch (const Error& error) {
        REQUIRE(error.kind() == ErrorKind::corrupt);
        REQUIRE(std::string(error.what()).find(files[3].source.string()) != std::string::npos);
    }
    std::filesystem::remove(files[3].source);
    REQUIRE_THROWS_AS(publish_take(place, files, record_of(6), "a"), Error);
    REQUIRE(names_in(place.parent_path()).empty());
}

TEST_CASE("names that leave the folder, or that stand twice, are refused", "[publish]") {
    const TemporaryFolder folder;
    for (const char* name : {"../a",
                             "/etc/a",
                             "exr/../../a",
                             "",
                             "publish.json",
                             "SHA256SUMS",
                             "a\nb",
                             "exr/a_t01.1001.exr"}) {
        auto files = take_files(folder.path() / "store", 1, 2);
        files[1].name = name;
        CAPTURE(name);
        REQUIRE_THROWS_AS(publish_take(folder.path() / "take01", files, record_of(5), "a"), Error);
    }
    REQUIRE(names_in(folder.path()) == std::vector<std::string>{"store"});
}

TEST_CASE("a take is seen when it is committed and not before", "[publish]") {
    const TemporaryFolder folder;
    const auto place = folder.path() / "out" / "take01";
    const auto files = take_files(folder.path() / "store", 1, 3);
    const auto commit = prepare_take(place, files, record_of(5), "a", LinkPolicy::automatic);
    REQUIRE(commit);
    REQUIRE(names_in(place.parent_path()) == std::vector<std::string>{".take01.a.partial"});
    commit_take(*commit);
    REQUIRE(names_in(place.parent_path()) == std::vector<std::string>{"take01"});
    commit_take(*commit);  // the answer was lost
    REQUIRE(check_take(place).is_untouched());
    std::filesystem::remove_all(place);
    REQUIRE_THROWS_WITH(commit_take(*commit), Catch::Contains("disappeared"));
}

TEST_CASE("a commit clears away what waits beside its place, and nothing else", "[publish]") {
    const TemporaryFolder folder;
    const auto place = folder.path() / "take01";
    const auto files = take_files(folder.path() / "store", 1, 3);
    std::filesystem::create_directories(folder.path() / ".take01.gone.partial/exr");
    std::filesystem::create_directories(folder.path() / ".take01.older.partial.dead/exr");
    std::filesystem::create_directories(folder.path() / ".take02.other.partial");
    const auto late = prepare_take(place, files, record_of(5), "late", LinkPolicy::automatic);
    REQUIRE(publish_take(place, files, record_of(5), "a") == PublishOutcome::published);
    REQUIRE(names_in(folder.path()) ==
            std::vector<std::string>{".take02.other.partial", "store", "take01"});
    commit_take(*late);  // accepted all the same, by another job: the same take is there
    REQUIRE(check_take(place).is_untouched());
}

TEST_CASE("many attempts at once leave one whole take, and none of them fails", "[publish]") {
    const TemporaryFolder folder;
    const auto place = folder.path() / "out/take01";
    const auto files = take_files(folder.path() / "store", 1, 8);
    const bool damaged = GENERATE(false, true);
    for (int round = 0; round < 10; ++round) {
        std::atomic<int> failed{0};
        if (damaged) {
            std::filesystem::create_directories(place);
            std::filesystem::copy(files[0].source, place / "movie.mp4");
            std::filesystem::create_directories(place / "exr");
            std::filesystem::copy(files[0].source, place / files[0].name);
        }
        {
            std::vector<std::jthread> attempts;
            for (int i = 0; i < 4; ++i) {
                attempts.emplace_back([&, i] {
                    try {
                        static_cast<void>(
                            publish_take(place, files, record_of(8), fmt::format("a{}", i)));
                    } catch (const Error& error) {
                        fmt::print("attempt {} failed: {}\n", i, error.what());
                        ++failed;
                    }
                });
            }
        }
        REQUIRE(failed == 0);
        REQUIRE(check_take(place).is_untouched());
        // The damaged one is kept once. Its number is 2 where another attempt had 1 for a moment.
        std::vector<std::string> names = names_in(place.parent_path());
        if (damaged) {
            REQUIRE(names.front().starts_with("damaged.take01."));
            names.erase(names.begin());
        }
        REQUIRE(names == std::vector<std::string>{"take01"});
        std::filesystem::remove_all(place.parent_path());
    }
}

TEST_CASE("a place that no waiting makes usable is bad input, and nothing is left behind",
          "[publish]") {
    const TemporaryFolder folder;
    const auto files = take_files(folder.path() / "store", 1, 1);
    write_file_atomically(folder.path() / "file", "");
    const auto refused = [&](const std::filesystem::path& place) {
        try {
            publish_take(place, files, record_of(5), "1e7d66e6ca04");
        } catch (const Error& error) {
            return error.kind() == ErrorKind::bad_input;
        }
        return false;
    };
    CHECK(refused(folder.path() / "file" / "take01"));
    CHECK(refused(folder.path() / "out" / std::string(256, 'a')));
    CHECK(refused(folder.path() / "out" / std::string(240, 'a')));
    CHECK(names_in(folder.path() / "out").empty());
    // The longest name that a night may ask for (shotspec/night/output_template.h).
    const auto longest = folder.path() / "out" / std::string(take_folder_name_bytes_max, 'a');
    CHECK(publish_take(longest, files, record_of(5), "1e7d66e6ca04") == PublishOutcome::published);
}

TEST_CASE("a record comes back from its JSON as it was", "[publish]") {
    PublishRecord record = record_of(20);
    record.joints = {1010};
    record.tasks = {{"decode",
                     digest_of("x"),
                     "sh.decode",
                     "cpu x86-64-v4 2 threads",
                     "float32",
                     1.5,
                     1 << 20}};
    record.metrics.seams = {{1010, 2.0, 1.3}};
    const Json json = to_json_value(record);
    REQUIRE(to_json_value(from_json_value<PublishRecord>(json)) == json);
    REQUIRE(json["colour"]["interop_id"] == "lin_rec709_scene");
    REQUIRE(json["metrics"]["seams"][0]["ratio"] == 1.3);
}

}  // namespace nightreel
