#include "shotspec/picture/foreign_file.h"

#include <array>
#include <cstddef>

namespace nightreel {
namespace {

struct Signature {
    std::size_t at;
    std::string_view bytes;
    std::string_view format;
};

// The first that fits is taken: brands of a container before the container.
constexpr auto signatures = std::to_array<Signature>({
    {8, "WEBP", "a WebP picture"},
    {0, "GIF8", "a GIF picture"},
    {0, std::string_view("II*\0", 4), "a TIFF picture"},
    {0, std::string_view("MM\0*", 4), "a TIFF picture"},
    {0, std::string_view("II+\0", 4), "a TIFF picture"},
    {0, std::string_view("MM\0+", 4), "a TIFF picture"},
    {4, "ftypavif", "an AVIF picture"},
    {4, "ftyphei", "a HEIC picture"},
    {4, "ftypmif1", "a HEIC picture"},
    {4, "ftypcrx", "a camera's raw picture"},
    {4, "ftyp", "a movie"},
    {0, "8BPS", "a Photoshop document"},
    {0, "SDPX", "a DPX picture"},
    {0, "XPDS", "a DPX picture"},
    {0, "#?RADIANCE", "a Radiance picture (HDR)"},
    {0, std::string_view("\0\0\0\x0cJXL ", 8), "a JPEG XL picture"},
    {0, "\xff\x0a", "a JPEG XL picture"},
    {0, std::string_view("\0\0\0\x0cjP  ", 8), "a JPEG 2000 picture"},
    {0, "\xff\x4f\xff\x51", "a JPEG 2000 picture"},
    {0, "%PDF", "a PDF document"},
    {0, "<svg", "an SVG drawing"},
    {0, "BM", "a BMP picture"},
});

}  // namespace

std::string_view foreign_format(std::string_view bytes) {
    for (const Signature& signature : signatures) {
        if (bytes.size() < signature.at) continue;
        if (bytes.substr(signature.at).starts_with(signature.bytes)) return signature.format;
    }
    return {};
}

}  // namespace nightreel
