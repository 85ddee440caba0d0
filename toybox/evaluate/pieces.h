#pragma once
// Independent pieces of work spread over threads. The results do not depend on their number.

#include <cstddef>
#include <functional>

namespace nightreel::toybox {

using Piece = std::function<void(std::size_t)>;

// Calls a piece once for each number below `count`; calls run at the same time and write to places
// of their own. Each thread asks `worker` for its piece, which may own what the thread needs. The
// first fault is thrown after all threads have stopped.
void share_pieces(std::size_t threads, std::size_t count, const std::function<Piece()>& worker);

}  // namespace nightreel::toybox
