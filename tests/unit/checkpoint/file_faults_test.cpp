#include "pipeline/checkpoint/format/file_faults.h"

#include <catch2/catch.hpp>

#include "shotspec/base/files.h"
#include "tests/unit/checkpoint/model_files.h"

namespace fs = std::filesystem;

namespace nightreel {

TEST_CASE("a download that did not end is named in place of the file, whatever tool it was",
          "[faults]") {
    const ScratchFolder scratch("faults");
    for (const std::string ending :
         {".incomplete", ".part", ".partial", ".crdownload", ".download", ".aria2", ".tmp"}) {
        CAPTURE(ending);
        const fs::path file = scratch / "model.safetensors";
        const fs::path unfinished = file.string() + ending;
        REQUIRE(is_unfinished_download(unfinished.filename().string()));
        REQUIRE(absence_of(file).empty());
        write_file_atomically(unfinished, "x");
        REQUIRE_THAT(absence_of(file), Catch::Contains(unfinished.string()));
        REQUIRE_THAT(absence_of_weights(scratch.path()), Catch::Contains(unfinished.string()));
        fs::remove(unfinished);
    }
    REQUIRE_FALSE(is_unfinished_download("model.safetensors"));
}

TEST_CASE("what desktops leave beside files is never part of a model", "[faults]") {
    for (const char* name : {".DS_Store", "._model.safetensors", "Thumbs.db", "desktop.ini"}) {
        CHECK(is_companion_file(name));
    }
    CHECK_FALSE(is_companion_file("model.safetensors"));
}

TEST_CASE("a link to nothing is named with its target", "[faults]") {
    const ScratchFolder scratch("faults");
    fs::create_symlink("../blobs/abc", scratch / "model.safetensors");
    REQUIRE_THAT(absence_of(scratch / "model.safetensors"),
                 Catch::Contains("is a link to ../blobs/abc, which does not exist"));
}

}  // namespace nightreel
