#include "worker/offer.h"

#include <catch2/catch.hpp>

#include "shotspec/base/files.h"
#include "shotspec/card/read_model_card.h"
#include "tests/support/temporary_folder.h"

namespace nightreel {
namespace {

namespace fs = std::filesystem;

void put_model(const fs::path& folder, const std::string& rest = "") {
    fs::create_directories(folder);
    write_file_atomically(folder / "weights.bin", std::string("w"));
    write_file_atomically(folder / "model.yaml",
                          "name: " + folder.filename().string() +
                              "\nfamily: toy\nlicence: MIT\ntraining_data: none\nsizes: [96x64]\n"
                              "rate: 12\nfiles:\n  - path: weights.bin\n    digest: " +
                              digest_of("w").hex() + "\n" + rest);
}

}  // namespace

TEST_CASE("a shelf has every model of every root, and sees what changes", "[worker]") {
    const TemporaryFolder folder;
    const fs::path a = folder.path() / "a";
    const fs::path b = folder.path() / "b";
    ModelShelf shelf({a.string(), b.string(), (folder.path() / "missing").string()});
    CHECK(shelf.models().empty());
    put_model(a / "one");
    put_model(b / "one", "final: { steps: 7 }\n");  // another model of the same name
    put_model(b / "two");
    auto models = shelf.models();
    REQUIRE(models.size() == 3);
    CHECK(models[0].digest == read_model_card(a / "one").digest);
    CHECK(models[1].digest == read_model_card(b / "one").digest);
    put_model(a / "one", "final: { steps: 9 }\n");
    models = shelf.models();
    CHECK(models[0].digest == read_model_card(a / "one").digest);
    // A card that cannot be read is not offered, and is when it has been repaired.
    write_file_atomically(b / "two" / "model.yaml", std::string("{"));
    CHECK(shelf.models().size() == 2);
    put_model(b / "two");
    CHECK(shelf.models().size() == 3);
    fs::remove_all(a);
    CHECK(shelf.models().size() == 2);
}

}  // namespace nightreel
