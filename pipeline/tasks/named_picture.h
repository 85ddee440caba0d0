#pragma once
// The pictures that a night names, as tasks read them. Any thread.

#include <optional>
#include <string>

#include "pipeline/picture/colour/frame.h"
#include "shotspec/base/digest.h"
#include "shotspec/night/resolved_night.h"

namespace nightreel {

// A picture that a night names: of a character, or what a take begins or ends with.
struct NamedPicture {
    std::string whose;  // "mira", "the take's beginning"
    std::string path;
    Digest digest;
    std::optional<PictureReading> reading;
    PictureGround ground = PictureGround::black;
};

NamedPicture named(const ReferencePicture& reference);

// Error{bad_input} that names the file.
[[noreturn]] void refuse_named(const NamedPicture& picture, const std::string& why);

// Display-referred. Error{bad_input} when the file is not the one that was planned with, or would
// be read in another way; Error{unavailable} when it is gone.
FrameRgb read_named(const NamedPicture& picture);

}  // namespace nightreel
