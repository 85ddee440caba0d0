#include "toybox/evaluate/pieces.h"

#include <algorithm>
#include <atomic>
#include <future>
#include <vector>

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

void share_pieces(std::size_t threads, std::size_t count, const std::function<Piece()>& worker) {
    Queue queue(count);
    const auto work = [&] {
        const Closer closer{queue};
        const Piece piece = worker();
        for (std::size_t i = 0; queue.take(i);) piece(i);
    };
    std::vector<std::future<void>> running;
    for (std::size_t i = 0; i < std::min(threads, count); ++i) {
        running.push_back(std::async(std::launch::async, work));
    }
    for (std::future<void>& thread : running) thread.get();
}

}  // namespace nightreel::toybox
