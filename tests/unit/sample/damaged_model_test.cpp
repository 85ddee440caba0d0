// One file of a model folder is damaged, in a way that a seed decides.

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "pipeline/plan/noise_seed.h"
#include "pipeline/sample/engine.h"
#include "shotspec/base/error.h"
#include "shotspec/base/files.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/plan/dice.h"

namespace fs = std::filesystem;

namespace nightreel {

namespace {

constexpr std::uint32_t damage_seed = 20261128;
constexpr int damages = 160;

std::size_t index_in(Dice& dice, std::size_t size) {
    return static_cast<std::size_t>(dice.between(0, static_cast<std::int64_t>(size) - 1));
}

// Every value of a document, those inside of others too.
void collect(nlohmann::json& value, std::vector<nlohmann::json*>& values) {
    values.push_back(&value);
    if (!value.is_structured()) return;
    for (nlohmann::json& inner : value) collect(inner, values);
}

std::string with_other_value(Dice& dice, const std::string& text) {
    static const nlohmann::json others = nlohmann::json::parse(
        R"([null, true, -1, 0, 1, 3, 1048576, 1000000000, 9223372036854775808, 1e308, 0.5, "",
            "x", "../../x", [], {}, [1, 2, 3], [[]], {"a": null}])");
    nlohmann::json document = nlohmann::json::parse(text);
    std::vector<nlohmann::json*> values;
    collect(document, values);
    *values[index_in(dice, values.size())] = others[index_in(dice, others.size())];
    return document.dump();
}

std::string damaged(Dice& dice, const std::string& text, bool is_json) {
    if (is_json && dice.between(0, 3) > 0) return with_other_value(dice, text);
    if (dice.between(0, 3) == 0) return text.substr(0, index_in(dice, text.size()));
    std::string changed = text;
    // Headers and the heads of other files are shorter than this; what follows is plain numbers.
    constexpr std::size_t telling = 4096;
    for (std::int64_t left = dice.between(1, 3); left > 0; --left) {
        const std::size_t at = index_in(dice, std::min(changed.size(), telling));
        changed[at] = static_cast<char>(changed[at] ^ (1 << dice.between(0, 7)));
    }
    return changed;
}

// Everything that a folder is opened for.
void use(const fs::path& folder) {
    Engine engine({.model = folder, .precision = PrecisionPolicy::float32});
    const FrameRgb picture{16, 16, std::vector<float>(std::size_t{16} * 16 * 3, 0.5F)};
    SegmentRequest request;
    request.noise_seed = derived_seed(7, "sq010_sh0010", 1);
    request.frames = {0, 2};
    request.size = engine.latent_grid().size_of(picture.width, picture.height);
    request.prompt = engine.encode_prompt("a misty harbour");
    request.sampling = {.solver = Solver::unipc, .steps = 1, .guidance = 1};
    const std::vector<FrameRgb> pictures{picture, picture};
    request.given = {picture, picture, engine.read_pictures(pictures)};
    (void)engine.sample_segment(request);
}

// What the engine says of a folder; empty when it is content.
std::string complaint_about(const fs::path& folder) {
    try {
        use(folder);
    } catch (const Error& error) {
        CAPTURE(error.what());
        REQUIRE(error.kind() == ErrorKind::bad_input);
        return error.what();
    }
    return {};
}

}  // namespace

TEST_CASE("a damaged file of a model is refused by its name, or is as good as the sound one",
          "[sample]") {
    const TemporaryFolder scratch;
    const fs::path folder = scratch.path() / "model";
    fs::copy("tests/parity/pipelines/wan21_flf2v", folder, fs::copy_options::recursive);
    std::vector<fs::path> files{folder / "model_index.json"};
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        // The engine reads neither; other programs do.
        const bool is_read = entry.path().parent_path().filename() != "scheduler" &&
                             entry.path().filename() != "tokenizer.json" &&
                             entry.path().filename() != "special_tokens_map.json";
        if (entry.is_regular_file() && entry.path().parent_path() != folder && is_read) {
            files.push_back(entry.path());
        }
    }
    std::sort(files.begin(), files.end());
    REQUIRE(complaint_about(folder).empty());

    int refused = 0;
    Dice dice(damage_seed);
    for (int number = 0; number < damages; ++number) {
        const fs::path& file = files[index_in(dice, files.size())];
        const std::string sound = read_file(file);
        CAPTURE(number, file.string());
        const std::string changed = damaged(dice, sound, file.extension() == ".json");
        write_file_atomically(file, changed);
        const std::string complaint = complaint_about(folder);
        write_file_atomically(file, sound);
        if (complaint.empty()) continue;
        ++refused;
        CAPTURE(complaint);
        // A configuration and its weights may disagree: either is named, or the part they are of.
        REQUIRE_THAT(complaint,
                     Catch::Contains(file.filename().string()) ||
                         Catch::Contains(file.parent_path().filename().string()));
    }
    REQUIRE(refused > damages / 2);
}

}  // namespace nightreel
