#include "pipeline/model/vision/picture_preparation.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "pipeline/checkpoint/format/json_document.h"
#include "shotspec/base/check.h"

namespace nightreel {

namespace {

constexpr std::int64_t side_max = 1 << 14;

int side_in(const JsonConfig& config, const std::string& outer, const char* key) {
    const nlohmann::json& object = config.object().at(outer);
    if (!object.is_object()) config.refuse(outer, "expected an object with side lengths");
    JsonConfig sides(object, config.file());
    return static_cast<int>(sides.integer(key, 1, side_max));
}

std::array<double, 3> triple(JsonConfig& config, const char* key) {
    const std::vector<double> values = config.numbers(key);
    if (values.size() != 3) config.refuse(key, "expected one number per channel");
    return {values[0], values[1], values[2]};
}

// Far outside of these no picture is left, and a tower would be blamed for what comes of it.
void check_brightness(const PictureRules& rules, const JsonConfig& config) {
    constexpr double scale_max = 1;
    constexpr double mean_max = 1000;
    constexpr double deviation_min = 0.001;
    if (!(rules.scale > 0 && rules.scale <= scale_max)) {
        config.refuse("rescale_factor", "must be above 0 and at most 1");
    }
    for (const double mean : rules.mean) {
        if (std::abs(mean) > mean_max) config.refuse("image_mean", "must be at most 1000");
    }
    for (const double deviation : rules.deviation) {
        if (!(deviation >= deviation_min)) config.refuse("image_std", "must be at least 0.001");
    }
}

// Pillow's numbers of filters.
PictureFilter filter_in(JsonConfig& config) {
    switch (config.integer("resample", 0, 5)) {
        case 1:
            return PictureFilter::lanczos;
        case 2:
            return PictureFilter::bilinear;
        case 3:
            return PictureFilter::bicubic;
        default:
            config.refuse("resample", "expected 1 (Lanczos), 2 (bilinear) or 3 (bicubic)");
    }
}

// [h, w, c]
at::Tensor bytes_of(const BytePicture& picture) {
    at::Tensor bytes = at::empty({picture.height, picture.width, picture.channels}, at::kByte);
    NIGHTREEL_CHECK(static_cast<std::size_t>(bytes.numel()) == picture.values.size(),
                    "a picture has as many values as its sides say");
    std::memcpy(bytes.mutable_data_ptr(), picture.values.data(), picture.values.size());
    return bytes;
}

}  // namespace

BytePicture byte_picture(const FrameRgb& picture) {
    BytePicture bytes{picture.width, picture.height, 3, {}};
    bytes.values.reserve(picture.rgb.size());
    for (const float value : picture.rgb) {
        bytes.values.push_back(
            static_cast<std::uint8_t>(std::lround(255 * std::clamp(value, 0.0F, 1.0F))));
    }
    return bytes;
}

PictureRules clip_picture_rules(int side) {
    PictureRules rules;
    rules.shortest_edge = rules.crop_width = rules.crop_height = side;
    return rules;
}

PictureRules read_picture_rules(const std::filesystem::path& folder, std::int64_t side) {
    JsonConfig config = JsonConfig::read(folder / "preprocessor_config.json");
    for (const char* step : {"do_resize", "do_center_crop", "do_rescale", "do_normalize"}) {
        config.require(step, true, "every step of CLIP's preparation is done");
    }
    for (const char* key : {"size", "crop_size"}) {
        if (!config.has(key)) config.refuse(key, "missing");
    }
    PictureRules rules;
    rules.shortest_edge = side_in(config, "size", "shortest_edge");
    rules.crop_width = side_in(config, "crop_size", "width");
    rules.crop_height = side_in(config, "crop_size", "height");
    if (rules.crop_width != side || rules.crop_height != side) {
        config.refuse("crop_size", fmt::format("the image encoder requires {0}x{0} pixels", side));
    }
    if (std::max(rules.crop_width, rules.crop_height) > rules.shortest_edge) {
        config.refuse("crop_size", "must not be larger than the shortest edge");
    }
    rules.filter = filter_in(config);
    rules.scale = config.number("rescale_factor");
    rules.mean = triple(config, "image_mean");
    rules.deviation = triple(config, "image_std");
    check_brightness(rules, config);
    return rules;
}

at::Tensor tower_pixels(const BytePicture& picture, const PictureRules& rules) {
    NIGHTREEL_CHECK(picture.channels == 3, "a tower sees colours");
    const std::int64_t edge = rules.shortest_edge;
    const std::int64_t shorter = std::min(picture.width, picture.height);
    const auto longer_of = [&](int side) { return static_cast<int>(edge * side / shorter); };
    const BytePicture fitted =
        resized(picture, longer_of(picture.width), longer_of(picture.height), rules.filter);
    const BytePicture middle = centre_of(fitted, rules.crop_width, rules.crop_height);
    const auto row = [](const std::array<double, 3>& values) {
        return at::tensor(at::ArrayRef<double>(values), at::kDouble).to(at::kFloat);
    };
    // The product in float64, as the reference has it.
    const at::Tensor scaled = (bytes_of(middle).to(at::kDouble) * rules.scale).to(at::kFloat);
    return ((scaled - row(rules.mean)) / row(rules.deviation))
        .permute({2, 0, 1})
        .unsqueeze(0)
        .contiguous();
}

at::Tensor video_pixels(const BytePicture& picture, int width, int height) {
    const BytePicture fitted = resized(picture, width, height, PictureFilter::lanczos);
    // In place: of a photograph's size each of the steps would hold half a gigabyte.
    const at::Tensor values = bytes_of(fitted).to(at::kFloat).div_(255).mul_(2).sub_(1);
    return values.permute({2, 0, 1}).unsqueeze(0).unsqueeze(2).contiguous();
}

}  // namespace nightreel
