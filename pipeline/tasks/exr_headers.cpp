#include "pipeline/tasks/exr_headers.h"

#include <utility>

#include <fmt/format.h>

#include "shotspec/base/check.h"

namespace nightreel {

WorkingSpace space_of(ExrColour colour) {
    switch (colour) {
        case ExrColour::lin_rec709:
            return WorkingSpace::rec709;
        case ExrColour::acescg:
            return WorkingSpace::acescg;
        case ExrColour::aces2065_1:
            return WorkingSpace::aces2065_1;
    }
    fail_check(__FILE__, __LINE__, "colour", "a colour space");
}

ExrHeader header_of(const FrameFacts& facts) {
    const ExrCoding coding = facts.exr.value_or(ExrCoding());
    return {.compression = coding.compression,
            .space = space_of(coding.colour),
            .rate = facts.rate,
            .frame = facts.first,
            .strings = {{"nightreel/show", facts.show},
                        {"nightreel/shot", facts.shot},
                        {"nightreel/take", fmt::format("{}", facts.take)},
                        {"nightreel/model", facts.model},
                        {"nightreel/modelDigest", facts.model_digest.hex()}}};
}

FrameRgb in_space(FrameRgb rec709, WorkingSpace space) {
    return scene_to_scene(std::move(rec709), WorkingSpace::rec709, space);
}

}  // namespace nightreel
