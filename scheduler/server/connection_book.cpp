#include "scheduler/server/connection_book.h"

#include <sys/socket.h>

namespace nightreel {
namespace {

bool is_connected(int descriptor) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    return ::getpeername(descriptor, reinterpret_cast<sockaddr*>(&address), &size) == 0;
}

}  // namespace

bool ConnectionBook::admit(const wire::Frames& frames,
                           const std::string& peer,
                           std::size_t connections_max) {
    if (frames.descriptor < 0) return true;  // not over a network
    std::string& speaker = speakers_[frames.descriptor];
    if (speaker == peer) return true;
    if (!speaker.empty()) of_peer_[speaker].erase(frames.descriptor);
    speaker.clear();
    if (of_peer_[peer].size() >= connections_max && count_open(peer) >= connections_max) {
        cut(frames);
        return false;
    }
    speaker = peer;
    of_peer_[peer].insert(frames.descriptor);
    return true;
}

std::size_t ConnectionBook::count_open(const std::string& peer) {
    std::set<int>& descriptors = of_peer_[peer];
    std::erase_if(descriptors, [this](int descriptor) {
        if (is_connected(descriptor)) return false;
        speakers_.erase(descriptor);
        return true;
    });
    return descriptors.size();
}

void ConnectionBook::cut(const wire::Frames& frames) {
    if (cut_.size() >= cut_kept_max) cut_.clear();
    if (frames.descriptor < 0 || !cut_.insert(frames.parts.front()).second) return;
    ::shutdown(frames.descriptor, SHUT_RDWR);
}

}  // namespace nightreel
