#include "toybox/evaluate/shared_work.h"

#include <algorithm>
#include <atomic>
#include <future>
#include <vector>

#include <fmt/core.h>

namespace nightreel::toybox {
namespace {

// Hands out the numbers below `count`, until somebody who took one fails.
class Queue {
  public:
    explicit Queue(std::size_t count) : count_(count) {}

    bool take(std::size_t& piece) {
        piece = next_++;
        return piece < count_;
    }

    void close() { next_ = count_; }

  private:
    std::size_t count_;
    std::atomic<std::size_t> next_ = 0;
};

// Closes the queue when its thread ends, by a fault too, so that the others do not go on for
// nothing.
struct Closer {
    Queue& queue;

    ~Closer() { queue.close(); }
};

}  // namespace

void share_work(const Crew& crew,
                const char* what,
                std::size_t count,
                const std::function<void(ClipMaker&, std::size_t)>& piece) {
    constexpr std::size_t pieces_a_line = 16;
    Queue queue(count);
    std::atomic<std::size_t> done = 0;
    const auto work = [&] {
        const Closer closer{queue};
        ClipMaker maker(crew.model);
        for (std::size_t i = 0; queue.take(i);) {
            piece(maker, i);
            const std::size_t finished = ++done;
            if (finished % pieces_a_line == 0) {
                fmt::print(stderr, "{}: {} of {}\n", what, finished, count);
            }
        }
    };
    std::vector<std::future<void>> threads;
    for (std::size_t i = 0; i < std::min(crew.threads, count); ++i) {
        threads.push_back(std::async(std::launch::async, work));
    }
    for (std::future<void>& thread : threads) thread.get();
}

}  // namespace nightreel::toybox
