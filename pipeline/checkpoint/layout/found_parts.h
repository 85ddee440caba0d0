#pragma once
// The parts of a model among files that people have, recognised by what is in the files and not by
// their names: ComfyUI's folders (diffusion_models/, text_encoders/, vae/, clip_vision/), the same
// in one folder, checkpoints that hold several networks, transformers and VACE modules in files of
// their own. What contents cannot tell is stated by the user or refused. One thread.

#include <array>
#include <filesystem>
#include <string>
#include <string_view>

#include "pipeline/checkpoint/layout/model_folder.h"

namespace nightreel {

// What GivenParts::family may be, beside nothing.
inline constexpr auto families_to_state = std::to_array<std::string_view>(
    {"wan2.1", "skyreels-v2-df", "skyreels-v2-t2v", "skyreels-v2-i2v"});

// Parts that the user names; empty where they are looked for. Files, or folders as diffusers has
// them.
struct GivenParts {
    std::filesystem::path transformer;     // of a model with one, or the expert of high noise
    std::filesystem::path low_noise;       // the second expert
    std::filesystem::path control_module;  // VACE blocks for a text-to-video transformer
    std::filesystem::path text_encoder;
    std::filesystem::path vae;
    std::filesystem::path image_encoder;
    std::filesystem::path tokenizer;  // a folder
    std::string family;               // of SkyReels-V2, whose shapes are those of Wan 2.1
};

// What lies in `path`, a folder in any layout or a file, with `given` in place of what is found.
// Error{bad_input} names the files between which it cannot decide and the option that does, and
// why a file that is there was not read.
ModelFolder find_model_parts(const std::filesystem::path& path, const GivenParts& given = {});

}  // namespace nightreel
