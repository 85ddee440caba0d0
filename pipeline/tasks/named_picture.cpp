#include "pipeline/tasks/named_picture.h"

#include <fmt/format.h>

#include "pipeline/picture/picture.h"
#include "shotspec/base/error.h"
#include "shotspec/base/files.h"
#include "shotspec/night/picture_file.h"

namespace nightreel {

NamedPicture named(const ReferencePicture& reference) {
    return {reference.character,
            reference.path,
            reference.digest,
            reference.reading,
            PictureGround::white};
}

void refuse_named(const NamedPicture& picture, const std::string& why) {
    throw Error(ErrorKind::bad_input,
                fmt::format("{}: the picture of {} {}", picture.path, picture.whose, why));
}

// A result is named by how its pictures were to be read: an order that says it otherwise, of an
// earlier version, would put this result under the name of another.
FrameRgb read_named(const NamedPicture& picture) {
    const std::string bytes = read_file(picture.path);
    if (digest_of(bytes) != picture.digest) {
        refuse_named(picture, "has changed since the night was planned: submit the night again");
    }
    const PictureHeader header =
        in_context(picture.path, [&] { return read_picture_header(bytes); });
    if (reading_of(header, picture.ground) != picture.reading) {
        refuse_named(picture,
                     "has another EXIF orientation, display window, alpha or primaries than "
                     "planned: submit the night again");
    }
    return read_picture(picture.path, picture.ground);
}

}  // namespace nightreel
