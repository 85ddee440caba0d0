#include "scheduler/protocol/zap_door.h"

#include <algorithm>
#include <string>
#include <vector>

#include <zmq.h>

namespace nightreel::wire {
namespace {

// Frames of a ZAP 1.0 request.
enum Frame : std::size_t { version, request_id, domain, address, identity, mechanism, credential };

std::optional<Peer> peer_behind(const AllowList& allowed, const std::vector<std::string>& frames) {
    PublicKey key;
    if (frames.size() != credential + 1 || frames[mechanism] != "CURVE" ||
        frames[credential].size() != key.bytes.size()) {
        return {};
    }
    std::transform(
        frames[credential].begin(), frames[credential].end(), key.bytes.begin(), [](char byte) {
            return static_cast<std::uint8_t>(byte);
        });
    return allowed.find(key);
}

}  // namespace

ZapDoor::ZapDoor(ZmqContext& context, const AllowList& allowed)
    : allowed_(allowed), socket_(context, ZMQ_REP) {
    socket_.bind("inproc://zeromq.zap.01");
}

int ZapDoor::answer() {
    int refused = 0;
    while (const auto request = socket_.receive()) {
        const std::optional<Peer> peer = peer_behind(allowed_, request->parts);
        const std::string id = request->parts.size() > request_id ? request->parts[request_id] : "";
        refused += peer ? 0 : 1;
        // The user id is the name: a name stands for one key.
        const std::vector<std::string> reply{"1.0",
                                             id,
                                             peer ? "200" : "400",
                                             peer ? "OK" : "this key is not in scheduler.allow",
                                             peer ? peer->name : "",
                                             ""};
        socket_.send(reply);
    }
    return refused;
}

void guard(ZmqSocket& socket, const KeyPair& keys) {
    socket.set(ZMQ_CURVE_SERVER, 1);
    socket.set(ZMQ_CURVE_SECRETKEY, keys.secret);
    socket.set(ZMQ_ZAP_DOMAIN, std::string("nightreel"));
}

}  // namespace nightreel::wire
