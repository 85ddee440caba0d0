#include <algorithm>
#include <memory>
#include <vector>

#include <fmt/format.h>

#include "pipeline/picture/colour/working_space.h"
#include "pipeline/picture/contact_sheet.h"
#include "pipeline/picture/movie.h"
#include "pipeline/picture/png.h"
#include "pipeline/takes/publish_record.h"
#include "pipeline/tasks/checksums.h"
#include "pipeline/tasks/exr_headers.h"
#include "pipeline/tasks/frames.h"
#include "pipeline/tasks/kinds.h"
#include "pipeline/tasks/movie_files.h"

namespace nightreel {
namespace {

SlateFacts slate_of(const TakeFacts& take, WorkingSpace space) {
    return {.show = take.show,
            .shot = take.shot,
            .version = take.version,
            .take = take.take,
            .frames = take.frames,
            .cut = cut_of(take.frames, take.handles),
            .rate = take.rate,
            .size = take.size,
            .model = take.model,
            .seed = take.seed,
            .colour = std::string(interop_id_of(space))};
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
    const SlateFacts slate = slate_of(take, space_of(order.colour.value_or(ExrColour::lin_rec709)));
    std::vector<std::unique_ptr<MovieWriter>> movies;
    const std::vector<MovieFormat> formats = all_formats(order.movies);
    for (const MovieFormat format : formats) {
        movies.push_back(std::make_unique<MovieWriter>(
            context.staging / movie_file_of(format), slate, thumbnail, format));
    }
    for (std::int64_t number = take.frames.first; number <= take.frames.last; ++number) {
        const FrameRgb display = frames.read(number);
        for (const auto& movie : movies) movie->add(number, display);
        if (std::find(shown.begin(), shown.end(), number) != shown.end()) {
            const bool is_handle = number < slate.cut.first || number > slate.cut.last;
            cells.push_back({number, display, is_handle});
        }
        const std::int64_t done = number - take.frames.first + 1;
        context.step(static_cast<double>(done) / static_cast<double>(take.frames.count()),
                     fmt::format("frame {} of {}", done, take.frames.count()));
    }
    for (std::size_t index = 0; index < formats.size(); ++index) {
        digests[movie_file_of(formats[index])] = movies[index]->finish();
    }

    TextPainter painter;
    const std::string header =
        fmt::format("{}  {}  v{:03}  take {:02}", take.show, take.shot, take.version, take.take);
    digests[contact_file] =
        write_png(context.staging / contact_file,
                  make_contact_sheet(painter, header, frames_text(slate), cells));
    write_checksums(context.staging, digests);
    TaskWork work{.seconds = seconds_since(begin, context.clock)};
    work.facts["frames"] = take.frames.count();
    return work;
}

}  // namespace nightreel
