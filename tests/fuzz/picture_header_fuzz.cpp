// Any bytes as a picture that a night gives. Laws: refused with Error{bad_input}, or of a size that
// may be decoded, turned in one of eight ways; and whole: without its last byte it is refused, or
// that byte was behind its end and it is still the same.

#include <cmath>
#include <cstdint>
#include <optional>
#include <string_view>

#include "shotspec/base/check.h"
#include "shotspec/base/error.h"
#include "shotspec/picture/picture_header.h"
#include "shotspec/picture/picture_limits.h"

namespace {

using nightreel::PictureHeader;

std::optional<PictureHeader> header_of(std::string_view bytes) {
    try {
        return nightreel::read_picture_header(bytes);
    } catch (const nightreel::Error& error) {
        NIGHTREEL_CHECK(error.kind() == nightreel::ErrorKind::bad_input, "refused as bad input");
        return {};
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const std::optional<PictureHeader> header = header_of(bytes);
    if (!header) return 0;
    NIGHTREEL_CHECK(header->width >= 1 && header->width <= nightreel::picture_side_max &&
                        header->height >= 1 && header->height <= nightreel::picture_side_max,
                    "sides are within the limits");
    NIGHTREEL_CHECK(header->orientation >= 1 && header->orientation <= 8, "an EXIF orientation");
    NIGHTREEL_CHECK(std::isfinite(header->pixel_aspect) && header->pixel_aspect > 0,
                    "a pixel has a shape");
    const std::optional<PictureHeader> shorter = header_of(bytes.substr(0, size - 1));
    NIGHTREEL_CHECK(
        !shorter || (shorter->width == header->width && shorter->height == header->height &&
                     shorter->orientation == header->orientation),
        "what is behind a picture's end changes nothing");
    return 0;
}
