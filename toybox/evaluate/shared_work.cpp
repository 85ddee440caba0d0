#include "toybox/evaluate/shared_work.h"

#include <atomic>
#include <memory>

#include <fmt/core.h>

#include "toybox/evaluate/pieces.h"

namespace nightreel::toybox {

void share_work(const Crew& crew,
                const char* what,
                std::size_t count,
                const std::function<void(ClipMaker&, std::size_t)>& piece) {
    constexpr std::size_t pieces_a_line = 16;
    std::atomic<std::size_t> done = 0;
    share_pieces(crew.threads, count, [&]() -> Piece {
        const auto maker = std::make_shared<ClipMaker>(crew.model);
        return [&, maker](std::size_t i) {
            piece(*maker, i);
            const std::size_t finished = ++done;
            if (finished % pieces_a_line == 0) {
                fmt::print(stderr, "{}: {} of {}\n", what, finished, count);
            }
        };
    });
}

}  // namespace nightreel::toybox
