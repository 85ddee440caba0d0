#include <algorithm>

#include <fmt/format.h>

#include "pipeline/picture/colour/working_space.h"
#include "pipeline/picture/contact_sheet.h"
#include "pipeline/picture/movie.h"
#include "pipeline/picture/png.h"
#include "pipeline/tasks/checksums.h"
#include "pipeline/tasks/frames.h"
#include "pipeline/tasks/kinds.h"

namespace nightreel {
namespace {

SlateFacts slate_of(const TakeFacts& take) {
    return {.show = take.show,
            .shot = take.shot,
            .version = take.version,
            .take = take.take,
            .frames = take.frames,
            .rate = take.rate,
            .size = take.size,
            .model = take.model,
            .seed = take.seed,
            .colour = std::string(interop_id_of(WorkingSpace::rec709))};
}

}  // namespace

TaskWork run_proxy(const ProxyOrder& order, const TaskContext& context) {
    const Millis begin = context.clock.steady();
    const TakeFacts& take = order.take;
    const DisplayFrames frames(order.frames_artifact, take.frames, context);
    const FrameRgb thumbnail =
        make_thumbnail(frames.read((take.frames.first + take.frames.last) / 2));
    Checksums digests;
    digests[thumbnail_file] = write_png(context.staging / thumbnail_file, thumbnail);

    const std::vector<std::int64_t> shown = contact_frames(take.frames);
    std::vector<ContactCell> cells;
    MovieWriter movie(context.staging / movie_file, slate_of(take), thumbnail);
    for (std::int64_t number = take.frames.first; number <= take.frames.last; ++number) {
        const FrameRgb display = frames.read(number);
        movie.add(number, display);
        if (std::find(shown.begin(), shown.end(), number) != shown.end()) {
            cells.push_back({number, display});
        }
        const std::int64_t done = number - take.frames.first + 1;
        context.step(static_cast<double>(done) / static_cast<double>(take.frames.count()),
                     fmt::format("frame {} of {}", done, take.frames.count()));
    }
    digests[movie_file] = movie.finish();

    TextPainter painter;
    const std::string header =
        fmt::format("{}  v{:03}  take {:02}", take.shot, take.version, take.take);
    digests[contact_file] =
        write_png(context.staging / contact_file,
                  make_contact_sheet(painter, header, frames_text(slate_of(take)), cells));
    write_checksums(context.staging, digests);
    TaskWork work{.seconds = seconds_since(begin, context.clock)};
    work.facts["frames"] = take.frames.count();
    return work;
}

}  // namespace nightreel
