#include "shotspec/picture/picture_header.h"

#include <fmt/format.h>

#include "shotspec/base/git_lfs.h"
#include "shotspec/picture/exr_header.h"
#include "shotspec/picture/foreign_file.h"
#include "shotspec/picture/jpeg_header.h"
#include "shotspec/picture/picture_limits.h"
#include "shotspec/picture/png_header.h"
#include "shotspec/picture/refuse_picture.h"

namespace nightreel {
namespace {

[[noreturn]] void refuse_kind(std::string_view bytes) {
    if (bytes.empty()) refuse_picture("is empty; copy or export it again");
    if (is_git_lfs_pointer(bytes)) {
        refuse_picture("is a Git LFS pointer, not the picture; fetch it: git lfs pull");
    }
    const std::string_view format = foreign_format(bytes);
    if (format.empty()) {
        refuse_picture("is not a PNG, JPEG or OpenEXR picture");
    }
    refuse_picture(fmt::format("is {}; convert it to PNG, JPEG or OpenEXR", format));
}

}  // namespace

PictureHeader read_picture_header(std::string_view bytes) {
    if (bytes.starts_with(exr_mark)) return read_exr_header(bytes);
    if (!bytes.starts_with(png_mark) && !bytes.starts_with(jpeg_mark)) refuse_kind(bytes);
    const PictureHeader header =
        bytes.starts_with(png_mark) ? read_png_header(bytes) : read_jpeg_header(bytes);
    check_picture_sides(header.width, header.height);
    return header;
}

}  // namespace nightreel
