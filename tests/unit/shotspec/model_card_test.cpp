#include <catch2/catch.hpp>

#include "shotspec/base/error.h"
#include "shotspec/base/files.h"
#include "shotspec/card/read_model_card.h"
#include "tests/support/temporary_folder.h"

namespace nightreel {
namespace {

namespace fs = std::filesystem;

const std::string card_text =
    "name: tiny\nfamily: wan2.1-t2v\nlicence: Apache-2.0\ntraining_data: drawn clips\n"
    "sizes: [96x64]\nrate: 12\nfiles:\n  - path: weights.bin\n    digest: " +
    std::string(64, 'a') + "\n";

// A root with one model in it.
struct Root {
    TemporaryFolder folder;

    Root() {
        fs::create_directory(model());
        write("model.yaml", card_text);
        write("weights.bin", "w");
    }

    fs::path model() const { return folder.path() / "tiny"; }

    void write(const std::string& name, const std::string& text) {
        write_file_atomically(model() / name, text);
    }

    std::string complaints() const {
        Complaints complaints;
        read_model_card({"tiny", model()}, complaints);
        return text_of(complaints.sorted());
    }
};

std::string changed(std::string text, const std::string& from, const std::string& to) {
    return text.replace(text.find(from), from.size(), to);
}

}  // namespace

TEST_CASE("the bundled model's card is right and says what the toy world needs", "[shotspec]") {
    const ModelCard card = read_model_card(fs::path("models/toybox"));
    CHECK(card.name == "toybox");
    CHECK(card.sizes == std::vector<PictureSize>{{96, 64}});
    CHECK(card.rate == FrameRate{12, 1});
    CHECK(card.references_max == 1);
    CHECK(card.history);
    CHECK(card.window.latent_frames == 5);
    CHECK(card.window.overlap == 2);
    CHECK(card.final == SamplingSettings{Solver::euler, Schedule::uniform, 20, 4.0, 3.0});
}

TEST_CASE("every file of the bundled model has the digest that its card names", "[shotspec]") {
    const ModelCard card = read_model_card(fs::path("models/toybox"));
    REQUIRE_FALSE(card.files.empty());
    for (const ModelFile& file : card.files) {
        INFO(file.path);
        CHECK(digest_of_file(fs::path(card.folder) / file.path) == file.digest);
    }
}

TEST_CASE("a missing or empty weight file is told at its line", "[shotspec]") {
    Root root;
    CHECK(root.complaints().empty());
    root.write("weights.bin", "");
    CHECK(root.complaints().find("model.yaml:8:11: files[0].path: weights.bin is empty") !=
          std::string::npos);
    fs::remove(root.model() / "weights.bin");
    CHECK(root.complaints().find("weights.bin is missing") != std::string::npos);
}

TEST_CASE("a card cannot point outside its folder", "[shotspec]") {
    Root root;
    for (const char* path : {"../weights.bin", "/etc/passwd", "a/../../b"}) {
        root.write("model.yaml", changed(card_text, "weights.bin", path));
        CHECK(root.complaints().find("must be inside the model's folder") != std::string::npos);
    }
}

TEST_CASE("a card names its folder, and its window is ordered", "[shotspec]") {
    Root root;
    root.write("model.yaml", changed(card_text, "name: tiny", "name: other"));
    CHECK(root.complaints().find("other differs from the name of its folder, tiny") !=
          std::string::npos);
    root.write("model.yaml", card_text + "window: { latent_frames: 3, latent_frames_min: 5 }\n");
    CHECK(root.complaints().find("must be between") != std::string::npos);
    root.write("model.yaml", card_text + "window: { latent_frames: 3, overlap: 3 }\n");
    CHECK(root.complaints().find("window.overlap: must be less") != std::string::npos);
}

TEST_CASE("the digest follows what changes pixels, not planning figures", "[shotspec]") {
    Root root;
    const Digest before = read_model_card(root.model()).digest;
    root.write("model.yaml", card_text + "cost: { memory_bytes: 7 }\n# a comment\n");
    CHECK(read_model_card(root.model()).digest == before);
    root.write("model.yaml", card_text + "stall: 30min\n");
    CHECK(read_model_card(root.model()).stall == Millis{1'800'000});
    CHECK(read_model_card(root.model()).digest == before);
    root.write("model.yaml", card_text + "final: { steps: 7 }\n");
    CHECK(read_model_card(root.model()).digest != before);
}

TEST_CASE("models are found in several roots, the first of a name wins", "[shotspec]") {
    Root first;
    Root second;
    fs::create_directory(second.folder.path() / "no_model");
    const auto found = find_models({"/does/not/exist", first.folder.path(), second.folder.path()});
    REQUIRE(found.size() == 1);
    CHECK(found[0].path == first.model());
}

TEST_CASE("NIGHTREEL_MODELS stands before the built-in roots", "[shotspec]") {
    const auto variable = [](const std::string&) { return std::optional<std::string>("/a::/b"); };
    CHECK(model_roots(variable, {"/c"}) == std::vector<fs::path>{"/a", "/b", "/c"});
    CHECK(model_roots({}, {"/c"}) == std::vector<fs::path>{"/c"});
}

TEST_CASE("a card that cannot be used throws bad_input with every complaint", "[shotspec]") {
    Root root;
    root.write("model.yaml", "name: tiny\nsizes: [96]\n");
    try {
        read_model_card(root.model());
        FAIL("was accepted");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::bad_input);
        const std::string text = error.what();
        CHECK(text.find("family: is missing") != std::string::npos);
        CHECK(text.find("sizes[0]: expected a size in pixels") != std::string::npos);
    }
}

}  // namespace nightreel
