#include <catch2/catch.hpp>

#include "shotspec/base/files.h"
#include "shotspec/resolve/loras.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/shotspec/night_text.h"

namespace nightreel {
namespace {

// Begins as a safetensors file does; checking a night looks no further.
std::string lora_bytes(const std::string& inside) {
    return std::string("\x10\0\0\0\0\0\0\0", 8) + "{" + inside;
}

class LoraNight {
  public:
    LoraNight() {
        std::filesystem::create_directory(folder_.path() / "loras");
        for (const char* name : {"ink", "fog", "mira"}) {
            write_file_atomically(folder_.path() / "loras" / (std::string(name) + ".safetensors"),
                                  lora_bytes(name));
        }
    }

    CheckedNight check(const std::string& defaults, const std::string& shot) const {
        return check_text(
            "nightreel: 1\nshow: aurora\ndefaults: { model: toybox" + defaults +
                " }\ncharacters:\n  mira: { prompt: a star, loras: [loras/mira.safetensors] }\n"
                "shots:\n  - { shot: a, frames: 9" +
                shot +
                " }\n"
                "  - { shot: b, frames: 9, prompt: x }\n",
            {},
            folder_.path() / "night.yaml");
    }

    std::vector<ResolvedLora> loras(const std::string& defaults, const std::string& shot) const {
        const CheckedNight checked = check(defaults, shot);
        INFO(complaints_of(checked));
        REQUIRE(checked.night);
        return checked.night->shots.at(0).loras;
    }

    Digest digest_in(const std::string& name) const { return digest_of(lora_bytes(name)); }

  private:
    TemporaryFolder folder_;
};

}  // namespace

TEST_CASE("a digest that is remembered names a LoRA, whose file is then not read", "[shotspec]") {
    const TemporaryFolder folder;
    write_file_atomically(folder.path() / "ink.safetensors", lora_bytes("ink"));
    NightDocument document;
    int asked = 0;
    LoraShelf shelf(document, [&](const std::filesystem::path& file) {
        ++asked;
        return digest_of(file.filename().string());
    });
    document.complaints.add_file((folder.path() / "night.yaml").string());
    for (int shot = 0; shot < 2; ++shot) {
        const auto found = shelf.find({.file = "ink.safetensors"}, "defaults.loras[0]");
        REQUIRE(found);
        CHECK(found->lora.digest == digest_of("ink.safetensors"));
    }
    CHECK(asked == 1);
}

TEST_CASE("a shot's LoRAs take the place of the defaults', and its characters' are added",
          "[shotspec]") {
    const LoraNight night;
    const std::string ink = ", loras: [loras/ink.safetensors]";
    const auto defaults = night.loras(ink, ", prompt: x");
    REQUIRE(defaults.size() == 1);
    CHECK(defaults[0].lora.digest == night.digest_in("ink"));
    CHECK(defaults[0].lora.path.ends_with("/loras/ink.safetensors"));
    CHECK(defaults[0].lora.high == 1);
    const auto own = night.loras(ink,
                                 ", prompt: \"{mira} and {mira}\", loras: [{ file: "
                                 "loras/fog.safetensors, strength: 0.5, by_segment: [1, 0] }]");
    REQUIRE(own.size() == 2);
    CHECK(own[0].lora.digest == night.digest_in("fog"));
    CHECK(own[0].lora.low == 0.5);
    CHECK(own[0].by_segment == std::vector<double>{1, 0});
    CHECK(own[1].lora.digest == night.digest_in("mira"));
    CHECK(night.loras(ink, ", prompt: x, loras: []").empty());
}

TEST_CASE("a night's digest follows the bytes and strengths of its LoRAs, not their paths",
          "[shotspec]") {
    const auto digest = [](const LoraNight& night, const std::string& loras) {
        return night.check(", loras: [" + loras + "]", ", prompt: x").night.value().digest;
    };
    const LoraNight night;
    const Digest plain = digest(night, "loras/ink.safetensors");
    CHECK(digest(LoraNight(), "{ file: loras/../loras/ink.safetensors, strength: 1 }") == plain);
    CHECK(digest(night, "{ file: loras/ink.safetensors, strength: 0.9 }") != plain);
    CHECK(digest(night, "{ file: loras/ink.safetensors, by_segment: [1] }") != plain);
    CHECK(digest(night, "loras/fog.safetensors") != plain);
}

TEST_CASE("a LoRA of the defaults that is missing or asked for twice is told once", "[shotspec]") {
    const LoraNight night;
    const auto told = [&](const std::string& loras) {
        const auto diagnostics = night.check(", loras: [" + loras + "]", ", prompt: x").diagnostics;
        REQUIRE(diagnostics.size() == 1);
        return diagnostics[0].message;
    };
    CHECK(told("loras/inc.safetensors") ==
          "loras/inc.safetensors: there is no such file; did you mean ink.safetensors?");
    CHECK(told("loras") == "loras: is a folder, not a file");
    CHECK(told("loras/ink.safetensors, loras/ink.safetensors").starts_with("ink.safetensors is"));
    CHECK(told("{ file: loras/ink.safetensors, low: 0 }").find("two experts") != std::string::npos);
    std::string many = "loras/fog.safetensors";
    for (std::size_t i = 0; i < loras_max; ++i) many += ", loras/ink.safetensors";
    CHECK(told(many).find("the limit for a shot is 16") != std::string::npos);
}

}  // namespace nightreel
