#include <cstddef>
#include <string>

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "pipeline/checkpoint/format/json_document.h"
#include "pipeline/model/vision/picture_preparation.h"
#include "pipeline/parity/given_pictures.h"
#include "pipeline/parity/parity_cases.h"

namespace nightreel {

NamedTensors compute_image_case(const ParityCase& parity_case) {
    // The side that the cases' format gives to the tower's pictures.
    constexpr int side = 32;
    const NamedTensors inputs = parity_case.inputs();
    JsonConfig config(parity_case.config, parity_case.folder / "config.json");
    PictureRules rules = clip_picture_rules(side);
    const std::vector<double> mean = config.numbers("mean");
    const std::vector<double> deviation = config.numbers("std");
    for (std::size_t channel = 0; channel < rules.mean.size(); ++channel) {
        rules.mean.at(channel) = mean.at(channel);
        rules.deviation.at(channel) = deviation.at(channel);
    }
    NamedTensors seen;
    int number = 0;
    for (const nlohmann::json& target : parity_case.config.at("targets")) {
        const std::string name = fmt::format("{}.", number++);
        const BytePicture picture = picture_of(input_of(parity_case, inputs, name + "image"));
        const nlohmann::json& size = target.at("target");
        seen[name + "pixel_values"] = tower_pixels(picture, rules);
        seen[name + "vae_input"] =
            video_pixels(picture, size.at(1).get<int>(), size.at(0).get<int>()).squeeze(2);
    }
    return seen;
}

}  // namespace nightreel
