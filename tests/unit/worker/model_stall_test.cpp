#include "worker/model_stall.h"

#include <catch2/catch.hpp>

#include "shotspec/base/files.h"
#include "shotspec/card/read_model_card.h"
#include "tests/support/temporary_folder.h"

namespace nightreel {
namespace {

namespace fs = std::filesystem;

// A model's folder with a card, and a file that it names.
void install(const fs::path& folder, const std::string& rest) {
    fs::create_directories(folder);
    write_file_atomically(folder / "weights.bin", std::string("w"));
    write_file_atomically(folder / "model.yaml",
                          "name: tiny\nfamily: toy\nlicence: MIT\ntraining_data: none\n"
                          "sizes: [96x64]\nrate: 12\nfiles:\n  - path: weights.bin\n    digest: " +
                              digest_of("w").hex() + "\n" + rest);
}

SampleOrder order_of(const fs::path& folder) {
    SampleOrder order;
    order.model = {"tiny", folder.string(), read_model_card(folder).digest};
    return order;
}

}  // namespace

TEST_CASE("a model's stall limit is read where the renderer finds the model", "[worker]") {
    const TemporaryFolder folder;
    const fs::path named = folder.path() / "named" / "tiny";
    const fs::path local = folder.path() / "local" / "tiny";
    const std::vector<std::string> roots{(folder.path() / "local").string()};
    install(named, "stall: 40min\n");
    const SampleOrder order = order_of(named);
    CHECK(stall_of_model(order, {}) == Millis{40 * 60'000});
    CHECK(stall_of_model(order, roots) == Millis{40 * 60'000});
    // The same model by its digest: this machine's own card counts.
    install(local, "stall: 2h\n");
    CHECK(stall_of_model(order, roots) == Millis{2 * 3'600'000});
    // Another model of that name does not.
    install(local, "stall: 3h\nfinal: { steps: 7 }\n");
    CHECK(stall_of_model(order, roots) == Millis{40 * 60'000});
}

TEST_CASE("without a model, a card or a limit in it the worker's own limit counts", "[worker]") {
    const TemporaryFolder folder;
    const fs::path model = folder.path() / "tiny";
    install(model, "");
    const SampleOrder order = order_of(model);
    CHECK(stall_of_model(order, {}) == Millis{0});
    write_file_atomically(model / "model.yaml", std::string("{"));
    CHECK(stall_of_model(order, {}) == Millis{0});
    CHECK(stall_of_model(MeasureOrder{}, {}) == Millis{0});
}

}  // namespace nightreel
