#include "scheduler/server/root_marks.h"

#include <catch2/catch.hpp>

#include "pipeline/plan/roots/root_marker.h"
#include "pipeline/plan/task_order.h"
#include "shotspec/base/files.h"
#include "tests/support/temporary_folder.h"

namespace nightreel {
namespace {

namespace fs = std::filesystem;

// A scheduler that starts again and again.
struct Starts {
    TemporaryFolder folder;
    fs::path out = folder.path() / "out";
    fs::path store = folder.path() / "store";
    std::vector<std::string> warnings;

    Starts() { fs::create_directory(state()); }

    fs::path state() const { return folder.path() / "state"; }

    std::vector<wire::FarmRoot> start(bool is_new = false) {
        warnings.clear();
        return mark_roots(state(),
                          {{takes_root, out.string()}, {store_root, store.string()}},
                          is_new,
                          [&](const std::string& text) { warnings.push_back(text); });
    }
};

}  // namespace

TEST_CASE("a new farm gets its folders and their markers, and keeps them", "[server]") {
    Starts starts;
    const auto roots = starts.start(true);
    REQUIRE(roots.size() == 2);
    CHECK(roots[0].name == takes_root);
    CHECK(roots[0].identity == read_root_marker(starts.out));
    CHECK(roots[1].identity == read_root_marker(starts.store));
    CHECK(roots[0].identity != roots[1].identity);
    CHECK(roots[0].is_marked);
    CHECK(starts.start() == roots);
    CHECK(starts.warnings.empty());
}

TEST_CASE("a farm from before markers gets them where its folders are, and nothing is created",
          "[server]") {
    Starts starts;
    fs::create_directories(starts.store / "ab");
    const auto roots = starts.start();
    CHECK_FALSE(fs::exists(starts.out));
    CHECK_FALSE(roots[0].is_marked);  // workers that see it mark it
    CHECK(roots[1].is_marked);
    CHECK(roots[1].identity == read_root_marker(starts.store));
    fs::create_directory(starts.out);
    const auto later = starts.start();
    CHECK(later[0].identity == roots[0].identity);
    CHECK(later[0].is_marked);
}

TEST_CASE("a disk that is away when the scheduler starts is not taken for a new one", "[server]") {
    Starts starts;
    const auto roots = starts.start(true);
    const fs::path away = starts.folder.path() / "away";
    fs::rename(starts.store, away);
    SECTION("nothing is there") {}
    SECTION("the folder below the mount") {
        fs::create_directory(starts.store);
    }
    SECTION("another farm's disk") {
        fs::create_directory(starts.store);
        write_root_marker(starts.store, "another");
    }
    const auto names = names_in(starts.store);
    CHECK(starts.start() == roots);
    REQUIRE(starts.warnings.size() == 1);
    CHECK_THAT(starts.warnings[0], Catch::StartsWith(starts.store.string()));
    CHECK(names_in(starts.store) == names);
    fs::remove_all(starts.store);
    fs::rename(away, starts.store);
    CHECK(starts.start() == roots);
    CHECK(starts.warnings.empty());
}

TEST_CASE("a lost state folder takes the markers that it finds", "[server]") {
    Starts starts;
    const auto roots = starts.start(true);
    fs::remove_all(starts.state());
    fs::create_directory(starts.state());
    CHECK(starts.start(true) == roots);
}

TEST_CASE("a store that only workers know has an identity all the same", "[server]") {
    Starts starts;
    starts.store.clear();
    const auto roots = starts.start(true);
    CHECK_FALSE(roots[1].identity.empty());
    CHECK_FALSE(roots[1].is_marked);
    CHECK(starts.start() == roots);
}

}  // namespace nightreel
