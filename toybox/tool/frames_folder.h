#pragma once
// A finished EXR sequence as frames of the toy world. Any thread.

#include <cstdint>
#include <filesystem>

#include "pipeline/picture/colour/transfer.h"
#include "toybox/world/frame.h"

namespace nightreel::toybox {

struct NumberedClip {
    std::int64_t first = 0;  // number of the first frame
    Clip frames;
};

// Every NAME.NUMBER.exr of the folder, in order of number, taken back to the display values that
// the model made. Throws Error{bad_input} for a folder without frames, with a gap, with two
// sequences, or with frames of another size than the toy world's.
NumberedClip read_frames(const std::filesystem::path& folder,
                         TransferCurve curve = TransferCurve::srgb);

}  // namespace nightreel::toybox
