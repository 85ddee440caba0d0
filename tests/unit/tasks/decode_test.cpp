#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "pipeline/tasks/run_task.h"
#include "shotspec/base/files.h"
#include "tests/unit/tasks/workshop.h"

namespace nightreel {

namespace fs = std::filesystem;

TEST_CASE("separate clips decode to the frames that each of them has alone", "[engine]") {
    ResolvedNight night = small_night(34);
    night.shots[0].cut = true;
    night.shots[0].overlap_latents = 0;
    Workshop shop(night);
    Engines engines;
    shop.run_all_up_to("decode", engines);
    const auto& whole = std::get<DecodeOrder>(shop.task("decode").order);
    REQUIRE(whole.pieces.size() == 2);

    TaskRequest request = shop.request_for("decode");
    auto& alone = std::get<DecodeOrder>(request.order);
    alone.pieces = {whole.pieces[1]};
    alone.pieces[0].latent_first = 0;
    alone.frames.first += 17;
    request.staging = (shop.root() / "alone").string();
    fs::create_directories(request.staging);
    TestObserver observer;
    run_task(request, engines, observer, SystemClock());
    for (std::int64_t number = alone.frames.first; number <= alone.frames.last; ++number) {
        const std::string name = fmt::format("frame.{}.exr", number);
        CAPTURE(name);
        CHECK(read_file(shop.folder_of("decode") / name) ==
              read_file(shop.root() / "alone" / name));
    }
    // As one stream, the first latent of the second clip would be taken for four frames.
    request = shop.request_for("decode");
    std::get<DecodeOrder>(request.order).clips.reset();
    request.staging = (shop.root() / "stream").string();
    fs::create_directories(request.staging);
    CHECK_THROWS_WITH(run_task(request, engines, observer, SystemClock()),
                      Catch::Contains("continues nothing, but is not a separate clip"));
}

}  // namespace nightreel
