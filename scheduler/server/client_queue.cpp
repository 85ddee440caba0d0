#include "scheduler/server/client_queue.h"

#include <utility>

namespace nightreel {

bool ClientQueue::push(WaitingRequest request) {
    const std::size_t bytes = request.frames.parts.back().size();
    const auto found = lines_.find(request.peer.name);
    if (found != lines_.end()) {
        const Line& line = found->second;
        if (line.requests.size() >= messages_max || line.bytes + bytes > bytes_max) return false;
    }
    Line& line = lines_[request.peer.name];
    line.bytes += bytes;
    line.requests.push_back(std::move(request));
    return true;
}

std::optional<WaitingRequest> ClientQueue::next() {
    if (lines_.empty()) return {};
    auto line = lines_.upper_bound(served_last_);
    if (line == lines_.end()) line = lines_.begin();
    served_last_ = line->first;
    WaitingRequest request = std::move(line->second.requests.front());
    line->second.requests.pop_front();
    line->second.bytes -= request.frames.parts.back().size();
    if (line->second.requests.empty()) lines_.erase(line);
    return request;
}

}  // namespace nightreel
