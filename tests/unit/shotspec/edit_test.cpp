#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "shotspec/night/edit_settings.h"
#include "tests/unit/shotspec/night_text.h"

// Operations on clips, without files: what a clip is said to be is known by its name.

namespace nightreel {
namespace {

// "a_48": frames 1001 to 1048 of the size and rate of the bundled model; "large", "wide" and "fast"
// say otherwise.
ClipFacts facts_of(const std::filesystem::path& path, const std::optional<FrameRange>& range) {
    const std::string name = path.stem().string();
    if (name == "lost") return {.problem = "there is no such file"};
    ClipFacts facts{.kind = path.extension() == ".mov" ? ClipKind::movie : ClipKind::take,
                    .size = {96, 64},
                    .rate = FrameRate{12, 1}};
    if (name.starts_with("large")) facts.size = {192, 128};
    if (name.starts_with("wide")) facts.size = {192, 64};
    if (name.starts_with("fast")) facts.rate = FrameRate{24, 1};
    const std::int64_t count = std::stoll(name.substr(name.find('_') + 1));
    facts.frames =
        facts.kind == ClipKind::movie ? FrameRange{1, count} : FrameRange{1001, 1000 + count};
    const FrameRange used = range.value_or(facts.frames);
    facts.files.assign(static_cast<std::size_t>(used.count()), {"x", digest_of("x")});
    return facts;
}

CheckedNight check_edit(const std::string& lines) {
    const std::string text =
        night_head + "  - { shot: sq010_sh0010, prompt: \"{mira} jumps\", " + lines + " }\n";
    const auto nothing = [](const std::string&) { return std::optional<std::string>(); };
    return check_night(DocumentSource{"night.yaml", text, nothing}, {"models"}, {}, {}, {facts_of});
}

ResolvedShot edited(const std::string& lines) {
    const CheckedNight checked = check_edit(lines);
    INFO(complaints_of(checked));
    REQUIRE(checked.night);
    return checked.night->shots.at(0);
}

// "k13 m8 k12": kept and made frames.
std::string parts_of(const ResolvedShot& shot) {
    std::string text;
    for (const EditPart& part : shot.edit.value().parts) {
        text += fmt::format("{}{}{}", text.empty() ? "" : " ", part.clip ? 'k' : 'm', part.count);
    }
    return text;
}

void refused(const std::string& lines, std::initializer_list<const char*> parts) {
    const CheckedNight checked = check_edit(lines);
    const std::string complaints = complaints_of(checked);
    INFO(lines << "\n" << complaints);
    CHECK_FALSE(checked.night);
    for (const char* part : parts) CHECK(complaints.find(part) != std::string::npos);
}

}  // namespace

TEST_CASE("operations lay a take out as kept and made parts", "[shotspec]") {
    CHECK(parts_of(edited("frames: 60, extend: { clip: a_48 }")) == "k48 m12");
    CHECK(parts_of(edited("frames: 60, extend: { clip: a_48, side: before }")) == "m12 k48");
    CHECK(parts_of(edited("frames: 60, extend: { clip: { file: a_48, range: 1041-1048 } }")) ==
          "k8 m52");
    CHECK(parts_of(edited("frames: 40, fill: { before: a_12, after: b_16 }")) == "k12 m12 k16");
    CHECK(parts_of(edited("loop: true, frames: 48")) == "m32 m16");
    CHECK(parts_of(edited("recut: { clip: a_48, keep: 1013-1030 }")) == "m12 k18 m18");
    CHECK(parts_of(edited("retake: { take: a_48, range: 1s-2s }")) == "k12 m12 k24");
    CHECK(parts_of(edited("retake: { take: a_48, range: 0s-1s }")) == "m12 k36");
    CHECK(parts_of(edited("retake: { take: a_48, range: 1037-1048 }")) == "k36 m12");
    CHECK(parts_of(edited("remix: { clip: a_33.mov, strength: subtle }")) == "m33");
    // Between kept frames whole latent frames are made again.
    CHECK(parts_of(edited("retake: { take: a_48, range: 1011-1015 }")) == "k10 m8 k30");
}

TEST_CASE("a blend keeps the frames of either clip, and makes those between", "[shotspec]") {
    const auto blend = [](const std::string& curve, const std::string& clips = "a: a_48, b: b_60") {
        return parts_of(edited("blend: { " + clips + ", curve: " + curve + " }"));
    };
    // Frames 13 to 23 show both; a latent frame more is made, and the whole is whole latent frames.
    CHECK(blend("[[12f, 0], [24f, 1]]") == "k13 m16 k31");
    CHECK(blend("[[12f, 1], [24f, 0]]") == "k13 m16 k19");
    // In front of kept frames a stream begins with a single frame.
    CHECK(blend("[[0s, 0.5], [1s, 1]]") == "m17 k43");
    // It ends with the clip that is needed longest, or with both.
    CHECK(blend("[[1s, 0.5], [2s, 0.7]]") == "m48");
    CHECK(blend("[[12f, 0], [24f, 1]]", "a: a_24, b: b_60") == "k13 m16 k31");
    CHECK(blend("[[12f, 0], [24f, 1]]", "a: a_20, b: b_60") == "k13 m7");
    CHECK(blend("[[12f, 0], [18f, 0.5], [24f, 0]]") == "k13 m16 k19");
    const std::vector<CurvePoint> curve{{12, 0}, {24, 1}};
    CHECK(share_at(curve, 0) == 0);
    CHECK(share_at(curve, 15) == Approx(0.25));
    CHECK(share_at(curve, 99) == 1);
    const ResolvedShot shot = edited("blend: { a: a_48, b: b_60, curve: [[1s, 0], [2s, 1]] }");
    CHECK(shot.edit->curve == curve);
    CHECK(shot.frames == FrameRange{1001, 1060});
}

TEST_CASE("a curve that cannot be followed is refused with its point", "[shotspec]") {
    const auto wrong = [](const std::string& curve, std::initializer_list<const char*> parts) {
        refused("blend: { a: a_48, b: b_60, curve: " + curve + " }", parts);
    };
    wrong("[[2s, 0], [1s, 1]]", {"blend.curve", "times must rise", "1s does not follow 2s"});
    wrong("[[0s, 0], [12f, 2]]", {"blend.curve[1][1]", "2 is too large"});
    wrong("[[0s, 0, 3]]", {"blend.curve[0]", "[at, share]"});
    wrong("[1s]", {"blend.curve[0]", "[at, share]"});
    wrong("[]", {"blend.curve", "[1s, 0]"});
    wrong("[[0s, 0]]", {"blend.curve", "a share between 0 and 1"});
    refused("blend: { a: a_48, b: lost, curve: [[1s, 0], [2s, 1]] }", {"blend.b", "no such file"});
    refused("blend: { a: a_48, curve: [[1s, 0], [2s, 1]] }", {"blend.b"});
    refused("frames: 48, blend: { a: a_48, b: b_60, curve: [[1s, 0], [2s, 1]] }", {"frames"});
}

TEST_CASE("kept frames keep their numbers unless the shot says others", "[shotspec]") {
    CHECK(edited("frames: 60, extend: { clip: a_48 }").frames == FrameRange{1001, 1060});
    CHECK(edited("frames: 60, extend: { clip: a_48, side: before }").frames ==
          FrameRange{989, 1048});
    CHECK(edited("retake: { take: { file: a_48, range: 1011-1040 }, range: 0s-1s }").frames ==
          FrameRange{1011, 1040});
    CHECK(edited("first_frame: 1, retake: { take: a_48, range: 1s-2s }").frames ==
          FrameRange{1, 48});
    CHECK(edited("range: 1101-1160, extend: { clip: a_48 }").frames == FrameRange{1101, 1160});
    CHECK(edited("frames: 60, extend: { clip: a_48.mov }").frames == FrameRange{1001, 1060});
    const ResolvedShot shot = edited("handles: 4, retake: { take: a_48, range: 1s-2s }");
    CHECK(shot.frames == FrameRange{1001, 1048});
    CHECK(shot.handles == 4);
}

TEST_CASE("a clip of another size or rate is refused with the numbers and the key", "[shotspec]") {
    refused("frames: 60, extend: { clip: large_48 }", {"192x128", "96x64", "resize: true"});
    CHECK(parts_of(edited("frames: 60, extend: { clip: { file: large_48, resize: true } }")) ==
          "k48 m12");
    refused("frames: 60, extend: { clip: { file: wide_48, resize: true } }", {"192x64", "crop"});
    refused("frames: 60, extend: { clip: fast_48 }",
            {"24 frames a second", "12", "any_rate: true"});
    CHECK(parts_of(edited("frames: 60, extend: { clip: { file: fast_48, any_rate: true } }")) ==
          "k48 m12");
}

TEST_CASE("what cannot be done is refused with its place and its remedy", "[shotspec]") {
    refused("frames: 60, extend: { clip: lost }", {"extend.clip", "lost: there is no such file"});
    refused("frames: 48, extend: { clip: a_48 }", {"48 frames", "counts the clip"});
    refused("frames: 41, fill: { before: a_12, after: b_16 }", {"13 new frames", "44", "40"});
    refused("loop: true, frames: 20", {"too short", "25"});
    refused("retake: { take: a_48, range: 3s-5s }", {"retake.range", "48 frames"});
    refused("retake: { take: a_48, range: 0s-4s }", {"whole clip"});
    refused("retake: { take: a_48, range: 2s-1s }", {"retake.range", "expected times"});
    refused("recut: { clip: a_48, keep: 990-1010 }", {"recut.keep", "1001-1048"});
    refused("frames: 48, retake: { take: a_48, range: 1s-2s }", {"frames"});
    refused("loop: true, frames: 48, extend: { clip: a_12 }", {"one operation at most"});
    refused("frames: 60, strategy: windowed, extend: { clip: a_48 }", {"strategy", "extend"});
    refused("frames: 60, cut: true, extend: { clip: a_48 }", {"cut", "extend"});
    refused("still: true, loop: true", {"still", "one operation at most"});
    refused("remix: { clip: a_33, strength: 2 }", {"remix.strength", "subtle, mild, strong"});
    refused("handles: 30, retake: { take: a_48, range: 1s-2s }", {"leave nothing"});
    refused("retake: { take: a_48, range: 1011-1046 }", {"too few"});
}

TEST_CASE("strengths are noise levels", "[shotspec]") {
    CHECK(edited("remix: { clip: a_33 }").edit->strength == 0.75);
    CHECK(edited("remix: { clip: a_33, strength: strong }").edit->strength == 0.90);
    CHECK(edited("remix: { clip: a_33, strength: 0 }").edit->strength == Approx(0.3));
    CHECK(edited("remix: { clip: a_33, strength: 1 }").edit->strength == Approx(0.98));
}

TEST_CASE("a still is one frame without handles", "[shotspec]") {
    const ResolvedShot shot = edited("still: true, handles: 8");
    CHECK(shot.frames.count() == 1);
    CHECK(shot.handles == 0);
    refused("still: true, frames: 9", {"still"});
}

TEST_CASE("cards of a storyboard follow each other from the first frame on", "[shotspec]") {
    const std::string head =
        night_head + "  - shot: sq010_sh0010\n    frames: 60\n    storyboard:\n";
    const auto check = [&](const std::string& cards) { return check_text(head + cards); };
    const CheckedNight two = check(
        "      - { at: 0s, prompt: \"{mira} stands\" }\n"
        "      - { at: 2s, prompt: \"{mira} jumps\" }\n");
    INFO(complaints_of(two));
    REQUIRE(two.night);
    const auto& cards = two.night->shots[0].cards.value();
    REQUIRE(cards.size() == 2);
    CHECK(cards[1].frame == 24);
    CHECK(cards[1].prompt == "a small striped red star jumps");
    const auto says = [&](const std::string& lines, const char* part) {
        const std::string complaints = complaints_of(check(lines));
        INFO(complaints);
        CHECK(complaints.find(part) != std::string::npos);
    };
    says("      - { at: 1s, prompt: x }\n", "write at: 0s");
    says("      - { at: 0s, prompt: x }\n      - { at: 9s, prompt: x }\n", "outside of the take");
    says(
        "      - { at: 0s, prompt: x }\n      - { at: 2s, prompt: x }\n"
        "      - { at: 1s, prompt: x }\n",
        "in order");
    says("      - { at: 0s, prompt: \"{nobody} jumps\" }\n", "nobody");
    const std::string none = complaints_of(check_text(night_head + "  - { shot: a, frames: 9 }\n"));
    CHECK(none.find("shots[0].prompt: is missing") != std::string::npos);
}

}  // namespace nightreel
