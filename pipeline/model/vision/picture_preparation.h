#pragma once
// What becomes of a given picture before a network sees it: the vision tower's rules
// (preprocessor_config.json of transformers' CLIPImageProcessor) and the autoencoder's
// (diffusers' VideoProcessor). Pure but for reading the rules; any thread.

#include <array>
#include <cstdint>
#include <filesystem>

#include <ATen/core/Tensor.h>

#include "pipeline/model/vision/picture_resize.h"
#include "pipeline/picture/colour/frame.h"

namespace nightreel {

// b batch, c channels, t frames, h rows, w columns

// Display-referred values in [0, 1], rounded to 8 bits.
BytePicture byte_picture(const FrameRgb& picture);

struct PictureRules {
    int shortest_edge = 0;  // of the picture before its middle is taken
    int crop_width = 0;
    int crop_height = 0;
    PictureFilter filter = PictureFilter::bicubic;
    double scale = 1.0 / 255;
    std::array<double, 3> mean{0.48145466, 0.4578275, 0.40821073};
    std::array<double, 3> deviation{0.26862954, 0.26130258, 0.27577711};
};

// Those of CLIP for a tower that sees squares of this side.
PictureRules clip_picture_rules(int side);

// FOLDER/preprocessor_config.json, for such a tower; Error{bad_input} names the key that asks for
// something else.
PictureRules read_picture_rules(const std::filesystem::path& folder, std::int64_t side);

// [1, 3, h, w]: shortest edge resized, middle taken, mean subtracted, deviation divided out.
at::Tensor tower_pixels(const BytePicture& picture, const PictureRules& rules);

// [1, c, 1, h, w] in [-1, 1], resized to a size that the autoencoder takes.
at::Tensor video_pixels(const BytePicture& picture, int width, int height);

}  // namespace nightreel
