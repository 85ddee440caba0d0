#pragma once
// Independent pieces of work spread over threads, each thread with an engine of its own. The
// results do not depend on the number of threads.

#include <cstddef>
#include <filesystem>
#include <functional>

#include "toybox/evaluate/clip_maker.h"

namespace nightreel::toybox {

struct Crew {
    std::filesystem::path model;
    std::size_t threads = 1;
};

// Calls `piece(maker, i)` once for each i below `count`; calls run at the same time and write to
// places of their own. The first fault is thrown after all threads have stopped. `what` heads the
// progress lines on stderr.
void share_work(const Crew& crew,
                const char* what,
                std::size_t count,
                const std::function<void(ClipMaker&, std::size_t)>& piece);

}  // namespace nightreel::toybox
