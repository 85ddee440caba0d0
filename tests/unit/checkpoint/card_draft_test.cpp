#include "pipeline/checkpoint/convert/card_draft.h"

#include <catch2/catch.hpp>

namespace nightreel {
namespace {

std::string drafted(const char* class_name,
                    int heads,
                    int channels_in,
                    int pictures,
                    const std::string& pipeline_class = "") {
    const nlohmann::json transformer{{"_class_name", class_name},
                                     {"num_attention_heads", heads},
                                     {"in_channels", channels_in},
                                     {"pos_embed_seq_len", pictures}};
    const ModelLatents latents;
    const std::string name = "drafted";
    const std::string unknown;
    const ModelDimensions dimensions;
    const std::map<std::string, Digest> files;
    ModelFolder folder;
    folder.pipeline_class = pipeline_class;
    const FamilyDefaults& family = family_of(folder, transformer);
    return card_draft({name,
                       unknown,
                       unknown,
                       family,
                       step_cache_of(family, transformer),
                       frames_per_block_of(transformer),
                       latents,
                       dimensions,
                       files});
}

constexpr const char* wan = "WanTransformer3DModel";

}  // namespace

TEST_CASE("a drafted card has the coefficients that were published for a model of its size",
          "[checkpoint]") {
    const std::string small = drafted(wan, 12, 16, 0);
    CHECK(small.find("step_cache:\n  coefficients: [-5.21862437e4, ") != std::string::npos);
    const std::string large = drafted(wan, 40, 16, 0);
    CHECK(large.find("\nstep_cache:\n  coefficients: [-3.03318725e5, ") != std::string::npos);
    const std::string pictures = drafted(wan, 40, 36, 0);
    CHECK(pictures.find("\nstep_cache:\n  coefficients: [2.57151496e5, ") != std::string::npos);
    CHECK(
        pictures.find("# Coefficients for the 480p weights. For the 720p weights: 8.10705460e3") !=
        std::string::npos);
}

TEST_CASE("a drafted card has no step cache where none was published", "[checkpoint]") {
    CHECK(drafted(wan, 3, 16, 0).find("step_cache") == std::string::npos);
    CHECK(drafted(wan, 40, 36, 514).find("step_cache") == std::string::npos);
    CHECK(drafted("WanVACETransformer3DModel", 12, 16, 0).find("step_cache") == std::string::npos);
    CHECK(drafted("SkyReelsV2Transformer3DModel", 12, 16, 0).find("step_cache") ==
          std::string::npos);
}

TEST_CASE(
    "a drafted card of diffusion forcing says how its authors sample long clips, and no other",
    "[checkpoint]") {
    constexpr const char* skyreels = "SkyReelsV2Transformer3DModel";
    const std::string forced = drafted(skyreels, 12, 16, 0, "SkyReelsV2DiffusionForcingPipeline");
    CHECK(forced.find("family: skyreels-v2-df\n") != std::string::npos);
    const std::string recipe = "shift: 8.0, forcing: { block: 1, lag: 0, history_noise: 20 } }\n";
    CHECK(forced.find("steps: 25, guidance: 6.0, " + recipe) != std::string::npos);
    CHECK(forced.find("steps: 50, guidance: 6.0, " + recipe) != std::string::npos);
    const std::string text = drafted(skyreels, 12, 16, 0, "SkyReelsV2Pipeline");
    CHECK(text.find("family: skyreels-v2-t2v\n") != std::string::npos);
    CHECK(text.find("forcing") == std::string::npos);
    CHECK(drafted(skyreels, 12, 36, 0).find("forcing") == std::string::npos);
    CHECK(drafted(wan, 12, 16, 0).find("forcing") == std::string::npos);
}

TEST_CASE("a drafted card has its authors' settings and says where they stand", "[checkpoint]") {
    const auto says = [](const std::string& card, std::initializer_list<const char*> words) {
        for (const char* word : words) {
            CAPTURE(word, card);
            CHECK(card.find(word) != std::string::npos);
        }
    };
    constexpr const char* skyreels = "SkyReelsV2Transformer3DModel";
    const std::string wan_prompt = "negative_prompt: \"色调艳丽，过曝，静态";
    says(drafted(wan, 40, 16, 0),
         {"Wan2.1 generate.py", "guidance: 5.0, shift: 5.0", wan_prompt.c_str()});
    says(drafted(wan, 12, 16, 0),
         {"Wan2.1 README", "sizes: [832x480, 480x832]", "guidance: 6.0, shift: 8.0"});
    says(drafted(wan, 40, 36, 0),
         {"wan_i2v_14B.py",
          "shift_by_size: [{ size: 832x480, shift: 3.0 }, ",
          "negative_prompt: \"镜头晃动，色"});
    says(drafted(wan, 40, 36, 514),
         {"steps: 50, guidance: 5.0, shift: 16.0", "negative_prompt: \"镜头切换，镜头晃动，色"});
    says(drafted("WanVACETransformer3DModel", 40, 16, 0),
         {"vace/models/wan/configs", "shift: 16.0", wan_prompt.c_str()});
    says(drafted(skyreels, 40, 16, 0, "SkyReelsV2DiffusionForcingPipeline"),
         {"generate_video_df.py", "guidance: 6.0, shift: 8.0", wan_prompt.c_str()});
    says(drafted(skyreels, 40, 16, 0, "SkyReelsV2Pipeline"),
         {"generate_video.py", "negative_prompt: \"Bright tones, overexposed, static"});
    says(drafted(skyreels, 40, 36, 0),
         {"guidance: 5.0, shift: 5.0", "walking backwards\"", "3.0 in a note"});
}

}  // namespace nightreel
