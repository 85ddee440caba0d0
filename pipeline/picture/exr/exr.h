#pragma once
// Half-float EXR frames: coded in memory, written aside, synced and renamed, so that no reader ever
// sees half a frame and a full disk is an error. Nothing that varies between runs is written. Any
// thread; one frame is coded by the calling thread alone.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/picture/colour/frame.h"
#include "pipeline/picture/colour/timecode.h"
#include "pipeline/picture/colour/working_space.h"
#include "shotspec/base/digest.h"
#include "shotspec/describe/units.h"
#include "shotspec/picture/exr_coding.h"

namespace nightreel {

// An attribute of our own; the name carries a namespace: "nightreel/shot".
struct ExrString {
    std::string name;
    std::string value;
};

struct ExrHeader {
    ExrCompression compression = ExrCompression::piz;
    WorkingSpace space = WorkingSpace::rec709;
    FrameRate rate;
    std::int64_t frame = 1001;  // its number; gives the timecode
    std::string owner;
    std::vector<ExrString> strings;
};

// The whole file; an ACES container (SMPTE ST 2065-4) where space and compression make it one.
// Values beyond a half are clamped; a NaN or an infinity is Error{corrupt} that
// names the frame and the pixel.
std::vector<std::byte> encode_exr(const FrameRgb& scene, const ExrHeader& header);

// encode_exr, then the file at `path`, whose folder must exist. The digest is taken of the bytes
// that were written, without reading them again.
Digest write_exr(const std::filesystem::path& path, const FrameRgb& scene, const ExrHeader& header);

// What is known of a frame only when it is delivered: its pixels know no version.
struct ExrDelivery {
    std::string owner;  // not empty
    std::int32_t version = 1;
    std::int32_t handles = 0;
    FrameRange cut;  // without handles
};

// The file with these facts in its header (owner, nightreel/version, nightreel/cutIn,
// nightreel/cutOut, nightreel/handles); the compressed pixels are copied as they are. `name` is for
// messages. Error{corrupt} when the bytes are no complete EXR file of one part.
std::vector<std::byte> with_delivery(const std::string& file,
                                     const ExrDelivery& delivery,
                                     const std::string& name);

struct ExrPicture {
    FrameRgb scene;            // multiplied by alpha, as the format has it
    std::vector<float> alpha;  // one a pixel; empty in a file without
    std::optional<Chromaticities> chromaticities;
    std::optional<FrameRate> rate;
    std::optional<Timecode> timecode;
    std::string interop_id;                     // empty when the file has none
    std::string owner;                          // the same
    std::vector<std::string> attributes;        // names of all that the header has, sorted
    std::optional<ExrCompression> compression;  // nothing: none of ours
    bool is_half = false;                       // R, G and B
};

// The R, G, B and A of a scan line or tiled file, float or half; of several parts the first. The
// display window is the picture: what is stored outside of it is cut off, what is not stored is
// black and transparent. A file that ends early, or that its writer did not finish, is
// Error{corrupt}; one without R, G and B is Error{bad_input}.
ExrPicture read_exr(const std::filesystem::path& path);

// What the interop id or the chromaticities say; nothing when they name none of ours.
std::optional<WorkingSpace> working_space_of(const ExrPicture& picture);

}  // namespace nightreel
