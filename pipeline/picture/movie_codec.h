#pragma once
// The encoders of movies, opened so that the same frames are the same bytes. Private to
// pipeline/picture.

#include "pipeline/picture/libav.h"
#include "pipeline/picture/yuv.h"
#include "shotspec/describe/units.h"
#include "shotspec/picture/movie_format.h"

namespace nightreel {

// FFmpeg loses the tags when they are on the codec alone: frames carry them too.
template <class Tagged>
void tag_colour(Tagged& tagged) {
    tagged.color_primaries = AVCOL_PRI_BT709;
    tagged.color_trc = AVCOL_TRC_IEC61966_2_1;
    tagged.colorspace = AVCOL_SPC_BT709;
    tagged.color_range = AVCOL_RANGE_MPEG;
}

YuvForm yuv_form_of(MovieFormat format);

// Error{unavailable} names the encoder that FFmpeg lacks, or the size that it refuses.
CodecContext open_encoder(MovieFormat format, int width, int height, FrameRate rate);

}  // namespace nightreel
